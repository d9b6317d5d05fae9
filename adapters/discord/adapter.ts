/** Discord joined to the bot: what receives from the gateway, and the platform that writes over REST. */
import type { REST } from 'discord.js';
import type { Adapter, AdapterTools } from '../../src/core/adapter.ts';
import type { Log } from '../../src/core/log.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRest } from './clients.ts';
import type { DiscordConfig } from './gateway.ts';
import { threadRefOf } from './inbound.ts';
import { createModals, type Modals } from './modals.ts';
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
  /** A card was shown that asks for these fields. */
  onCard?(ticketId: string, missing: string[]): void;
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

export function createDiscordAdapter(options: DiscordAdapterOptions): Adapter {
  const {
    config,
    repositories,
    log,
    createPlatform = createDiscordPlatform,
    markEveryMs,
  } = options;
  const asked = createAsked();
  const { modals = createModals({ missingOf: asked.read }) } = options;
  const pace = createEditPace();
  const rest = createRest({ config, log, pace });
  const threads = createThreadOpening({ rest });
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
  const parts = { rest, threads, readMessage, log, pace, isBound, apiUrl, onCard: asked.note };
  return { platform: createPlatform(parts), start, connected, stop };
}

/** Cards whose open questions are remembered; of older ones the window says that there is nothing to fill in. */
const MOST_ASKED = 1_000;

/** What cards ask for: a button cannot carry it. */
function createAsked() {
  const fields = new Map<string, string[]>();
  return {
    read: (ticketId: string) => fields.get(ticketId) ?? [],
    note(ticketId: string, missing: string[]) {
      fields.delete(ticketId);
      if (missing.length > 0) fields.set(ticketId, missing);
      const [oldest] = fields.keys();
      if (fields.size > MOST_ASKED && oldest !== undefined) fields.delete(oldest);
    },
  };
}
