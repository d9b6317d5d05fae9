import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { newThread } from '../../../adapters/terminal/inbound.ts';
import { createTerminalPlatform } from '../../../adapters/terminal/platform.ts';
import { createScreen } from '../../../adapters/terminal/screen.ts';
import { describePlatform } from '../../contracts/platform.ts';

/** A screen that remembers what was written to it. */
function createWrittenScreen() {
  const output = new PassThrough();
  let written = '';
  output.on('data', (chunk) => {
    written += String(chunk);
  });
  const screen = createScreen({ output: output as unknown as NodeJS.WriteStream });
  return { screen, written: () => written };
}

describePlatform('terminal', async () => {
  const { screen, written } = createWrittenScreen();
  return {
    platform: createTerminalPlatform({ screen }),
    thread: newThread(),
    seen: async () => written(),
    stop: async () => undefined,
  };
});

describe('createTerminalPlatform', () => {
  it('shows nothing of a thread that is not on the screen, and answers all the same', async () => {
    const { screen, written } = createWrittenScreen();
    const platform = createTerminalPlatform({ screen, watches: () => false });
    const thread = newThread();
    const target = { thread, turnId: 'turn', after: 'm', resumed: false };
    await platform.openReply(target).show({ text: 'hidden', state: 'answered' });
    await platform.postNotice({ thread, text: 'hidden' });
    expect(written()).toBe('');
  });
});
