/**
 * Relays a growing reply to the platform: the first text at once, then at most one edit per
 * cadence, one in flight, the last one forced. The cadence is shared by running replies, because the
 * platforms' limits are.
 */
import type { Reply, ReplyView, RunningReplies } from './platform.ts';
import type { Place, ThreadRef } from './thread.ts';

/** Counts the running replies; the more run, the rarer each is edited. */
export interface Pace {
  join(thread: ThreadRef, place: Place): () => void;
  running(thread: ThreadRef, place: Place): RunningReplies;
}

export function createPace(): Pace {
  const counts = new Map<string, number>();
  const add = (key: string, more: number) => {
    const next = (counts.get(key) ?? 0) + more;
    if (next > 0) counts.set(key, next);
    else counts.delete(key);
  };
  return {
    join(thread, place) {
      const keys = Object.values(keysOf(thread, place));
      for (const key of keys) add(key, 1);
      return () => {
        for (const key of keys) add(key, -1);
      };
    },
    running(thread, place) {
      const keys = keysOf(thread, place);
      const of = (level: keyof RunningReplies) => counts.get(keys[level]) ?? 0;
      return { platform: of('platform'), workspace: of('workspace'), thread: of('thread') };
    },
  };
}

/** Several direct conversations may stand in one thread of their platform. */
function keysOf({ platform, threadId }: ThreadRef, { workspaceId, channelId }: Place) {
  const workspace = JSON.stringify([platform, workspaceId]);
  return { platform, workspace, thread: `${workspace}${JSON.stringify([channelId, threadId])}` };
}

export interface Relay {
  /** Shows this view as soon as the cadence allows, read then; a newer one replaces it before. */
  update(readView: () => ReplyView): void;
  /** Shows the last view whatever the cadence; rejects if the platform refuses it. */
  finish(view: ReplyView): Promise<void>;
  /** Shows nothing more; resolves when no edit is under way. */
  leave(): Promise<void>;
}

export interface RelayOptions {
  reply: Reply;
  /** Milliseconds between two edits, asked before each. */
  intervalMs(): number;
  /** Acting is still allowed. */
  held(): boolean;
  /** The platform has the reply under this id. Called once. */
  onPosted(replyId: string): void;
  /** An edit failed; the next one carries all of the text again. */
  onFailed(error: unknown): void;
}

export function createRelay({ reply, intervalMs, held, onPosted, onFailed }: RelayOptions): Relay {
  let next: (() => ReplyView) | undefined;
  let inFlight: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let posted = false;

  async function send(view: ReplyView): Promise<void> {
    sentAt = performance.now();
    const replyId = await reply.show(view);
    if (!posted) onPosted(replyId);
    posted = true;
  }

  function flush(): void {
    timer = undefined;
    const readView = next;
    if (!readView || inFlight || !held()) return;
    next = undefined;
    inFlight = send(readView())
      .catch(onFailed)
      .finally(() => {
        inFlight = undefined;
        schedule();
      });
  }

  function schedule(): void {
    if (!next || inFlight || timer) return;
    const waitMs = sentAt + intervalMs() - performance.now();
    if (waitMs <= 0) flush();
    else timer = setTimeout(flush, waitMs);
  }

  async function leave(): Promise<void> {
    next = undefined;
    clearTimeout(timer);
    timer = undefined;
    await inFlight;
  }

  return {
    leave,
    update(readView) {
      next = readView;
      schedule();
    },
    async finish(view) {
      await leave();
      if (held()) await send(view);
    },
  };
}
