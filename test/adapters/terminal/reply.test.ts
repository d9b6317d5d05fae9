import { describe, expect, it } from 'vitest';
import { createTerminalReply } from '../../../adapters/terminal/reply.ts';
import { createScreen } from '../../../adapters/terminal/screen.ts';
import type { ReplyView } from '../../../src/core/platform.ts';
import { createFakeTerminal } from '../../fakes/terminal.ts';

async function showAll(views: ReplyView[], options: { isTTY?: boolean } = {}) {
  const terminal = createFakeTerminal({ isTTY: false, ...options });
  const screen = createScreen({ output: terminal.output });
  const reply = createTerminalReply({ screen, replyId: 't1' });
  const ids = [];
  for (const view of views) ids.push(await reply.show(view));
  return { ...terminal, ids };
}

const streaming = (text: string, status?: string): ReplyView => ({
  text,
  state: 'streaming',
  ...(status && { status }),
});

describe('createTerminalReply', () => {
  it('writes of each view only what is new', async () => {
    const { raw, ids } = await showAll([
      streaming('Hel'),
      streaming('Hello the'),
      { text: 'Hello there', state: 'answered' },
    ]);
    expect(raw()).toBe('\nHello there\n');
    expect(new Set(ids)).toEqual(new Set(['t1']));
  });

  it('writes the whole text again below when it is another one', async () => {
    const { raw } = await showAll([
      streaming('Half an ans'),
      { text: 'From the start.', state: 'answered' },
    ]);
    expect(raw()).toBe('\nHalf an ans\n\nFrom the start.\n');
  });

  it('shows what is going on in a terminal, and takes it away again', async () => {
    const views = [streaming('So', 'Drafting tickets'), streaming('So\n\nDone.')];
    const { raw } = await showAll([...views, { text: 'So\n\nDone.', state: 'answered' }], {
      isTTY: true,
    });
    const [before = '', after = ''] = raw().split('… Drafting tickets');
    expect(before).toContain('… Thinking');
    expect(after).toContain('\u001b[2K');
    expect(after).toContain('Done.');
  });

  it('keeps what is going on out of a file', async () => {
    const { raw } = await showAll([
      streaming('', 'Searching issues'),
      { text: 'Ok.', state: 'answered' },
    ]);
    expect(raw()).toBe('\nOk.\n');
  });

  it('offers to try again after a failure', async () => {
    const { text } = await showAll([{ text: 'It failed.', state: 'failed', retry: true }]);
    expect(text()).toBe('\nIt failed.\n  /retry to try again\n');
  });
});
