/** `/ticket` and the menu of messages, through the real discord.js. */
import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import type { Repositories } from '../../../src/core/repositories.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { silent } from '../../core/bots.ts';
import { addRole, addUser, openDm } from '../../fakes/discord-world.ts';
import {
  eventually,
  expectWritten,
  type Setting,
  storedIn,
  useDiscord,
  writtenIn,
} from './bots.ts';
import { draftIn } from './drafts.ts';

describe('commands in Discord', () => {
  const { setUp: setUpDiscord, run } = useDiscord();

  const restOf = ({ discord }: Setting) => {
    const { token } = discord.world;
    return createRest({ config: { token, apiUrl: discord.apiUrl }, log: silent });
  };
  const plan = (setting: Setting, guildId?: string) =>
    planRegistration({
      ...{ rest: restOf(setting), applicationId: setting.discord.world.applicationId, guildId },
    });

  async function setUp(): Promise<Setting> {
    const setting = await setUpDiscord();
    await (await plan(setting)).apply();
    return setting;
  }

  /** What the person alone has been told, last. */
  const told = ({ discord }: Setting) => discord.world.ephemerals.at(-1)?.message.content;
  const expectTold = (setting: Setting, text: string | RegExp) =>
    eventually(() => expect(told(setting)).toMatch(text));
  const slash = ({ people, ann, general }: Setting, subcommand: string, options = {}) =>
    people.slash(ann.id, general.id, 'ticket', { subcommand, options });

  it('are registered on a difference only, everywhere or in one server', async () => {
    const setting = await setUpDiscord();
    const { guild, discord } = setting;
    const first = await plan(setting);
    expect(first.changes).toEqual(['add /ticket', 'add "Draft a ticket" in the menu of messages']);
    await first.apply();
    expect((await plan(setting)).changes).toEqual([]);
    const [ticket] = discord.world.commands.get('global') ?? [];
    Object.assign(ticket ?? {}, { description: 'something old' });
    discord.world.commands.get('global')?.push({ id: '1', name: 'gone', type: 1 });
    expect((await plan(setting)).changes).toEqual(['change /ticket', 'remove /gone']);
    expect((await plan(setting, guild.id)).changes).toHaveLength(2);
  });

  it('`new` opens a thread with what was asked, and says where', async () => {
    const setting = await setUp();
    await run(setting);
    const given = await slash(setting, 'new', {
      prompt: 'the export is broken',
      mode: 'assistant',
    });
    expect(given.callback?.type).toBe(5);
    await expectTold(setting, /^Here: <#\d+>$/);
    const threadId = /\d+/.exec(told(setting) ?? '')?.[0] ?? '';
    await expectWritten(setting, threadId, ['heard: the export is broken']);
    const state = await setting.repositories.threads.get(conversationIdOf(threadRefOf(threadId)));
    expect(state?.settings).toEqual({ mode: 'assistant' });
  });

  it('happen once when two processes hold the same token', async () => {
    const setting = await setUp();
    await Promise.all([run(setting), run(setting)]);
    const given = await slash(setting, 'new', { prompt: 'once' });
    await expectTold(setting, /^Here/);
    setting.people.repeat(given);
    await slash(setting, 'help');
    await expectTold(setting, /Nothing is filed until a person approves/);
    const roots = writtenIn(setting, setting.general.id).filter((text) => text === 'once');
    expect(roots).toHaveLength(1);
    expect(setting.discord.world.ephemerals).toHaveLength(2);
  });

  it('search for projects and providers while somebody types', async () => {
    const setting = await setUp();
    await run(setting, { more: { providers: ['openai', 'offline'] } });
    const { people, ann, general } = setting;
    const search = (focused: string, typed: string) =>
      people.autocomplete(ann.id, general.id, 'ticket', {
        ...{ subcommand: 'new', focused, options: { prompt: 'x', [focused]: typed } },
      });
    expect(await search('project', 'loc')).toEqual([
      { name: 'local:issues', value: 'local:issues' },
    ]);
    expect(await search('provider', 'op')).toEqual([{ name: 'openai', value: 'openai' }]);
  });

  it('the menu of a message drafts from it in its own thread', async () => {
    const setting = await setUp();
    const { people, ann, owner, general } = setting;
    await run(setting);
    const report = people.say(owner.id, general.id, 'login fails on Safari');
    await people.contextCommand(ann.id, report, 'Draft a ticket');
    await expectTold(setting, `Drafting in <#${report.id}>`);
    const text = 'Draft a ticket from this message by Owner:\n\n> login fails on Safari';
    await eventually(async () => expect(await storedIn(setting, report.id)).toContain(text));
    await eventually(() => expect(writtenIn(setting, report.id)[0]).toContain('login fails'));
  });

  it('the menu of a message works without the message-content intent', async () => {
    const setting = await setUp();
    setting.discord.world.messageContent = false;
    const { people, ann, owner, general } = setting;
    await run(setting);
    const report = people.say(owner.id, general.id, 'login fails on Safari');
    await people.contextCommand(ann.id, report, 'Draft a ticket');
    await eventually(() => expect(writtenIn(setting, report.id)[0]).toContain('login fails'));
  });

  it('verbs act on the thread they are given in', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, general, me, repositories } = setting;
    const root = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    await people.slash(ann.id, root.id, 'ticket', {
      ...{ subcommand: 'mode', options: { mode: 'assistant' } },
    });
    await eventually(async () => {
      const state = await repositories.threads.get(conversationIdOf(threadRefOf(root.id)));
      expect(state?.settings.mode).toBe('assistant');
    });
    await people.slash(ann.id, root.id, 'ticket', {
      ...{ subcommand: 'new', options: { prompt: 'two' } },
    });
    await eventually(() => expect(writtenIn(setting, root.id).at(-1)).toBe('heard: one | two'));
  });

  it('`say` carries out every verb that there is, in the words of a mention', async () => {
    const setting = await setUp();
    const { root, ticket } = await draftIn(setting, run);
    const { people, ann } = setting;
    const say = (words: string) =>
      people.slash(ann.id, root.id, 'ticket', { subcommand: 'say', options: { words } });
    await say('edit 1 labels: bug, ux');
    await expectTold(setting, 'Changed draft 1.');
    expect((await ticket()).labels).toEqual(['bug', 'ux']);
    await say('fill 1 Version: 1.4');
    await eventually(async () => expect((await ticket()).description).toContain('1.4'));
    await say('create 1 label: ux');
    await expectTold(setting, 'Created the label "ux"');
    await say('the export is broken');
    await expectTold(setting, /none of the verbs that `\/ticket help` lists/);
  });

  it('`link` takes an issue as well as a code, and `list` a page', async () => {
    const setting = await setUp();
    const { root } = await draftIn(setting, run);
    const { people, ann } = setting;
    const give = (subcommand: string, options = {}) =>
      people.slash(ann.id, root.id, 'ticket', { subcommand, options });
    await give('link', { to: 'github:a/shop#12' });
    await expectTold(setting, 'There is no issue 12 in a/shop');
    await give('link', { to: 'ABCD2345' });
    await expectTold(setting, 'That code does not work');
    await give('link');
    await expectTold(setting, /Say `link \w{8}` to me from your other account/);
    await give('unlink');
    await expectTold(setting, 'This thread follows no issue');
    await give('list', { page: 2 });
    await expectTold(setting, 'You have no more conversations than that.');
  });

  it('`link` takes a code from commands that were registered before it took an issue', async () => {
    const setting = await setUp();
    const [ticket] = setting.discord.world.commands.get('global') ?? [];
    const former = JSON.parse(JSON.stringify(ticket).replace('"name":"to"', '"name":"code"'));
    Object.assign(ticket ?? {}, former);
    await run(setting);
    await slash(setting, 'link', { code: 'ABCD2345' });
    await expectTold(setting, 'That code does not work');
  });

  it('`new` in direct messages begins another conversation', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, discord } = setting;
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, dm.id, 'one');
    await expectWritten(setting, dm.id, ['heard: one']);
    await people.slash(ann.id, dm.id, 'ticket', { subcommand: 'new', options: { prompt: 'two' } });
    await eventually(() => expect(writtenIn(setting, dm.id)).toContain('heard: two'));
    people.say(ann.id, dm.id, 'three');
    await eventually(() => expect(writtenIn(setting, dm.id)).toContain('heard: two | three'));
  });

  it('settings of a server are for those who manage it', async () => {
    const setting = await setUp();
    const { people, ann, general, guild, discord, repositories } = setting;
    const lead = addUser(discord.world, 'Lead');
    const role = addRole(discord.world, guild, 'leads', PermissionFlagsBits.ManageGuild);
    guild.members.set(lead.id, { roles: [role.id], pending: false });
    await run(setting);
    const options = { name: 'language', value: 'German', for: 'workspace' };
    await people.slash(ann.id, general.id, 'ticket', { subcommand: 'set', options });
    await expectTold(setting, /Only admins/);
    await people.slash(lead.id, general.id, 'ticket', { subcommand: 'set', options });
    await eventually(async () => {
      const { settings } = await repositories.workspaces.getConfiguration('discord', guild.id);
      expect(settings.language).toBe('German');
    });
  });

  it('say so when the table does not answer, within the three seconds', async () => {
    const setting = await setUp();
    const { repositories } = setting;
    const down = () => Promise.reject(new StoreUnavailableError('put', new Error('down')));
    const failing: Repositories = {
      ...repositories,
      starts: { ...repositories.starts, putStart: down },
    };
    await run(setting, { more: { repositories: failing } });
    const given = await slash(setting, 'new', { prompt: 'x' });
    expect(given.callback?.type).toBe(5);
    await expectTold(setting, /cannot reach my memory/);
  });

  it('write directly to whoever waited longer than a token lives', async () => {
    const setting = await setUp();
    await run(setting);
    setting.discord.world.tokenLifetimeMs = -1;
    await slash(setting, 'help');
    const dm = openDm(setting.discord.world, setting.ann.id);
    await eventually(() => expect(writtenIn(setting, dm.id)[0]).toContain('Nothing is filed'));
  });
});
