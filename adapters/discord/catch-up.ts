/**
 * What was said while nobody listened: after the gateway began a new session, and at the start of the
 * process. The table remembers until when everything was received; the channels' history has the rest.
 */
import { type APIMessage, type Client, Routes } from 'discord.js';
import type { Log } from '../../src/core/log.ts';
import type { MarkRepository } from '../../src/core/mark.ts';
import { type Backlog, pause } from './backlog.ts';
import { byAge, type Direct } from './direct.ts';
import { type SaidMessage, snowflakeAt } from './inbound.ts';
import { isUnauthorized, refusalOf } from './refusals.ts';

export interface CatchUpOptions {
  client: Client;
  marks: MarkRepository;
  backlog: Backlog;
  direct: Direct;
  receive(message: SaidMessage): Promise<void>;
  /** What was changed and deleted meanwhile. */
  compare(signal: AbortSignal): Promise<void>;
  log: Log;
  /** How often the mark is moved, in milliseconds. */
  everyMs?: number;
}

export interface CatchUp {
  /** Reads what was missed since the mark; nothing at the very first start. Callers at once share the end. */
  run(): Promise<void>;
  /** Moves the mark now and then, while connected. */
  start(connected: () => boolean): void;
  /** Moves it a last time. */
  stop(): Promise<void>;
}

const EVERY_MS = 15_000;
/** Events may still be on their way; clocks differ a little. In milliseconds. */
const MARGIN_MS = 10_000;
const RETRY_MS = 2_000;
const PAGE = 100;
/** Of one channel, the newest first to be given up. */
const MOST_PAGES = 10;
/** Nobody waits longer than this for an answer, in milliseconds. */
const LONGEST_GAP_MS = 24 * 3_600_000;

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { client, marks, backlog, log, everyMs = EVERY_MS } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let isConnected = () => false;
  /** When the history was last asked, in milliseconds since the epoch. */
  let caughtUpAt = 0;
  const stopping = new AbortController();
  let comparing: AbortController | undefined;

  /** By shards: each process marks its own. */
  const name = () => `received:${(client.ws.shards.map(({ id }) => id) as number[]).join(',')}`;

  async function mark(): Promise<void> {
    if (!isConnected() || running) return;
    const heard = snowflakeAt(heardUntil() - MARGIN_MS);
    const oldest = backlog.oldest();
    const until = oldest && byAge(oldest, heard) < 0 ? before(oldest) : heard;
    await marks.put('discord', name(), until).catch((error: unknown) => {
      log.warn('discord-mark-not-moved', {}, error);
    });
  }

  /**
   * A line may be dead for a while before anybody notices. What came before a heartbeat that was
   * answered has come, and what came before the history was asked was in it.
   */
  function heardUntil(): number {
    const beats = client.ws.shards.map(({ lastPingTimestamp }) => lastPingTimestamp);
    return Math.min(...beats.map((beat) => Math.max(beat, caughtUpAt)));
  }

  async function catchUp(): Promise<void> {
    const beganAt = Date.now();
    await readMissed();
    caughtUpAt = beganAt;
  }

  async function readMissed(): Promise<void> {
    const marked = await marks.get('discord', name());
    if (!marked) return;
    const earliest = snowflakeAt(Date.now() - LONGEST_GAP_MS);
    const since = byAge(marked, earliest) < 0 ? earliest : marked;
    const channels = [...channelsWithNews(client, since), ...(await options.direct.channels())];
    let found = 0;
    for (const channelId of channels) found += await readChannel(options, channelId, since);
    void compareBeside();
    log.info('discord-caught-up', { channels: channels.length, messages: found });
  }

  /** What was said waits for none of it: it takes a request or two for each thread, and begins anew with each session. */
  async function compareBeside(): Promise<void> {
    comparing?.abort();
    comparing = new AbortController();
    const signal = AbortSignal.any([stopping.signal, comparing.signal]);
    while (!signal.aborted) {
      try {
        return await options.compare(signal);
      } catch (error) {
        log.warn('discord-changes-not-compared', {}, error);
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** The mark stays where it is until this went well. */
  async function tryAgain(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        again = false;
        await catchUp();
        if (again) continue;
        running = undefined;
        return;
      } catch (error) {
        log.warn('discord-catch-up-failed', {}, error);
        await pause(RETRY_MS, stopping.signal);
      }
    }
  }

  function run(): Promise<void> {
    // Another shard has come, with its own servers.
    again = true;
    running ??= tryAgain();
    return running;
  }

  return {
    run,
    start(connected) {
      isConnected = connected;
      timer ??= setInterval(() => void mark(), everyMs);
      timer.unref();
      void (running ?? Promise.resolve()).then(mark);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await mark();
    },
  };
}

/** Discord says with each channel and active thread which message is its newest. */
function channelsWithNews(client: Client, since: string): string[] {
  return [...client.channels.cache.values()].flatMap((channel) => {
    const last = 'lastMessageId' in channel ? channel.lastMessageId : undefined;
    const hasNews = last && byAge(last, since) > 0;
    return hasNews && channel.isTextBased() && !channel.isDMBased() ? channel.id : [];
  });
}

/** Oldest first. A channel that cannot be read is left out: it could not be answered in either. */
async function readChannel(
  { client, receive, log }: CatchUpOptions,
  channelId: string,
  since: string,
): Promise<number> {
  let after = since;
  let found = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = new URLSearchParams({ limit: `${PAGE}`, after });
    const messages = await client.rest
      .get(Routes.channelMessages(channelId), { query })
      .then((value) => value as APIMessage[])
      .catch((error: unknown) => {
        // Only what Discord refuses is left out; anything else is tried again, and the mark waits.
        if (refusalOf(error) === undefined || isUnauthorized(error)) throw error;
        log.warn('discord-history-not-read', { channelId }, error);
        return [];
      });
    const ordered = messages.toSorted((one, other) => byAge(one.id, other.id));
    for (const message of ordered) await receive(withGuild(client, message));
    found += ordered.length;
    after = ordered.at(-1)?.id ?? after;
    if (messages.length < PAGE) break;
  }
  return found;
}

/** History does not say where it is from. */
function withGuild(client: Client, message: APIMessage): SaidMessage {
  const channel = client.channels.cache.get(message.channel_id);
  return channel && 'guildId' in channel && channel.guildId
    ? { ...message, guild_id: channel.guildId }
    : message;
}

const before = (id: string) => String(BigInt(id) - 1n);
