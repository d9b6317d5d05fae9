/** Commands, buttons and windows of many workspaces while the table that holds their tokens is away. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import { eventually, RECEIVERS, useSlack, writtenIn } from './bots.ts';
import { openView } from './drafts.ts';
import { ACME, install } from './installing.ts';
import { seenOf } from './platforms.ts';

describe.each(RECEIVERS)('while the table with the tokens is away, over %s', (receiver) => {
  const { setUp, run } = useSlack();
  afterEach(() => {
    vi.useRealTimers();
  });
  const many = { receiver, workspaces: 'many' } as const;

  /** A card with its window open, and another process, which has not seen the workspace yet. */
  async function setUpOutage(getInstallation: () => Promise<never>) {
    const setting = await setUp();
    const first = await run(setting, many);
    await install(setting, first, ACME);
    const { ts } = await first.people.say('UANN', 'C1', '<@UBOT> draft Export fails');
    const card = await eventually(() => {
      const found = writtenIn(setting, 'C1', ts).find((one) =>
        seenOf(one).includes('card:approve'),
      );
      if (!found) throw new Error('there is no card yet');
      return found.ts;
    });
    await first.people.click('UANN', 'C1', card, 'card:edit');
    const view = await eventually(() => {
      const found = [...setting.slack.world.views.values()].at(-1);
      if (found?.view.callback_id !== 'edit-ticket') throw new Error('there is no window yet');
      return found;
    });
    await first.bot.idle();
    await first.adapter.stop();
    const running = await run(setting, many);
    setting.repositories.installations.getInstallation = getInstallation;
    return { setting, running, card, view };
  }
  const away = () => Promise.reject(new StoreUnavailableError('get', undefined));
  const hanging = () => new Promise<never>(() => undefined);

  it.each([
    ['fails', away],
    ['does not answer', hanging],
  ])('(it %s) a command is answered with what to do', async (_, getInstallation) => {
    const { running } = await setUpOutage(getInstallation);
    const { ok, body } = await running.people.command('UANN', 'C1', 'the export is broken');
    expect([ok, body]).toEqual([
      true,
      { response_type: 'ephemeral', text: expect.stringContaining('Try again in a minute') },
    ]);
  });

  it('a button says what to do, and what was typed into a window stays', async () => {
    const { setting, running, card, view } = await setUpOutage(away);
    const { world } = setting.slack;
    const pressed = await running.people.click('UANN', 'C1', card, 'card:approve');
    expect(pressed.ok).toBe(true);
    expect(world.responses).toEqual([
      {
        ...{ response_type: 'ephemeral', replace_original: false },
        text: expect.stringContaining('Try again in a minute'),
      },
    ]);
    await running.people.submit(view, { title: 'Another title' });
    expect(view.open).toBe(true);
    expect(JSON.stringify(view.view)).toContain('Try again in a minute');
    expect(JSON.stringify(view.view)).toContain('"block_id":"title"');
  });

  it.each([
    ['fails', away],
    ['does not answer', hanging],
  ])(
    '(it %s) the shortcut opens its window where the bot has been at work, and what is typed stays',
    async (_, getInstallation) => {
      const setting = await setUp();
      const running = await run(setting, many);
      const { people, bot } = running;
      await install(setting, running, ACME);
      await people.say('UANN', 'C1', '<@UBOT> hello');
      await bot.idle();
      setting.repositories.installations.getInstallation = getInstallation;
      setting.repositories.starts.putStart = away;
      // Whatever is remembered of the table for a while is out of date.
      vi.useFakeTimers({ toFake: ['performance'] });
      vi.advanceTimersByTime(600_000);
      expect(await people.shortcut('UANN', 'new_ticket')).toMatchObject({ ok: true });
      const view = await openView(setting, 'New ticket');
      await people.submit(view, { text: 'the import hangs', channel: 'C1' });
      expect(view.open).toBe(true);
      expect(JSON.stringify(view.view)).toContain('Try again in a minute');
    },
  );
});
