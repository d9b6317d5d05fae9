/** The bot's own side in Discord: replies, cards, windows, notices, history and files on the real REST client. */
import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { threadRefOf, timeOf } from '../../../adapters/discord/inbound.ts';
import { createEditPace } from '../../../adapters/discord/pace.ts';
import { createDiscordPlatform } from '../../../adapters/discord/platform.ts';
import { createThreadOpening } from '../../../adapters/discord/thread-opening.ts';
import type { ReplyTarget } from '../../../src/core/platform.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import type { NewIssue } from '../../../src/core/tracker.ts';
import { describePlatform } from '../../contracts/platform.ts';
import { type Script, USAGE } from '../../core/bots.ts';
import { createPeople } from '../../fakes/discord-people.ts';
import { startDiscord } from '../../fakes/discord-server.ts';
import { addChannel, addGuild, addUser, type DiscordMessage } from '../../fakes/discord-world.ts';
import { createIdleTracker, toCreatedIssue } from '../../fakes/idle-tracker.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import { eventually, type Setting, useDiscord } from './bots.ts';

const SEND = 'POST /channels/{channel_id}/messages';
const target0 = { identity: 'discord::1', name: 'Ann', standing: 'member' } as const;
const silent = { info() {}, warn() {}, error: () => 'ref' };

async function openPlatform() {
  const discord = await startDiscord();
  const { world } = discord;
  const ann = addUser(world, 'Ann');
  const guild = addGuild(world, 'Acme', [ann]);
  const general = addChannel(world, guild, 'general');
  const people = createPeople(discord);
  const channel = people.openThread(ann.id, general.id, 'A thread');
  const config = { token: world.token, shards: 'auto', apiUrl: discord.apiUrl } as const;
  const create = () => {
    const pace = createEditPace();
    const rest = createRest({ config, log: silent, pace });
    return createDiscordPlatform({
      ...{ rest, threads: createThreadOpening({ rest }), log: silent, apiUrl: discord.apiUrl },
      ...{ pace, isBound: async () => false },
      readMessage: async (thread, message) => {
        if (message.author.bot) return undefined;
        const { id, content: text } = message;
        const author = {
          identity: `discord::${message.author.id}`,
          name: 'Ann',
          standing: 'member',
        } as const;
        const place = {
          workspaceId: guild.id,
          channelId: general.id,
          visibility: 'public',
        } as const;
        return {
          ...{ id, text, thread, author, place, sentAt: timeOf(id) },
          addressed: false,
          topLevel: false,
        };
      },
    });
  };
  return { discord, people, ann, guild, general, channel, create, platform: create() };
}

describePlatform('discord', async () => {
  const { discord, channel, platform } = await openPlatform();
  return {
    platform,
    thread: threadRefOf(channel.id),
    seen: async () => JSON.stringify(channel.messages),
    stop: discord.stop,
  };
});

