/**
 * Relays a growing reply to the platform: the first text at once, then at most one edit per
 * cadence, one in flight, the last one forced. The cadence is shared by all running replies of a
 * workspace, because the platforms' limits are.
 */
import type { Reply, ReplyView } from './platform.ts';

/** Counts the running replies of each workspace; the more run, the rarer each is edited. */
export interface Pace {
  join(workspace: string): () => void;
  running(workspace: string): number;
}

export function createPace(): Pace {
  const counts = new Map<string, number>();
  return {
    join(workspace) {
      counts.set(workspace, (counts.get(workspace) ?? 0) + 1);
      return () => {
        const left = (counts.get(workspace) ?? 1) - 1;
        if (left > 0) counts.set(workspace, left);
        else counts.delete(workspace);
      };
    },
    running: (workspace) => counts.get(workspace) ?? 0,
  };
}

export interface Relay {
  /** Shows this view as soon as the cadence allows; a newer one replaces it before. */
  update(view: ReplyView): void;
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
  let next: ReplyView | undefined;
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
    const view = next;
    if (!view || inFlight || !held()) return;
    next = undefined;
    inFlight = send(view)
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
    update(view) {
      next = view;
      schedule();
    },
    async finish(view) {
      await leave();
      if (held()) await send(view);
    },
  };
}
