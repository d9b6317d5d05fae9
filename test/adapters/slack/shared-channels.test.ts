/** Slack Connect and Enterprise Grid: people and channels of several workspaces, through the real Bolt. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../../src/core/thread.ts';
import type { SlackPlace } from '../../fakes/slack-oauth.ts';
import { addUser } from '../../fakes/slack-world.ts';
import {
  channelOf,
  eventually,
  expectWritten,
  RECEIVERS,
  type Setting,
  storedIn,
  useSlack,
  writtenIn,
} from './bots.ts';
import { ACME, install, ORGANISATION, OTHER } from './installing.ts';
import { seenOf } from './platforms.ts';

/** Of the stand-in's calls of a method: arguments and outcomes. */
const callsOf = ({ slack }: Setting, name: string) =>
  slack.calls.filter(({ method }) => method === name);

/** Somebody of another company, of another workspace, in C1. */
function addForeigner({ slack }: Setting, team = OTHER.team) {
  addUser(slack.world, 'UFAY', 'Fay', { team });
  slack.world.channels.get('C1')?.members.add('UFAY');
}

/** The token that a place was given. */
function tokenOf({ slack }: Setting, place: SlackPlace): string | undefined {
  return [...slack.oauth.tokens].find(([, given]) => given.place === place)?.[0];
}

describe.each(RECEIVERS)('people of another company over %s', (receiver) => {
  const { setUp, run } = useSlack();

  it('are answered by a stream, under the workspace that they belong to', async () => {
    const setting = await setUp();
    addForeigner(setting);
    const { people } = await run(setting, { receiver });
    const said = await people.say('UFAY', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    expect(callsOf(setting, 'chat.startStream')).toEqual([
      expect.objectContaining({
        args: expect.objectContaining({ recipient_user_id: 'UFAY', recipient_team_id: 'T2' }),
        outcome: 'ok',
      }),
    ]);
  });

  it('come through the installation they are delivered for, though their own workspace has the app too', async () => {
    const setting = await setUp();
    const running = await run(setting, { receiver, workspaces: 'many' });
    await install(setting, running, ACME);
    await install(setting, running, OTHER);
    addForeigner(setting);
    const before = setting.slack.calls.length;
    const said = await running.people.say('UFAY', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    const used = setting.slack.calls.slice(before).map(({ token }) => token);
    expect(new Set(used)).toEqual(new Set([tokenOf(setting, ACME)]));
  });
});

describe.each(RECEIVERS)('an organisation that installed the app, over %s', (receiver) => {
  const { setUp, run } = useSlack();

  /** Grid, who belongs to two of its workspaces and comes with the other one. */
  async function setUpOrganisation() {
    const setting = await setUp();
    const { world } = setting.slack;
    const running = await run(setting, { receiver, workspaces: 'many' });
    await install(setting, running, ORGANISATION);
    Object.assign(world, { enterprise: 'E1', org: true });
    addUser(world, 'UGRID', 'Grid', { team: 'T3', teams: ['T1', 'T3'] });
    world.channels.get('C1')?.members.add('UGRID');
    return { setting, running };
  }

  it('talks in one conversation, whichever of its workspaces somebody comes with', async () => {
    const { setting, running } = await setUpOrganisation();
    const { people, bot } = running;
    const { world } = setting.slack;
    const before = setting.slack.calls.length;
    const root = await people.say('UGRID', 'C1', '<@UBOT> draft Export fails');
    const card = await eventually(() => {
      const found = writtenIn(setting, 'C1', root.ts).find((one) =>
        seenOf(one).includes('card:edit'),
      );
      if (!found) throw new Error('there is no card yet');
      return found.ts;
    });
    await people.click('UGRID', 'C1', card, 'card:edit');
    const view = await eventually(() => {
      const found = [...world.views.values()].at(-1);
      if (found?.view.callback_id !== 'edit-ticket') throw new Error('there is no window yet');
      return found;
    });
    expect(await people.submit(view, { title: 'Export drops rows' })).toMatchObject({ ok: true });
    await eventually(() => {
      const shown = channelOf(setting, 'C1').messages.find(({ ts }) => ts === card);
      expect(JSON.stringify(shown?.blocks)).toContain('Export drops rows');
    });
    await people.shortcut('UGRID', 'draft_ticket', { channel: 'C1', ts: root.ts });
    await eventually(async () =>
      expect((await storedIn(setting, 'C1', root.ts)).join()).toContain('from this message'),
    );
    const command = await people.command('UGRID', 'C1', 'list');
    expect(JSON.stringify(command.body)).toContain('draft Export fails');
    await bot.idle();
    const elsewhere = { platform: 'slack', workspaceId: 'T3', channelId: 'C1', threadId: root.ts };
    const { threads } = setting.repositories;
    expect(await threads.get(conversationIdOf(elsewhere as never))).toBeUndefined();
    // Grid is a member here, and all of it was done with the organisation's token.
    expect(callsOf(setting, 'chat.startStream')[0]).toMatchObject({
      args: { recipient_team_id: 'T1' },
      outcome: 'ok',
    });
    const used = setting.slack.calls.slice(before).map(({ token }) => token);
    expect(new Set(used)).toEqual(new Set([tokenOf(setting, ORGANISATION)]));
  });

  it('hears in its intake channel what people of another company say', async () => {
    const { setting, running } = await setUpOrganisation();
    addForeigner(setting);
    await setting.repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', {
      intake: true,
    });
    const said = await running.people.say('UFAY', 'C1', 'the export hangs');
    await expectWritten(setting, 'C1', said.ts, ['heard: the export hangs']);
  });

  it('is answered through its own installation where somebody of another company writes who has one', async () => {
    const { setting, running } = await setUpOrganisation();
    await install(setting, running, OTHER);
    addForeigner(setting);
    const before = setting.slack.calls.length;
    const said = await running.people.say('UFAY', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    const used = setting.slack.calls.slice(before).map(({ token }) => token);
    expect(new Set(used)).toEqual(new Set([tokenOf(setting, ORGANISATION)]));
  });
});
