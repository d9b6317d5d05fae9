/** The bot's own side in Discord: replies, cards, notices and history on the real REST client. */
import { ChannelType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { threadRefOf, timeOf } from '../../../adapters/discord/inbound.ts';
import { createEditPace } from '../../../adapters/discord/pace.ts';
import { createDiscordPlatform } from '../../../adapters/discord/platform.ts';
import { createThreadOpening } from '../../../adapters/discord/thread-opening.ts';
import type { ReplyTarget } from '../../../src/core/platform.ts';
import { describePlatform } from '../../contracts/platform.ts';
import { createPeople } from '../../fakes/discord-people.ts';
import { startDiscord } from '../../fakes/discord-server.ts';
import { addChannel, addGuild, addUser, type DiscordMessage } from '../../fakes/discord-world.ts';

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
