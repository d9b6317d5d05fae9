/** Bots on the stand-in Slack: the real adapter over either receiver, the real core and table, a model that echoes. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { createSlackAdapter } from '../../../adapters/slack/adapter.ts';
import { EVENTS_PATH } from '../../../adapters/slack/manifest.ts';
import { BOT_SCOPES } from '../../../adapters/slack/scopes.ts';
import type { Adapter } from '../../../src/core/adapter.ts';
import { type Bot, type BotOptions, createBot } from '../../../src/core/bot.ts';
import type { LogFields } from '../../../src/core/log.ts';
import type { Provider } from '../../../src/core/provider.ts';
import type { Repositories } from '../../../src/core/repositories.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { createRepositories, type Table } from '../../../src/db/index.ts';
import { createSecrets } from '../../../src/secrets.ts';
import { echo, type Script } from '../../core/bots.ts';
import { startEngine, type TestEngine } from '../../engine.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';
import { createDelivery, type SlackDelivery } from '../../fakes/slack-delivery.ts';
import { createPeople, type SlackPeople } from '../../fakes/slack-people.ts';
import { type SlackServer, startSlack } from '../../fakes/slack-server.ts';
import { addChannel, addUser, type SlackMessage, threadOf } from '../../fakes/slack-world.ts';

/** Where Slack leads back to; the tests' browser knows where that is. */
export const PUBLIC_URL = 'https://bot.example.com';
export const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');

export const RECEIVERS = ['http', 'socket'] as const;
export type ReceiverKind = (typeof RECEIVERS)[number];

export interface Setting {
  slack: SlackServer;
  table: Table;
  repositories: Repositories;
}

export interface Running {
  bot: Bot;
  adapter: Adapter;
  people: SlackPeople;
  delivery: SlackDelivery;
  /** Of the adapter, over HTTP. */
  url: string | undefined;
  /** Where its routes are. */
  base: string | undefined;
  /** Events of the log, in order. */
  logged: [string, LogFields?][];
}

export interface RunOptions {
  receiver?: ReceiverKind;
  /** One workspace by token, or those that install the app at `PUBLIC_URL`. */
  workspaces?: 'one' | 'many';
  script?: Script;
  more?: Partial<BotOptions>;
}

/** Inside a `describe`: an engine for it, a Slack for each test, and what runs is closed after it. */
export function useSlack() {
  let engine: TestEngine;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(() => engine.stop());

  /** Ann, Bob and Gil, a guest; a public channel, a private one, and Ann's direct messages. */
  async function setUp(): Promise<Setting> {
    const [slack, table] = await Promise.all([
      startSlack({ scopes: new Set(BOT_SCOPES) }),
      engine.table(),
    ]);
    closing.push(slack.stop);
    const { world } = slack;
    addUser(world, 'UANN', 'Ann');
    addUser(world, 'UBOB', 'Bob');
    addUser(world, 'UGIL', 'Gil', { guest: true });
    addUser(world, 'UBOT2', 'Other bot', { bot: true });
    addChannel(world, 'C1', 'channel', ['UANN', 'UBOB', 'UGIL']);
    addChannel(world, 'G1', 'group', ['UANN', 'UBOB']);
    addChannel(world, 'D1', 'im', ['UANN']);
    addChannel(world, 'C2', 'channel', ['UANN'], { withBot: false });
    return { slack, table, repositories: createRepositories(table) };
  }

  async function run(setting: Setting, options: RunOptions = {}): Promise<Running> {
    const { slack, repositories } = setting;
    const { receiver = 'http', workspaces = 'one', script = echo, more = {} } = options;
    const { world } = slack;
    const logged: Running['logged'] = [];
    const note = (event: string, fields?: LogFields) => void logged.push([event, fields]);
    const log = { info: note, warn: note, error: (event: string) => `${logged.push([event])}` };
    const connection =
      receiver === 'http'
        ? ({ kind: 'http', signingSecret: world.signingSecret } as const)
        : ({ kind: 'socket', appToken: world.appToken } as const);
    const { encrypt, decrypt } = createSecrets({ key: SECRETS_KEY });
    const { clientId, clientSecret } = slack.oauth;
    const adapter = createSlackAdapter({
      config: {
        connection,
        workspaces:
          workspaces === 'one'
            ? { kind: 'one', botToken: world.botToken }
            : { kind: 'many', clientId, clientSecret, stateSecret: 'stand-in-state-secret' },
        apiUrl: slack.apiUrl,
      },
      ...{ repositories, log, encrypt, decrypt },
      publicUrl: workspaces === 'many' ? PUBLIC_URL : undefined,
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
      timing: { leaseMs: 2_000, renewMs: 400, settleMs: 10, resumeEveryMs: 100 },
      ...more,
    });
    await adapter.start(bot);
    const base = await listen(adapter);
    const url = receiver === 'http' && base ? `${base}${EVENTS_PATH}` : undefined;
    closing.push(async () => {
      await adapter.stop();
      await bot.close(500);
    });
    const delivery = createDelivery({ slack, ...(url && { requestUrl: url }) });
    const people = createPeople({ slack, delivery });
    return { ...{ bot, adapter, people, delivery, url, base, logged } };
  }

  /** As the product's server mounts it. */
  async function listen({ routes = [] }: Adapter): Promise<string | undefined> {
    if (routes.length === 0) return undefined;
    const app = new Hono();
    for (const { method, path, handle } of routes) app.on(method, path, (c) => handle(c.req.raw));
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    closing.push(async () => {
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  return { setUp, run };
}

/** On a busy machine things take their time. */
export const eventually = <Value>(work: () => Value | Promise<Value>) =>
  vi.waitFor(work, { timeout: 10_000, interval: 20 });

export function channelOf({ slack }: Setting, id: string) {
  const channel = slack.world.channels.get(id);
  if (!channel) throw new Error(`the stand-in has no channel ${id}`);
  return channel;
}

/** What the bot wrote in a thread, in order. */
export function writtenIn(setting: Setting, channelId: string, rootTs: string): SlackMessage[] {
  const { slack } = setting;
  return threadOf(channelOf(setting, channelId), rootTs).filter(
    ({ user }) => user === slack.world.botUser,
  );
}

/** Waits until the bot's messages in this thread say exactly this. */
export function expectWritten(
  setting: Setting,
  channelId: string,
  rootTs: string,
  lines: string[],
) {
  return vi.waitFor(
    () => {
      const written = writtenIn(setting, channelId, rootTs).map(({ text }) => text);
      if (JSON.stringify(written) !== JSON.stringify(lines)) {
        throw new Error(`written: ${JSON.stringify(written)}`);
      }
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** The texts stored in a thread's conversation, in order. */
export async function storedIn({ repositories }: Setting, channelId: string, threadId: string) {
  const thread = { platform: 'slack', workspaceId: 'T1', channelId, threadId } as const;
  const { items } = await repositories.messages.listMessages(conversationIdOf(thread));
  return items.map(({ text }) => text);
}
