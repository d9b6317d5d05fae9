/** Threads that a command opens, by processes that are killed, on the stand-in Discord. */
import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { startEngine, type TestEngine } from '../../engine.ts';
import { createPeople } from '../../fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../../fakes/discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordUser,
} from '../../fakes/discord-world.ts';
import { killProcess, startProcess } from './processes.ts';

const POST = 'POST /channels/{channel_id}/messages';
const OPEN = 'POST /channels/{channel_id}/messages/{message_id}/threads';
/** Milliseconds: processes start slowly on a busy machine. */
const PATIENCE = 60_000;
const eventually = (check: () => void) => vi.waitFor(check, { timeout: PATIENCE, interval: 50 });
const silent = { info() {}, warn() {}, error: () => 'ref' };

describe('a thread that a command opens', { timeout: 3 * PATIENCE }, () => {
  let engine: TestEngine;
  let discord: DiscordServer;
  let ann: DiscordUser;
  let general: DiscordChannel;
  let tableName: string;
  let tables = 0;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine.stop());
  beforeEach(async () => {
    discord = await startDiscord();
    const { world, apiUrl } = discord;
    ann = addUser(world, 'Ann');
    const guild = addGuild(world, 'Acme', [addUser(world, 'Owner'), ann]);
    general = addChannel(world, guild, 'general');
    tables += 1;
    tableName = `threads-${tables}`;
    await engine.table(tableName);
    const rest = createRest({ config: { token: world.token, apiUrl }, log: silent });
    await (await planRegistration({ rest, applicationId: world.applicationId })).apply();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(killProcess));
    await discord.stop();
  });

  async function start(): Promise<ChildProcess> {
    const { world, apiUrl } = discord;
    const { endpoint } = engine;
    const worker = await startProcess({ endpoint, tableName, token: world.token, apiUrl });
    running.push(worker);
    return worker;
  }

  const ask = (prompt: string) =>
    createPeople(discord).slash(ann.id, general.id, 'ticket', {
      ...{ subcommand: 'new', options: { prompt } },
    });
  const roots = () => general.messages.filter(({ authorId }) => authorId !== ann.id);
  const answered = () =>
    roots().filter(({ id }) =>
      discord.world.channels.get(id)?.messages.some(({ content }) => content === 'heard 1'),
    );
  /** The next request of this kind gets no answer, and nothing is done. */
  const hold = (route: string) =>
    discord.faults.push({ route, do: 'hold', until: new Promise(() => undefined) });
  const isHeld = () => expect(discord.faults).toEqual([]);

  it('is opened once, by another process when the first dies in between, long after Discord forgot the nonce', async () => {
    const first = await start();
    hold(OPEN);
    await ask('The export is broken');
    await eventually(isHeld);
    await killProcess(first);
    expect(roots()).toHaveLength(1);
    discord.world.nonceMemoryMs = 0;
    await start();
    await eventually(() => expect(answered()).toHaveLength(1));
    expect(roots()).toHaveLength(1);
  });

  it('is a new one although the same person has asked the same before', async () => {
    const first = await start();
    await ask('The export is broken');
    await eventually(() => expect(answered()).toHaveLength(1));
    hold(POST);
    await ask('The export is broken');
    await eventually(isHeld);
    await killProcess(first);
    discord.world.nonceMemoryMs = 0;
    await start();
    await eventually(() => expect(answered()).toHaveLength(2));
    expect(roots()).toHaveLength(2);
  });
});
