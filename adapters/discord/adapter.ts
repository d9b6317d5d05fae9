/** Discord joined to the bot: what receives from the gateway, and the platform that writes over REST. */
import type { REST } from 'discord.js';
import type { Adapter, AdapterTools } from '../../src/core/adapter.ts';
import type { Log } from '../../src/core/log.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import { createRest, type DiscordConfig } from './gateway.ts';
import type { Modals } from './on-component.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createThreadOpening, type ThreadOpening } from './thread-opening.ts';

/** What the platform is made of. */
export interface PlatformParts {
  rest: REST;
  threads: ThreadOpening;
  /** A message of a thread's history, translated. */
  readMessage: Receiver['readMessage'];
  log: Log;
}

export interface DiscordAdapterOptions extends Pick<AdapterTools, 'repositories' | 'log'> {
  config: DiscordConfig;
  createPlatform(parts: PlatformParts): ChatPlatform;
  modals?: Modals;
  /** How often it is marked until when everything was received, in milliseconds. */
  markEveryMs?: number;
}

export function createDiscordAdapter(options: DiscordAdapterOptions): Adapter {
  const { config, repositories, log, createPlatform, modals, markEveryMs } = options;
  const rest = createRest({ config, log });
  const threads = createThreadOpening({ rest });
  const often = markEveryMs === undefined ? {} : { markEveryMs };
  const receiver = createReceiver({
    ...{ config, repositories, rest, threads, modals, log },
    ...often,
  });
  const { readMessage, start, connected, stop } = receiver;
  return { platform: createPlatform({ rest, threads, readMessage, log }), start, connected, stop };
}
