import { describe, expect, it } from 'vitest';
import { createTerminalPlatform } from '../../../adapters/terminal/platform.ts';
import type { Card } from '../../../src/core/platform.ts';
import { newTicket } from '../../db/samples.ts';

const issue = {
  project: 'shop',
  number: '7',
  title: 'Checkout hangs',
  url: 'https://tracker.example.com/7',
  state: 'open',
} as const;

describe('a card in the terminal', () => {
  it('is followed by what was found about it, without being shown again', async () => {
    const written: string[] = [];
    const screen = {
      width: 80,
      style: (_: unknown, text: string) => text,
      write: (text: string) => written.push(text),
    };
    const platform = createTerminalPlatform({ screen: screen as never });
    const thread = {
      ...({ platform: 'terminal', workspaceId: 'w' } as const),
      channelId: 'c',
      threadId: 't',
    };
    const card: Card = {
      thread,
      ticket: newTicket('c1', { title: 'Checkout hangs on Safari' }),
      project: 'local:shop',
      resumed: false,
    };
    await platform.showCard(card);
    await platform.showCard({
      ...card,
      duplicates: [{ issue, why: 'shares “checkout”' }],
      missing: ['Version'],
      adds: '[Bug]: …, needs-triage',
      unknown: [
        { field: 'labels', name: 'ux' },
        { field: 'assignees', name: 'zoe' },
      ],
      waiting: 'Too many at once.',
    });
    expect(written).toHaveLength(2);
    expect(written[0]).toContain('Checkout hangs on Safari');
    expect(written[1]).not.toContain('╭');
    expect(written[1]).toContain('Like #7 Checkout hangs (shares “checkout”)');
    expect(written[1]).toContain('add 1 to #7');
    expect(written[1]).toContain('fill 1 Version: …');
    expect(written[1]).toContain('The template adds: [Bug]: …, needs-triage');
    expect(written[1]).toContain('The project has no label "ux": it is left out');
    expect(written[1]).toContain('create 1 label: ux');
    expect(written[1]).toMatch(/no person "zoe": it is left out\n(?! .*create)/);
    expect(written[1]).toContain('Waits: Too many at once.');
  });
});