describe('a reply in Discord', () => {
  const under = async (work: (open: Awaited<ReturnType<typeof openPlatform>>) => Promise<void>) => {
    const opened = await openPlatform();
    try {
      await work(opened);
    } finally {
      await opened.discord.stop();
    }
  };
  const targetIn = (
    { channel, ann }: Awaited<ReturnType<typeof openPlatform>>,
    rest: Partial<ReplyTarget> = {},
  ): ReplyTarget => ({
    ...{ thread: threadRefOf(channel.id), turnId: 'turn-1', after: channel.id, resumed: false },
    author: { identity: `discord::${ann.id}`, name: 'Ann', standing: 'member' },
    ...rest,
  });
  const own = ({ discord, channel }: Awaited<ReturnType<typeof openPlatform>>): DiscordMessage[] =>
    channel.messages.filter(({ authorId }) => authorId === discord.world.applicationId);

  it('is one message although the answer to its first post is lost', () =>
    under(async (open) => {
      open.discord.faults.push({ route: SEND, do: 'lose-answer' });
      const reply = open.platform.openReply(targetIn(open));
      await reply.show({ text: 'Once', state: 'streaming' });
      await reply.show({ text: 'Once and for all', state: 'answered' });
      expect(open.discord.faults).toEqual([]);
      expect(own(open).map(({ content }) => content)).toEqual(['Once and for all']);
    }));

  it('has a Stop button while it grows and none when it is done', () =>
    under(async (open) => {
      const reply = open.platform.openReply(targetIn(open));
      await reply.show({ text: 'Half', status: 'Searching issues', state: 'streaming' });
      expect(JSON.stringify(own(open)[0])).toContain('Searching issues');
      expect(JSON.stringify(own(open)[0]?.components)).toContain('Stop');
      await reply.show({ text: 'Whole', state: 'answered' });
      expect(own(open)[0]).toMatchObject({ content: 'Whole', components: [] });
    }));

  it('goes on in further messages without breaking code, and in a file when it is very long', () =>
    under(async (open) => {
      const reply = open.platform.openReply(targetIn(open));
      const code = Array.from({ length: 120 }, (_, n) => `const line${n} = ${n};`).join('\n');
      await reply.show({ text: `Look:\n\`\`\`ts\n${code}\n\`\`\``, state: 'answered' });
      const parts = own(open).map(({ content }) => content);
      expect(parts.length).toBeGreaterThan(1);
      for (const part of parts) expect(part.split('```').length % 2).toBe(1);
      const other = open.platform.openReply(targetIn(open, { turnId: 'turn-2' }));
      const long = 'A sentence that says something. '.repeat(600);
      await other.show({ text: long.slice(0, 6_000), state: 'streaming' });
      await other.show({ text: long, state: 'answered' });
      const last = own(open).at(-1);
      expect(last?.files.map(({ name }) => name)).toEqual(['answer.md']);
      expect(own(open).length).toBe(parts.length + 3);
    }));

  it('is finished in all its messages by another process', () =>
    under(async (open) => {
      const long = 'A sentence that says something. '.repeat(90);
      const target = targetIn(open);
      const replyId = await open.platform
        .openReply(target)
        .show({ text: long, state: 'streaming' });
      const half = own(open).length;
      expect(half).toBeGreaterThan(1);
      for (const known of [{}, { replyId }]) {
        const other = open.create().openReply({ ...target, resumed: true, ...known });
        await other.show({ text: `${long}The end.`, state: 'answered' });
        expect(own(open)).toHaveLength(half);
        expect(own(open).at(-1)?.content).toMatch(/The end\.$/);
        expect(own(open).flatMap(({ components }) => components)).toEqual([]);
      }
    }));

  it('shows a card with as much in it as there can be', () =>
    under(async (open) => {
      const names = Array.from({ length: 50 }, (_, n) => `label-with-a-long-name-${n}`);
      const lines = names.map((name) => `${name} `.repeat(20).trim());
      const ticket = {
        ...{ id: 'a1b2c3d4e5f60718', conversationId: 'c', ordinal: 1, revision: 1 },
        ...{ status: 'draft' as const, title: 'A title', type: 'bug' as const },
        ...{
          priority: 'critical' as const,
          description: lines.join('\n\n'),
          refusal: 'No. '.repeat(200),
        },
        ...{
          acceptanceCriteria: lines,
          tasks: lines,
          labels: names,
          assignees: names,
          editedFields: [],
        },
        origin: { requester: target0, turnId: 't' },
        ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
      };
      const issue = {
        project: 'acme/shop',
        number: '12',
        title: 'Like it',
        url: 'https://x.example/12',
        state: 'open' as const,
      };
      const id = await open.platform.showCard({
        ...{
          thread: threadRefOf(open.channel.id),
          ticket,
          project: 'github:acme/shop',
          resumed: false,
        },
        ...{ warning: 'Careful. '.repeat(80), missing: names, openDrafts: 4 },
        duplicates: [1, 2, 3].map(() => ({ issue, why: 'shares words' })).slice(0, 1),
        unknown: names.map((name) => ({ field: 'labels' as const, name })),
      });
      expect(own(open).map((message) => message.id)).toEqual([id]);
    }));

  it('pings nobody, whatever it says', () =>
    under(async (open) => {
      const reply = open.platform.openReply(targetIn(open));
      await reply.show({ text: `@everyone @here <@${open.ann.id}>`, state: 'answered' });
      expect(own(open).flatMap(({ pings }) => pings)).toEqual([]);
    }));

  it('opens an archived thread again, and tells the person when it is locked', () =>
    under(async (open) => {
      const { people, channel, platform, discord, ann } = open;
      const reply = platform.openReply(targetIn(open));
      await reply.show({ text: 'Half', state: 'streaming' });
      people.archive(channel.id);
      await reply.show({ text: 'Whole', state: 'answered' });
      expect(own(open)[0]?.content).toBe('Whole');
      people.archive(channel.id);
      people.lock(channel.id);
      const late = platform.openReply(targetIn(open, { turnId: 'turn-2' }));
      await expect(late.show({ text: 'Too late', state: 'answered' })).rejects.toThrow();
      const dm = [...discord.world.channels.values()].find(
        ({ type, recipients }) => type === ChannelType.DM && recipients?.includes(ann.id),
      );
      expect(JSON.stringify(dm?.messages)).toContain('locked');
    }));

  it('tells one person once, directly, although the answer to it is lost', () =>
    under(async (open) => {
      const { discord, platform, ann, channel } = open;
      discord.faults.push({ route: SEND, do: 'lose-answer' });
      const to = { identity: `discord::${ann.id}`, name: 'Ann', standing: 'member' } as const;
      const thread = threadRefOf(channel.id);
      await platform.postNotice({ thread, to, text: 'Your code is 12345678', secret: true });
      expect(discord.faults).toEqual([]);
      const channels = [...discord.world.channels.values()];
      const direct = channels.find(({ recipients }) => recipients?.includes(ann.id));
      expect(direct?.messages.map(({ content }) => content)).toEqual(['Your code is 12345678']);
      expect(own(open)).toEqual([]);
    }));

  it('reads the newest of what was said before, however long the thread is', () =>
    under(async (open) => {
      const { people, channel, platform, ann } = open;
      for (let n = 1; n <= 130; n += 1) people.say(ann.id, channel.id, `message ${n}`);
      const thread = threadRefOf(channel.id);
      const before = open.discord.world.nextId();
      const all = await platform.readThread(thread, before, 200);
      expect(all.messages).toHaveLength(130);
      expect(all.omitted).toBe(false);
      const some = await platform.readThread(thread, before, 50);
      expect(some.messages.at(-1)?.text).toBe('message 130');
      expect([some.messages.length, some.omitted]).toEqual([50, true]);
    }));
});

