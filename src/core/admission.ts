/**
 * Who may begin when there is more to do than this process can keep up with: some always, more while there is
 * time to spare. A process that begins everything at once takes so long with each round of its event loop that
 * it does not even accept connections any more. What only waits for others costs no time, and is not bounded.
 */

export interface Admission {
  /**
   * `undefined`: begin at once. Otherwise resolves when it is its turn, first come first served, and rejects
   * with the signal's reason when that aborts before. Whoever was let in leaves again.
   */
  enter(signal?: AbortSignal): Promise<void> | undefined;
  leave(): void;
}

export interface AdmissionOptions {
  /** So many may be under way whatever else there is to do. */
  always: number;
  /** Whether this process has time to spare; asked once in each period. */
  hasTime?(): boolean;
}

const PERIOD_MS = 25;
/** The share of a period in which a process that keeps up still has nothing to do. */
const SPARE = 0.1;

export function createAdmission({
  always,
  hasTime = createSpareTime(),
}: AdmissionOptions): Admission {
  const waiting = new Set<() => void>();
  let underWay = 0;
  /** Beyond those, as many again may begin in each period in which there was time to spare. */
  let more = 0;
  let periodEndsAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function hasRoom(): boolean {
    if (underWay < always) return true;
    const now = performance.now();
    if (now >= periodEndsAt) {
      periodEndsAt = now + PERIOD_MS;
      more = hasTime() ? always : 0;
    }
    return more > 0;
  }

  function letIn(): void {
    if (underWay >= always) more -= 1;
    underWay += 1;
  }

  function callIn(): void {
    for (const begin of waiting) {
      if (!hasRoom()) break;
      waiting.delete(begin);
      letIn();
      begin();
    }
    clearTimeout(timer);
    timer = waiting.size > 0 ? setTimeout(callIn, PERIOD_MS) : undefined;
  }

  function wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(begin);
        reject(signal?.reason);
      };
      waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
      timer ??= setTimeout(callIn, PERIOD_MS);
    });
  }

  return {
    enter(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (waiting.size > 0 || !hasRoom()) return wait(signal);
      letIn();
      return undefined;
    },
    leave() {
      underWay -= 1;
      callIn();
    },
  };
}

/** Whether the event loop had nothing to do for a while since it was last asked. */
function createSpareTime() {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization <= 1 - SPARE;
  };
}
