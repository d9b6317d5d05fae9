/** Approving all drafts of a private channel at once, where some of them would become public. */
import { describe, expect, it } from 'vitest';
import type { ActionOutcome } from '../../src/core/action.ts';
import { openBut, place, useBots } from './bots.ts';
import { edit } from './tracker-bots.ts';

describe('approving all drafts of a private channel', () => {
  const { setUp: setUpBots, say, command, talk } = useBots();
  const draft = (title: string) =>
    say(`draft ${title}`, { place: { ...place, visibility: 'private' } });

  /** Drafts that go to a public project, but for those about what is inside. */
  async function setUp(...titles: string[]) {
    const { bot, issues } = await setUpBots({
      tracker: openBut('inside'),
      environment: {
        project: 'local:open',
        routes: [{ keyword: 'inside', project: 'local:inside' }],
      },
    });
    await talk(bot, ...titles.map(draft));
    const asked = await command(bot, { kind: 'approve-all' });
    const press = ({ confirm }: ActionOutcome) => command(bot, confirm ?? expect.unreachable());
    const filed = () => issues.map(({ title }) => title);
    return { bot, asked, press, filed };
  }

  it('goes on with exactly the drafts that were warned of, and says what became of the others', async () => {
    const { bot, asked, press, filed } = await setUp('Checkout hangs', 'Logo is blurred');
    await talk(bot, draft('New inside door'));
    const outcome = await press(asked);
    expect(outcome).toMatchObject({ kind: 'done', tickets: [{}, {}, {}] });
    expect(outcome.message.match(/^Filed (?:open|inside)#\d/gm)).toHaveLength(3);
    expect(filed().sort()).toEqual(['Checkout hangs', 'Logo is blurred', 'New inside door']);
  });

  it('warns first, for of a long message only the beginning is shown above the button', async () => {
    const { asked } = await setUp('New inside door', 'Checkout hangs', 'Logo is blurred');
    expect(asked.message).toMatch(/^local:open is public.*\nFiled inside#1/);
  });

  it('warns again where one of them was revised before the button was pressed', async () => {
    const { bot, asked, press, filed } = await setUp('Checkout hangs', 'Logo is blurred');
    await command(bot, edit({ title: 'The CEO blurred the logo' }, 2));
    const again = await press(asked);
    expect(again.kind).toBe('refused');
    expect(again.message).toMatch(/^The drafts were changed .*\n.*file drafts 1 and 2 there/);
    expect(filed()).toEqual([]);
    expect(await press(again)).toMatchObject({ kind: 'done' });
    expect(filed()).toEqual(['Checkout hangs', 'The CEO blurred the logo']);
  });

  it('warns again where another draft came before the button was pressed, or one went', async () => {
    const { bot, asked, press, filed } = await setUp('Checkout hangs', 'Logo is blurred');
    await talk(bot, draft('What the CEO said'));
    const more = await press(asked);
    expect(more.message).toContain('file drafts 1, 2 and 3 there');
    await command(bot, { kind: 'discard', target: { ordinal: 1 } });
    const fewer = await press(more);
    expect(fewer.message).toContain('file drafts 2 and 3 there');
    await command(bot, { kind: 'discard', target: { ordinal: 2 } });
    const one = await press(fewer);
    expect(one.message).toContain('file draft 3 there');
    expect(filed()).toEqual([]);
    expect(await press(one)).toMatchObject({ kind: 'done' });
    expect(filed()).toEqual(['What the CEO said']);
  });
});
