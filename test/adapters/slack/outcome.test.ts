import { describe, expect, it } from 'vitest';
import { parseCardAction } from '../../../adapters/slack/card-action.ts';
import { renderOutcome } from '../../../adapters/slack/outcome.ts';
import type { ActionOutcome } from '../../../src/core/action.ts';
import { renderHelp } from '../../../src/core/commands.ts';
import { refuseMessageBlocks } from '../../fakes/slack-blocks.ts';
import { fillWith, PLACE, SCRIPT_NAMES, THREAD } from './tickets.ts';

const outcome = (rest: Partial<ActionOutcome>): ActionOutcome => ({
  ...{ kind: 'done', message: 'Changed draft 1.', tickets: [] },
  ...rest,
});

describe('renderOutcome', () => {
  it('says what was done', () => {
    const { text, blocks } = renderOutcome(outcome({}));
    expect(text).toBe('Changed draft 1.');
    expect(refuseMessageBlocks(blocks)).toBeUndefined();
    expect(
      refuseMessageBlocks(renderOutcome(outcome({ message: renderHelp('/ticket ') })).blocks),
    ).toBeUndefined();
  });

  it('asks again by a button that says yes to exactly what was asked', () => {
    const target = { ticketId: 't', revision: 3 };
    const confirm = { kind: 'approve', target, confirmed: 'github:acme/open' } as const;
    const all = { kind: 'approve-all', warned: '0'.repeat(32) } as const;
    for (const command of [confirm, all]) {
      const { text, blocks } = renderOutcome(
        outcome({ kind: 'refused', message: 'It is public.', confirm: command }),
      );
      expect(text).toBe('It is public. Or confirm it here:');
      const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
      const [button] = buttons as { value?: string }[];
      expect(parseCardAction(button?.value)).toEqual({ kind: 'command', command });
    }
  });

  it.each(SCRIPT_NAMES)('lists conversations at their longest, in %s', (script) => {
    const items = Array.from({ length: 20 }, (_, n) => ({
      ...{ id: `c${n}`, userId: 'u', title: fillWith(script, 80), status: 'active' as const },
      ...{ thread: THREAD, place: PLACE, createdAt: '', updatedAt: '' },
    }));
    const { blocks } = renderOutcome(outcome({ conversations: { items } }));
    expect(refuseMessageBlocks(blocks)).toBeUndefined();
  });
});