const draftOne = (more: Partial<typeof DRAFT> = {}): Script =>
  async function* (request) {
    if (request.messages.at(-1)?.role === 'tool') {
      yield { type: 'text', text: 'A draft.' };
      yield { type: 'end', stopReason: 'end', usage: USAGE };
      return;
    }
    const tickets = [{ ...DRAFT, ...more, title: 'Export drops the last row' }];
    yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    yield { type: 'end', stopReason: 'tools', usage: USAGE };
  };

describe('a draft in Discord', () => {
  const { setUp, run } = useDiscord();
  type Button = { label: string; custom_id: string };

  /** What a process runs with: a tracker that keeps what it is given, and asks for these fields. */
  const filing = (
    issues: NewIssue[] = [],
    fields: string[] = [],
    labels: string[] = ['bug'],
    visibility: 'public' | 'private' = 'private',
  ) => {
    const template = {
      ...{ name: 'Bug report', description: '' },
      fields: fields.map((title) => ({ title, required: true })),
    };
    const tracker = createIdleTracker({
      name: 'github',
      createIssue: async (issue) => toCreatedIssue(issue, String(issues.push(issue))),
      getProject: async (project) => ({
        ...{ project, name: project, projectId: project },
        ...{ host: 'tracker.example.com', visibility },
      }),
      listLabels: async () => [...labels],
      async createLabel(_, label) {
        labels.push(label);
        return 'created';
      },
      listTemplates: async () => (fields.length > 0 ? [template] : []),
    });
    const more = { chooseTracker: async () => tracker, environment: { project: 'github:a/shop' } };
    return { plain: false, more };
  };

  async function drafted(
    setting: Setting,
    script = draftOne(),
    fields: string[] = [],
    visibility: 'public' | 'private' = 'private',
  ) {
    const issues: NewIssue[] = [];
    const labels = ['bug'];
    const running = await run(setting, { script, ...filing(issues, fields, labels, visibility) });
    const { people, ann, general, me, discord } = setting;
    const root = people.say(ann.id, general.id, `${me} the export drops the last row`);
    const messages = () => discord.world.channels.get(root.id)?.messages ?? [];
    const find = () => messages().find(({ embeds }) => embeds.length > 0);
    await eventually(() => expect(find()).toBeDefined());
    const card = find() ?? expect.unreachable();
    const buttonId = (label: string) => {
      const rows = card.components as { components: Button[] }[];
      const found = rows.flatMap(({ components }) => components).find((one) => one.label === label);
      return found?.custom_id ?? expect.unreachable(`no button ${label}`);
    };
    const press = (who: { id: string }, label: string) =>
      people.click(who.id, card, buttonId(label));
    const ticket = async () => {
      const id = conversationIdOf(threadRefOf(root.id));
      const { items } = await setting.repositories.tickets.listTickets(id);
      return items[0] ?? expect.unreachable();
    };
    return { card, issues, labels, press, messages, root, running, ticket };
  }
  const told = ({ discord }: Setting) =>
    discord.world.ephemerals.map(({ message }) => message.content).join('\n');

  it('is approved once by two people, and its card shows the issue', async () => {
    const setting = await setUp();
    const { card, issues, press } = await drafted(setting);
    expect(JSON.stringify(card.embeds)).toContain('Export drops the last row');
    await Promise.all([press(setting.ann, 'Approve'), press(setting.owner, 'Approve')]);
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('✅ Filed'));
    expect(issues).toHaveLength(1);
    expect(card.components).toEqual([]);
  });

  it('has a label that the project lacks created once, however long, by whoever may', async () => {
    const setting = await setUp();
    const { card, labels, press, root } = await drafted(setting);
    const name = `Needs design | ${'設計 '.repeat(20)}`.trim();
    const { people, ann, owner, me } = setting;
    people.say(ann.id, root.id, `${me} edit 1 labels: bug, ${name}`);
    const shown = () => JSON.stringify([card.embeds, card.components]);
    await eventually(() => expect(shown()).toContain('Not in the project'));
    const label = /Create label “[^"]+/.exec(shown())?.[0] ?? expect.unreachable(shown());
    await Promise.all([press(ann, label), press(owner, label)]);
    await eventually(() => expect(shown()).not.toContain('Not in the project'));
    expect(shown()).not.toContain('Create label');
    expect(new Set(labels)).toEqual(new Set(['bug', name]));
    await eventually(() => expect(told(setting)).toContain('Created the label'));
  });

  it('approved by a command where its words would become public is filed once a button confirms it', async () => {
    const setting = await setUp();
    const { people, ann, guild, general, discord } = setting;
    const { ViewChannel } = PermissionFlagsBits;
    general.overwrites.set(guild.id, { kind: 'role', allow: 0n, deny: ViewChannel });
    for (const id of [ann.id, discord.world.applicationId]) {
      general.overwrites.set(id, { kind: 'member', allow: ViewChannel, deny: 0n });
    }
    const { issues, root } = await drafted(setting, draftOne(), [], 'public');
    const { world, apiUrl } = discord;
    const rest = createRest({ config: { token: world.token, apiUrl }, log: silent });
    await (await planRegistration({ rest, applicationId: world.applicationId })).apply();
    const given = await people.slash(ann.id, root.id, 'ticket', { subcommand: 'approve' });
    await eventually(() => expect(told(setting)).toContain('is public'));
    expect(issues).toEqual([]);
    const asked = given.original ?? expect.unreachable();
    await people.click(ann.id, asked, idOf(asked, 'Yes, go on'));
    await eventually(() => expect(issues).toHaveLength(1));
  });

  it('names its thread after the draft', async () => {
    const setting = await setUp();
    const { root } = await drafted(setting);
    await eventually(() =>
      expect(setting.discord.world.channels.get(root.id)?.name).toBe('Export drops the last row'),
    );
  });

  it('is edited in windows for text, details and lists, only where something was changed', async () => {
    const setting = await setUp();
    const { card, press } = await drafted(setting);
    const text = await press(setting.ann, 'Edit text');
    expect(text.callback?.type).toBe(9);
    await setting.people.submit(text, { title: 'Export drops two rows' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('drops two rows'));
    const details = await press(setting.ann, 'Details');
    await setting.people.submit(details, { priority: ['critical'], estimate: '3 days' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('critical priority'));
    const criteria = await press(setting.ann, 'Criteria');
    await setting.people.submit(criteria, {
      'acceptanceCriteria-0': 'All rows are there\n- The file opens',
    });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('☐ The file opens'));
    expect(JSON.stringify(card.embeds)).toContain('3 days');
  });

  it('keeps what was typed when it is refused, and tells the second of two editors', async () => {
    const setting = await setUp();
    const { card, press } = await drafted(setting);
    const [first, second] = [
      await press(setting.ann, 'Edit text'),
      await press(setting.owner, 'Edit text'),
    ];
    await setting.people.submit(first, { title: 'Mine' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('Mine'));
    await setting.people.submit(second, { title: 'Theirs, carefully written' });
    await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
    const refusal = setting.discord.world.ephemerals.at(-1)?.message ?? expect.unreachable();
    expect(JSON.stringify(refusal.components)).toContain('Open again');
    expect(JSON.stringify(card.embeds)).not.toContain('Theirs');
    const openAgain = JSON.stringify(refusal.components).match(/"custom_id":"([^"]+)"/)?.[1] ?? '';
    const again = await setting.people.click(setting.owner.id, refusal, openAgain);
    expect(JSON.stringify(again.callback)).toContain('Theirs, carefully written');
    await setting.people.submit(again, {});
    await eventually(() =>
      expect(JSON.stringify(card.embeds)).toContain('Theirs, carefully written'),
    );
  });

  it('gives a long text back that was refused, for whoever keeps it may be gone', async () => {
    const setting = await setUp();
    const { card, press } = await drafted(setting);
    const [first, second] = [
      await press(setting.ann, 'Edit text'),
      await press(setting.owner, 'Edit text'),
    ];
    await setting.people.submit(first, { title: 'Mine' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('Mine'));
    const long = `It took me an hour to write this. ${'A sentence. '.repeat(30)}`.trim();
    await setting.people.submit(second, { 'description-0': long });
    await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
    const refusal = setting.discord.world.ephemerals.at(-1)?.message;
    expect(refusal?.files.map(({ name, content }) => [name, String(content)])).toEqual([
      ['what-you-typed.md', long],
    ]);
  });

  it('does not bring back what somebody else changed meanwhile, when a refused edit is sent again', async () => {
    const setting = await setUp();
    const { card, press } = await drafted(setting);
    const [first, second] = [
      await press(setting.ann, 'Edit text'),
      await press(setting.owner, 'Edit text'),
    ];
    await setting.people.submit(first, { 'description-0': 'What Ann found out.' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('What Ann found out.'));
    await setting.people.submit(second, { title: 'A better title' });
    await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
    await setting.people.submit(await press(setting.owner, 'Edit text'), {});
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('A better title'));
    expect(JSON.stringify(card.embeds)).toContain('What Ann found out.');
  });

  it('keeps a description of 12,000 characters to the letter while only its title is edited', async () => {
    const setting = await setUp();
    const paragraph = 'The export drops rows when the file is large. 行が消える。 🧾 ';
    const description = Array.from({ length: 190 }, (_, n) => `${n}. ${paragraph}`).join('\n\n  ');
    expect(description.length).toBeGreaterThan(12_000);
    const { card, press, root } = await drafted(setting, draftOne({ description }));
    const opened = await press(setting.ann, 'Edit text');
    await setting.people.submit(opened, { title: 'Export drops many rows' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('many rows'));
    const id = conversationIdOf(threadRefOf(root.id));
    const { items } = await setting.repositories.tickets.listTickets(id);
    expect(items[0]?.description).toBe(description.trim());
    expect(items[0]?.editedFields).toEqual(['title']);
  });

  it('takes what its template asks for, several fields at once, also in another process than showed the window', async () => {
    const setting = await setUp();
    const fields = ['Version', 'Browser', 'Steps', 'Logs', 'Operating system', 'Contact'];
    const { card, press, ticket, running } = await drafted(setting, draftOne(), fields);
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('Operating system'));
    const opened = await press(setting.ann, 'Fill in');
    const [version, browser, ...more] = inputsOf(opened);
    expect([version, browser, ...more].map((one) => one?.label)).toEqual(fields.slice(0, 5));
    await running.adapter.stop();
    await run(setting, { script: draftOne(), ...filing([], fields) });
    await setting.people.submit(opened, {
      [version?.id ?? '']: '2.4',
      [browser?.id ?? '']: 'Safari 17',
    });
    await eventually(async () => {
      const { description } = await ticket();
      expect(description).toContain('## Version\n\n2.4');
      expect(description).toContain('## Browser\n\nSafari 17');
    });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('"Steps, Logs, '));
    const next = await press(setting.ann, 'Fill in');
    expect(inputsOf(next).map(({ label }) => label)).toEqual(fields.slice(2));
  });

  it('with a description longer than any window is edited as a file, and nothing of it is lost', async () => {
    const setting = await setUp();
    const { people, ann, discord } = setting;
    const long = Array.from({ length: 900 }, (_, n) => `${n}. It fails für 日本 🧾 again.`).join(
      '\n',
    );
    expect(long.length).toBeGreaterThan(20_000);
    const { press, ticket } = await drafted(setting, draftOne({ description: long }));
    const offered = await press(ann, 'Edit text');
    const message = offered.original ?? expect.unreachable();
    const [file] = message.files;
    expect([file?.name, file?.content.toString()]).toEqual(['draft-1-description.md', long]);
    const back = async (from: DiscordMessage, label: string) =>
      people.click(ann.id, from, idOf(from, label));
    const opened = await back(message, 'Bring it back');
    const broken = people.file('draft.md', Buffer.from([0xff, 0xfe, 0x00]));
    await people.submit(opened, { title: 'Never', description: broken });
    await eventually(() => expect(told(setting)).toContain('no text in UTF-8'));
    expect((await ticket()).title).toBe('Export drops the last row');
    const changed = people.file('draft.md', `${long.replaceAll('\n', '\r\n')}\r\nThe end.`);
    await people.submit(opened, { title: 'Mine', description: changed });
    await eventually(async () => expect((await ticket()).description).toBe(`${long}\nThe end.`));
    expect((await ticket()).title).toBe('Mine');
    // A file of before is refused until its owner, who was told so, brings it again.
    const late = await back(message, 'Bring it back');
    await people.submit(late, { description: people.file('draft.md', 'Of before.') });
    await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
    const refusal = discord.world.ephemerals.at(-1)?.message ?? expect.unreachable();
    const again = await back(refusal, 'Open again');
    await people.submit(again, { description: people.file('draft.md', 'Decided.') });
    await eventually(async () => expect((await ticket()).description).toBe('Decided.'));
  });

  it('with criteria that fit no window is edited as a file too, one criterion a line', async () => {
    const setting = await setUp();
    const { people, ann } = setting;
    const sentence = 'The export holds every row that the list has, in the same order. '.repeat(5);
    const acceptanceCriteria = Array.from({ length: 48 }, (_, n) => `${n}. ${sentence}`.trim());
    const { press, ticket, running, root } = await drafted(setting, draftOne());
    await running.bot.handleAction({
      thread: threadRefOf(root.id),
      place: { workspaceId: setting.guild.id, channelId: setting.general.id, visibility: 'public' },
      actor: { identity: `discord::${ann.id}`, name: 'Ann', standing: 'member' },
      command: { kind: 'edit', target: { ordinal: 1 }, changes: { acceptanceCriteria } },
    });
    expect((await ticket()).acceptanceCriteria).toEqual(acceptanceCriteria);
    const offered = await press(ann, 'Criteria');
    const message = offered.original ?? expect.unreachable();
    const [file] = message.files;
    expect(file?.name).toBe('draft-1-acceptanceCriteria.md');
    expect(String(file?.content)).toBe(acceptanceCriteria.join('\n'));
    const opened = await people.click(ann.id, message, idOf(message, 'Bring it back'));
    const kept = acceptanceCriteria.slice(1).map((line) => `- ${line}`);
    const text = ['- The file opens', '', ...kept].join('\r\n');
    await people.submit(opened, { acceptanceCriteria: people.file('mine.md', text) });
    await eventually(async () =>
      expect((await ticket()).acceptanceCriteria).toEqual([
        'The file opens',
        ...acceptanceCriteria.slice(1),
      ]),
    );
  });

  const idOf = ({ components }: DiscordMessage, label: string) => {
    const rows = components as { components: Button[] }[];
    const found = rows.flatMap((row) => row.components).find((one) => one.label === label);
    return found?.custom_id ?? expect.unreachable(`no button ${label}`);
  };
  const inputsOf = ({ callback }: { callback?: { data: object } }) => {
    const view = (callback?.data ?? {}) as {
      components?: { label: string; component: { custom_id: string } }[];
    };
    return (view.components ?? []).map(({ label, component }) => ({
      ...{ label, id: component.custom_id },
    }));
  };
});
