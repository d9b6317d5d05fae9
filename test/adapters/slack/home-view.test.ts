import { describe, expect, it } from 'vitest';
import { renderHome } from '../../../adapters/slack/home-view.ts';
import type { Conversation } from '../../../src/core/conversation.ts';
import { refuseView } from '../../fakes/slack-blocks.ts';
import { draft, fillWith, longest, PLACE, SCRIPT_NAMES, THREAD } from './tickets.ts';

function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c',
    userId: 'u',
    title: 'Checkout hangs on Safari 17',
    status: 'active',
    thread: THREAD,
    place: PLACE,
    createdAt: '2026-11-01T10:00:00.000Z',
    updatedAt: '2026-11-02T10:00:00.000Z',
    ...fields,
  };
}

describe('renderHome', () => {
  it('says how to begin to somebody who has nothing here yet', () => {
    const view = renderHome({ home: { conversations: [], drafts: [], settings: {} } });
    expect(refuseView(view, 'home')).toBeUndefined();
    const shown = JSON.stringify(view);
    expect(shown).toContain('New ticket');
    expect(shown).toContain('Link another account');
    expect(shown).not.toContain('console');
  });

  it('shows drafts, conversations and settings, and leads to each', () => {
    const home = {
      conversations: [
        conversation(),
        conversation({ id: 'd', thread: { ...THREAD, platform: 'discord' as const } }),
      ],
      drafts: [
        draft(),
        draft({ id: 'other', origin: { ...draft().origin, permalink: undefined } as never }),
      ],
      settings: { mode: 'ticket' as const, project: 'github:acme/shop' },
    };
    const view = renderHome({ home, publicUrl: 'https://bot.example.com' });
    expect(refuseView(view, 'home')).toBeUndefined();
    const shown = JSON.stringify(view);
    expect(shown).toContain('https://example.slack.com/archives/C1/p1');
    expect(shown).toContain('https://app.slack.com/client/T1/C1/thread/C1-1700000000.000100');
    expect(shown).toContain('Discord');
    expect(shown).toContain('*Project:* github:acme/shop');
    expect(shown).toContain('Open the console');
  });

  it.each(SCRIPT_NAMES)('fits into Slack’s limits at its longest, in %s', (script) => {
    const home = {
      conversations: Array.from({ length: 10 }, (_, n) =>
        conversation({ id: `c${n}`, title: fillWith(script, 80), status: 'archived' }),
      ),
      drafts: Array.from({ length: 10 }, (_, n) => ({ ...longest(script), id: `t${n}` })),
      settings: {
        project: longest(script).project ?? '',
        provider: fillWith(script, 100),
        model: fillWith(script, 200),
      },
    };
    expect(
      refuseView(renderHome({ home, publicUrl: 'https://bot.example.com' }), 'home'),
    ).toBeUndefined();
  });
});
