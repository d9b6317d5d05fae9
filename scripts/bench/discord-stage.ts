/**
 * What a bench of whole turns in Discord plays on: a model over HTTP, an engine, and for each program a stand-in
 * Discord of its own, because whoever holds the token hears all that is said there.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createPeople } from '../../test/fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../../test/fakes/discord-server.ts';
import { addChannel, addGuild, addUser } from '../../test/fakes/discord-world.ts';
import type { Program } from './program.ts';
import { createStage, type Stage } from './stage.ts';
import type { TokenServerOptions } from './token-server.ts';

export interface DiscordSeat {
  program: Program;
  discord: DiscordServer;
  /** Says this to the bot in the channel, where each message begins a thread. */
  say(text: string): void;
}

export interface DiscordStage extends Stage {
  /** Starts a program in a Discord and with a table to itself; resolves once the gateway has it. */
  startInDiscord(file: string, tableName: string): Promise<DiscordSeat>;
}

const CONNECT_MS = 30_000;
const LOOK_MS = 20;

export async function createDiscordStage(pace: TokenServerOptions): Promise<DiscordStage> {
  const stage = await createStage(pace);
  const discords: DiscordServer[] = [];

  async function startInDiscord(file: string, tableName: string): Promise<DiscordSeat> {
    // The Chat SDK does not name itself as Discord's documentation demands.
    const discord = await startDiscord({ anyUserAgent: true });
    discords.push(discord);
    discord.limitRates(true);
    const { world, apiUrl } = discord;
    const ann = addUser(world, 'Ann');
    const guild = addGuild(world, 'Acme', [addUser(world, 'Owner'), ann]);
    const { id } = addChannel(world, guild, 'general');
    const people = createPeople(discord);
    const program = await stage.start(file, tableName, {
      ...{ DISCORD_TOKEN: world.token, DISCORD_API_URL: apiUrl },
      ...{ DISCORD_APPLICATION_ID: world.applicationId },
    });
    await becomeConnected(discord, file);
    return {
      ...{ program, discord },
      say: (text) => void people.say(ann.id, id, `<@${world.applicationId}> ${text}`),
    };
  }

  async function close(): Promise<void> {
    await stage.close();
    await Promise.all(discords.map((discord) => discord.stop()));
  }

  return { ...stage, startInDiscord, close };
}

async function becomeConnected({ gateway }: DiscordServer, file: string): Promise<void> {
  const until = performance.now() + CONNECT_MS;
  while (gateway.connected() === 0) {
    if (performance.now() > until) throw new Error(`${file} did not come to the gateway`);
    await wait(LOOK_MS);
  }
}
