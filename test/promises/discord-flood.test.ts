/**
 * Two processes with one Discord token, messages in many threads, the gateway lost, resumed and begun
 * again, both processes killed once: nothing is lost, nothing is answered twice. `npm run soak` runs
 * it at full size.
 */
import type { ChildProcess } from 'node:child_process';
import { setImmediate as nextEvent } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { threadRefOf } from '../../adapters/discord/inbound.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories, type Table } from '../../src/db/index.ts';
import { killProcess, startProcess } from '../adapters/discord/processes.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { createPeople } from '../fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../fakes/discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordMessage,
  type DiscordUser,
} from '../fakes/discord-world.ts';
import { createRandom } from '../faults.ts';
import { readPending } from './pending.ts';

const FULL = process.env.SOAK === '1';
const THREADS = FULL ? 100 : 8;
const MESSAGES = FULL ? 20 : 6;
/** How often each trouble comes; each process is killed once. */
const ROUNDS = FULL ? 3 : 1;
const SEED = Number(process.env.SEED ?? 1);
const TABLE = 'discord-flood';

describe('a flood in Discord', () => {
  let engine: TestEngine;
  let discord: DiscordServer;
  let table: Table;
  let ann: DiscordUser;
  let general: DiscordChannel;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    [engine, discord] = await Promise.all([startEngine(), startDiscord()]);
    table = await engine.table(TABLE);
    ann = addUser(discord.world, 'Ann');
    const guild = addGuild(discord.world, 'Acme', [addUser(discord.world, 'Owner'), ann]);
    general = addChannel(discord.world, guild, 'general');
  });
  afterAll(async () => {
    for (const worker of started) worker.kill('SIGKILL');
    await Promise.all([engine.stop(), discord.stop()]);
  });

  async function startWorker(): Promise<ChildProcess> {
    const { token } = discord.world;
    const { apiUrl } = discord;
    const worker = await startProcess({
      ...{ endpoint: engine.endpoint, tableName: TABLE, token, apiUrl },
    });
    started.push(worker);
    return worker;
  }

  it(`stores and answers each of ${THREADS * MESSAGES} messages once`, async () => {
    const random = createRandom(SEED);
    const people = createPeople(discord);
    const { gateway, world } = discord;
    const workers = [await startWorker(), await startWorker()];
    const connected = () =>
      vi.waitFor(() => expect(gateway.connected()).toBe(2), { timeout: 30_000, interval: 50 });
    const sent = new Map<string, DiscordMessage[]>();
    for (let n = 0; n < THREADS; n += 1) {
      const root = people.say(ann.id, general.id, `<@${world.applicationId}> message 1`);
      sent.set(root.id, [root]);
    }
    const areOpen = () => expect([...sent.keys()].every((id) => world.channels.has(id))).toBe(true);
    await vi.waitFor(areOpen, { timeout: 60_000, interval: 50 });
    const drops = [
      () => gateway.drop(),
      () => gateway.drop(4_000),
      () => gateway.tell('reconnect'),
      () => gateway.tell('invalid'),
    ];
    const troubles = Array.from({ length: ROUNDS }, () => drops).flat();
    troubles.splice(1, 0, () => replace(0));
    troubles.splice(-1, 0, () => replace(1));
    const queue = shuffle(
      Array.from({ length: MESSAGES - 1 }, () => [...sent.keys()]).flat(),
      random,
    );
    const share = Math.ceil(queue.length / troubles.length);
    for (const trouble of troubles) {
      const ended = trouble();
      for (const threadId of queue.splice(0, share)) {
        const messages = sent.get(threadId) ?? [];
        messages.push(people.say(ann.id, threadId, `message ${messages.length + 1}`));
        await nextEvent();
      }
      await ended;
      await connected();
    }

    async function replace(index: number): Promise<void> {
      const worker = workers[index];
      if (worker) await killProcess(worker);
      workers[index] = await startWorker();
    }

    const repositories = createRepositories(table);
    await vi.waitFor(
      async () => {
        for (const [threadId, messages] of sent) await expectCovered(threadId, messages);
        expect(await readPending(repositories)).toBe(0);
      },
      { timeout: FULL ? 300_000 : 60_000, interval: 500 },
    );
    const said = [...sent.values()].flat().length;
    console.info(`${said} messages in ${sent.size} threads, seed ${SEED}`);
    console.info({ identified: gateway.identified, resumed: gateway.resumed });
    expect(said).toBe(THREADS * MESSAGES);
    expect(gateway.resumed).toBeGreaterThan(0);
    // Two at first, two after the kills, and at least one whose session was gone.
    expect(gateway.identified).toBeGreaterThan(4);
    for (const threadId of sent.keys()) await expectShownOnce(threadId);

    async function expectCovered(threadId: string, messages: DiscordMessage[]): Promise<void> {
      const { items } = await repositories.messages.listMessages(
        conversationIdOf(threadRefOf(threadId)),
        { limit: 200 },
      );
      const asked = items.filter(({ role }) => role === 'user').map(({ id }) => id);
      expect(asked.sort(), 'stored once').toEqual(messages.map(({ id }) => id).sort());
      const covers = items.flatMap(({ answer }) => answer?.covers ?? []);
      const answered = covers.map((key) => key.split('#')[1]);
      expect(answered.sort(), 'answered once').toEqual(asked.sort());
    }

    /** One message of the bot for each closed turn. */
    async function expectShownOnce(threadId: string): Promise<void> {
      const { items } = await repositories.messages.listMessages(
        conversationIdOf(threadRefOf(threadId)),
        { limit: 200 },
      );
      const turns = items.flatMap(({ answer }) => answer ?? []);
      const { applicationId, channels } = discord.world;
      const shown = channels
        .get(threadId)
        ?.messages.filter(({ authorId }) => authorId === applicationId);
      expect(shown).toHaveLength(turns.length);
    }
  }, 420_000);
});

function shuffle<Item>(items: Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
