/** The calls that show one message of a reply, and what each may come to; what is no ordinary outcome is thrown. */
import type { AnyChunk, KnownBlock } from '@slack/web-api';
import type { ReplyTarget } from '../../src/core/platform.ts';
import { BusyError, type LimitedMethod, type Line, type Patience } from './line.ts';
import { type OwnMessage, type OwnMessages, toMetadata } from './own-messages.ts';
import {
  describeRefusal,
  ENDED_STREAM,
  FIXED_MESSAGE,
  isAmbiguous,
  LOST_MESSAGE,
  refusalOf,
} from './refusals.ts';
import type { RenderedMessage } from './reply-view.ts';
import type { Recipient, Streams } from './streams.ts';

export interface ReplyCallsOptions {
  line: Line;
  own: OwnMessages;
  streams: Streams;
  target: ReplyTarget;
  /** 0 for the first message of the reply. */
  part: number;
}

export type Started =
  | { kind: 'started'; ts: string }
  /** The answer was lost, and this is what there is. */
  | { kind: 'found'; message: OwnMessage }
  /** Slack does not stream this reply. */
  | { kind: 'not-streamed' };
/** `lost`: the message is not there; `no-room`: nothing was done, for Slack's limits. */
export type Appended = 'done' | 'no-room' | 'lost' | 'ended' | 'stopped-by-person';
/** `live`: it still streams; `fixed`: it is there, and the workspace lets nobody edit it any more. */
export type Updated = 'done' | 'no-room' | 'lost' | 'live' | 'fixed';
/** `unknown`: it had ended before, or the answer was lost: what was to be shown with it may be missing. */
export type Stopped = 'done' | 'unknown';

export type ReplyCalls = ReturnType<typeof createReplyCalls>;

/** How long a last view waits for Slack's limits, in milliseconds: some six hundred others may come first. */
export const FINAL_PATIENCE_MS = 900_000;
export const POST_PATIENCE_MS = 30_000;

export function createReplyCalls({ line, own, streams, target, part }: ReplyCallsOptions) {
  const { thread, turnId } = target;
  const { workspaceId, channelId: channel, threadId: thread_ts } = thread;
  const mark = { kind: 'reply', turnId, part } as const;
  const held = target.held && (() => target.held?.() ?? true);
  const patience = (patienceMs: number): Patience => ({ patienceMs, held });
  const call = <Result>(
    method: LimitedMethod,
    patienceMs: number,
    send: Parameters<typeof line.call<Result>>[3],
  ) => line.call(workspaceId, method, patience(patienceMs), send);

  function post({ text, blocks }: RenderedMessage, isFinal: boolean): Promise<string> {
    const patienceMs = isFinal ? FINAL_PATIENCE_MS : POST_PATIENCE_MS;
    return own.post({ thread, text, blocks, mark }, patience(patienceMs));
  }

  async function start(chunks: AnyChunk[], recipient: Recipient): Promise<Started> {
    try {
      const { ts = '' } = await call('chat.startStream', 0, (client) =>
        client.chat.startStream({
          ...{ channel, thread_ts, chunks, task_display_mode: 'timeline', ...recipient },
        }),
      );
      return { kind: 'started', ts };
    } catch (error) {
      if (isAmbiguous(error)) return findStarted();
      const code = refusalOf(error);
      if (!(error instanceof BusyError) && (!code || describeRefusal(error))) throw error;
      streams.refused(workspaceId, code);
      return { kind: 'not-streamed' };
    }
  }

  /** A stream carries no mark before its end: it is the one after the thread's other messages. */
  async function findStarted(): Promise<Started> {
    const all = await own.list(thread, thread_ts, patience(POST_PATIENCE_MS));
    const message = all.findLast(
      (one) => one.streamed && !one.mark && !target.others?.includes(one.ts),
    );
    return message ? { kind: 'found', message } : { kind: 'not-streamed' };
  }

  async function append(ts: string, chunks: AnyChunk[]): Promise<Appended> {
    try {
      await call('chat.appendStream', 0, (client) =>
        client.chat.appendStream({ channel, ts, chunks }),
      );
      return 'done';
    } catch (error) {
      if (error instanceof BusyError) return 'no-room';
      const code = refusalOf(error) ?? '';
      if (LOST_MESSAGE.includes(code)) return 'lost';
      if (code === 'stopped_by_user') return 'stopped-by-person';
      if (ENDED_STREAM.includes(code)) return 'ended';
      throw error;
    }
  }

  async function stop(
    ts: string,
    last: { chunks?: AnyChunk[]; blocks?: KnownBlock[] } = {},
  ): Promise<Stopped> {
    try {
      await call('chat.stopStream', FINAL_PATIENCE_MS, (client) =>
        client.chat.stopStream({ channel, ts, ...last, metadata: toMetadata(mark) }),
      );
      return 'done';
    } catch (error) {
      if (refusalOf(error) || isAmbiguous(error)) return 'unknown';
      throw error;
    }
  }

  async function update(
    ts: string,
    { text, blocks }: RenderedMessage,
    isFinal: boolean,
  ): Promise<Updated> {
    const metadata = toMetadata(mark);
    try {
      await call('chat.update', isFinal ? FINAL_PATIENCE_MS : 0, (client) =>
        client.chat.update({ channel, ts, text, blocks, metadata, parse: 'none' }),
      );
      return 'done';
    } catch (error) {
      if (error instanceof BusyError && !isFinal) return 'no-room';
      const code = refusalOf(error) ?? '';
      if (LOST_MESSAGE.includes(code)) return 'lost';
      if (FIXED_MESSAGE.includes(code)) return 'fixed';
      if (code === 'streaming_state_conflict') return 'live';
      throw error;
    }
  }

  async function remove(ts: string): Promise<void> {
    await own.remove(thread, ts, patience(FINAL_PATIENCE_MS));
  }

  return { post, start, append, stop, update, remove };
}
