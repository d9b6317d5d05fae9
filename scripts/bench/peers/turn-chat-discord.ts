/**
 * The Chat SDK in Discord: a program that stays, with the adapter's own gateway listener and no webhook, as its
 * documentation says for such. That listener's discord.js takes no address, so its default is changed.
 */
import { createServer } from 'node:http';
import { createDiscordAdapter } from '@chat-adapter/discord';
import { DefaultRestOptions } from 'discord.js';
import { createFollowingChat } from './following-chat.ts';

const env = process.env;
/** Longer than any bench: the most that a timer takes. */
const LISTEN_MS = 2 ** 31 - 1;

Object.assign(DefaultRestOptions, { api: env.DISCORD_API_URL });
const chat = createFollowingChat({
  discord: createDiscordAdapter({
    botToken: env.DISCORD_TOKEN,
    applicationId: env.DISCORD_APPLICATION_ID,
    apiUrl: `${env.DISCORD_API_URL}/v10`,
    // Of interactions over HTTP, of which there are none here.
    publicKey: '0'.repeat(64),
  }),
});
await chat.initialize();
const waitUntil = (work: Promise<unknown>) => void work.catch(() => undefined);
await chat.getAdapter('discord').startGatewayListener({ waitUntil }, LISTEN_MS);

// It answers, so that whoever started it knows that it runs.
createServer((_, response) => response.end()).listen(Number(env.PORT), '127.0.0.1');
