/** Discord joined to the bot: what receives from the gateway, and the platform that writes over REST. */
import type { REST } from 'discord.js';
import type { Adapter, AdapterTools } from '../../src/core/adapter.ts';
import type { Log } from '../../src/core/log.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { type AttachmentsOptions, createReadAttachment } from './attachments.ts';
import { createRest } from './clients.ts';
import type { DiscordConfig } from './gateway.ts';
import { threadRefOf } from './inbound.ts';
import { createModals, type Modals, type ModalsOptions } from './modals.ts';
import { createOwnMessages } from './own-messages.ts';
import { createEditPace, type EditPace } from './pace.ts';
import { createDiscordPlatform } from './platform.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createThreadOpening, type ThreadOpening } from './thread-opening.ts';

/** What the platform is made of. */
export interface PlatformParts {
  rest: REST;
  threads: ThreadOpening;
  /** A message of a thread's history, translated. */
  readMessage: Receiver['readMessage'];
  log: Log;
  /** Learns from the answers to what `rest` sends. */
  pace: EditPace;
  /** The thread has a conversation. */
  isBound(threadId: string): Promise<boolean>;
  apiUrl?: string | undefined;
}

export interface DiscordAdapterOptions extends Pick<AdapterTools, 'repositories' | 'log'> {
  config: DiscordConfig;
  /** Who writes. Default: the platform on Discord's REST API. */
  createPlatform?(parts: PlatformParts): ChatPlatform;
  /** The windows in which drafts are edited. */
  modals?: Modals;
  /** How often it is marked until when everything was received, in milliseconds. */
  markEveryMs?: number;
}

const READ_TIMEOUT_MS = 30_000;

export function createDiscordAdapter(options: DiscordAdapterOptions): Adapter {
  const {
    config,
    repositories,
    log,
    createPlatform = createDiscordPlatform,
    markEveryMs,
  } = options;
  const pace = createEditPace();
  const rest = createRest({ config, log, pace });
  const threads = createThreadOpening({ rest });
  const { modals = createModals({ readFile: readFileWith({ rest, apiUrl: config.apiUrl }) }) } =
    options;
  const own = createOwnMessages({ rest, threads });
  const often = markEveryMs === undefined ? {} : { markEveryMs };
  const receiver = createReceiver({
    ...{ config, repositories, rest, threads, own, modals, log },
    ...often,
  });
  const { readMessage, start, connected, stop } = receiver;
  const { apiUrl } = config;
  const isBound = async (threadId: string) =>
    (await repositories.threads.get(conversationIdOf(threadRefOf(threadId)))) !== undefined;
  const parts = { rest, threads, readMessage, log, pace, isBound, apiUrl };
  return { platform: createPlatform(parts), start, connected, stop };
}

/** What somebody gave to a window: its address comes with it. */
function readFileWith(options: AttachmentsOptions): ModalsOptions['readFile'] {
  const read = createReadAttachment(options);
  return (file, maxBytes) =>
    read(threadRefOf(''), file, maxBytes, AbortSignal.timeout(READ_TIMEOUT_MS));
}
