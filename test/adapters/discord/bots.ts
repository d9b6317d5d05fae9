/** Bots on the stand-in Discord: the real adapter, core and table, a model that echoes. */
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { createDiscordAdapter } from '../../../adapters/discord/adapter.ts';
import type { DiscordConfig } from '../../../adapters/discord/gateway.ts';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import type { Adapter } from '../../../src/core/adapter.ts';
import { type Bot, type BotOptions, createBot } from '../../../src/core/bot.ts';
import type { LogFields } from '../../../src/core/log.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Repositories } from '../../../src/core/repositories.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { createRepositories, type Table } from '../../../src/db/index.ts';
import { echo, type Script } from '../../core/bots.ts';
import { startEngine, type TestEngine } from '../../engine.ts';
import { createPeople, type DiscordPeople } from '../../fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../../fakes/discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordGuild,
  type DiscordUser,
} from '../../fakes/discord-world.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';
import { createPlainPlatform, plainModals } from './plain-platform.ts';

export interface Setting {
  discord: DiscordServer;
  people: DiscordPeople;
  guild: DiscordGuild;
  owner: DiscordUser;
  ann: DiscordUser;
  general: DiscordChannel;
  /** How the bot is mentioned. */
  me: string;
  table: Table;
  repositories: Repositories;
}

export interface Running {
  bot: Bot;
  adapter: Adapter;
  /** Events of the log, in order. */
  logged: [string, LogFields?][];
  /** Everything under way has been answered. */
  settle(): Promise<void>;
}

/** Inside a `describe`: an engine for it, a Discord for each test, and what runs is closed after it. */
export function useDiscord() {
  let engine: TestEngine;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(() => engine.stop());

  async function setUp(): Promise<Setting> {
    const [discord, table] = await Promise.all([startDiscord(), engine.table()]);
    closing.push(discord.stop);
    const { world } = discord;
    const [owner, ann] = [addUser(world, 'Owner'), addUser(world, 'Ann')];
    const guild = addGuild(world, 'Acme', [owner, ann]);
    const general = addChannel(world, guild, 'general');
    const me = `<@${world.applicationId}>`;
    const people = createPeople(discord);
    const repositories = createRepositories(table);
    return { ...{ discord, people, guild, owner, ann, general, me, table, repositories } };
  }

  async function run(
    { discord, repositories }: Setting,
    {
      script = echo as Script,
      more = {} as Partial<BotOptions>,
      shards = 'auto' as DiscordConfig['shards'],
      token = discord.world.token,
      plain = true,
    } = {},
  ): Promise<Running> {
    const logged: Running['logged'] = [];
    const note = (event: string, fields?: LogFields) => void logged.push([event, fields]);
    const log = { info: note, warn: note, error: (event: string) => `${logged.push([event])}` };
    const adapter = createDiscordAdapter({
      config: { token, shards, apiUrl: discord.apiUrl },
      ...(plain && { createPlatform: createPlainPlatform, modals: plainModals }),
      ...{ repositories, log, markEveryMs: 50 },
    });
    const provider: Provider = {
      name: 'script',
      stream: script,
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }),
    };
    const bot = createBot({
      ...{ repositories, platforms: [adapter.platform], log },
      chooseProvider: async () => [{ provider, model: 'm' }],
      chooseTracker: async () => createIdleTracker(),
      environment: { project: 'local:issues' },
      markerKeys: [new Uint8Array(32)],
      timing: { leaseMs: 15_000, renewMs: 1_000, settleMs: 10 },
      ...more,
    });
    await adapter.start(bot);
    closing.push(async () => {
      await adapter.stop();
      await bot.close(500);
    });
    return { bot, adapter, logged, settle: () => bot.idle() };
  }

  return { setUp, run };
}

/** What the bot wrote in a channel or thread, in order. */
export function writtenIn({ discord }: Setting, channelId: string): string[] {
  const { world } = discord;
  const messages = world.channels.get(channelId)?.messages ?? [];
  return messages
    .filter(({ authorId }) => authorId === world.applicationId)
    .map(({ content }) => content);
}

/** Patient: tests share the machine. */
export const eventually = <Value>(check: () => Value | Promise<Value>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 20 });

/** Waits until the bot has written exactly this there. */
export function expectWritten(setting: Setting, channelId: string, lines: string[]) {
  return eventually(() => {
    const written = writtenIn(setting, channelId);
    if (JSON.stringify(written) !== JSON.stringify(lines)) {
      throw new Error(`written: ${JSON.stringify(written)}`);
    }
  });
}

/** The texts stored in a thread's conversation, in order. */
export async function storedIn({ repositories }: Setting, threadId: string, begin = '') {
  const id = conversationIdOf(threadRefOf(threadId, begin));
  const { items } = await repositories.messages.listMessages(id);
  return items.map(({ text }) => text);
}
