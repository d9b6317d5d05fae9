/** Without webhooks: whoever looks at a thread sees what became of its issues, and waits for nothing. */
import { describe, expect, it, vi } from 'vitest';
import type { IssueSummary } from '../../src/core/tracker.ts';
import { TrackerError } from '../../src/core/tracker.ts';
import { ann, useBots } from './bots.ts';

describe('issues without webhooks', () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  async function file() {
    const state = { value: 'open' as IssueSummary['state'], title: 'Pay', asked: 0 };
    let fault: TrackerError | undefined;
    const made = await setUp({
      tracker: {
        async getIssue(project, number) {
          state.asked += 1;
          if (fault) throw fault;
          const url = `https://tracker.example.com/${number}`;
          return { project, number, url, title: state.title, state: state.value };
        },
      },
    });
    await talk(made.bot, say('draft Pay hangs'));
    await command(made.bot, { kind: 'approve-all' });
    await made.bot.idle();
    made.platform.notices.length = 0;
    state.asked = 0;
    return { ...made, state, fail: (error: TrackerError) => (fault = error) };
  }

  it('are looked at on an action, a turn and from Home, at most once a minute', async () => {
    const { bot, platform, state, repositories } = await file();
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      state.value = 'closed';
      const looks = [
        () => command(bot, { kind: 'drafts' }),
        () => talk(bot, say('how is it going?')),
        () => bot.readHome(ann),
      ];
      for (const [index, look] of looks.entries()) {
        // The faked clock begins at zero, the real one did long before.
        vi.advanceTimersByTime(index === 0 ? 3_600_000 : 61_000);
        await look();
        await look();
        await bot.idle();
        expect(state.asked).toBe(index + 1);
      }
    } finally {
      vi.useRealTimers();
    }
    // Told once: what stands already is no news.
    expect(platform.notices).toEqual(['[issues#1](https://tracker.example.com/1) was closed.']);
    const [ticket] = await readTickets(repositories);
    expect(ticket).toMatchObject({ issue: { latest: { state: 'closed', title: 'Pay' } } });
    expect([...platform.cards.values()].at(-1)?.ticket).toMatchObject({
      issue: { latest: { state: 'closed' } },
    });
  });

  it('delay nobody, and a tracker that is down is no trouble', async () => {
    const { bot, fail } = await file();
    fail(new TrackerError('local', 'unreachable', 'It is down.'));
    expect((await command(bot, { kind: 'drafts' })).kind).toBe('done');
    await bot.idle();
  });
});
