/**
 * The embedded engine: one DynamoDB-compatible process per data directory, in the background, on a
 * file, shared by every process that works there. The first user starts it, the last one to leave
 * stops it, unless `pinEngine` told it to stay. A user that is killed leaves nothing to clean up:
 * its locks go with it, and the next one finds the engine or starts it anew.
 *
 * Under the data directory: `engine.lock` (held alone while the engine is started or stopped),
 * `engine.users` (held shared by every user), `engine.json` (where it listens), `engine.log`.
 */
import { existsSync, realpathSync, rmSync } from 'node:fs';
import type { Log } from '../core/log.ts';
import { type HeldLock, tryLock } from './engine-lock.ts';
import {
  type EnginePlace,
  type EngineRecord,
  openPlace,
  placeOf,
  readRecord,
  underMutex,
  writeRecord,
} from './engine-place.ts';
import { isRunning, runs } from './engine-process.ts';
import { endStrays, ensureRunning, stopIfUnused } from './engine-run.ts';
import { answers, EngineError, endpointAt } from './engine-start.ts';

export { EngineError } from './engine-start.ts';

export interface UseEngineOptions {
  dataDir: string;
  /** Told when the engine died and was restarted, or could not be. */
  log?: Log;
}

export interface EngineUse {
  readonly endpoint: string;
  /** Changes when the engine died and was started again. */
  readonly pid: number;
  /** What runs, for people: `dynoxide`. */
  readonly engine: string;
  /** It ran already. */
  readonly shared: boolean;
  /** Leaves; the last one stops the engine. Idempotent. */
  release(): Promise<void>;
}

export interface RunningEngine {
  endpoint: string;
  pid: number;
  engine: string;
  /** Stays when nobody uses it. */
  pinned: boolean;
}

export type StopOutcome =
  | { kind: 'stopped'; engine: RunningEngine }
  /** Unpinned: it ends with its last user. */
  | { kind: 'in-use'; engine: RunningEngine }
  | { kind: 'not-running' };

/** Milliseconds between two looks at the engine by each user: a look reads one small file. */
const WATCH_MS = 250;

/**
 * Joins the engine of `dataDir`, starting it if need be. While in use, an engine that dies is
 * started again on the same port. Throws `EngineError`.
 */
export async function useEngine({ dataDir, log }: UseEngineOptions): Promise<EngineUse> {
  const place = openPlace(dataDir);
  const { users, started, ...joined } = await join(place);
  let { record } = joined;
  const watch = watchEngine({
    place,
    log,
    current: () => record,
    restarted(next) {
      record = next;
    },
  });
  let left: Promise<void> | undefined;
  return {
    endpoint: endpointAt(record.port),
    get pid() {
      return record.pid;
    },
    engine: record.engine,
    shared: !started,
    release() {
      left ??= watch.stop().then(() => leave(place, users));
      return left;
    },
  };
}

/** Starts the engine at `port`, or finds it running wherever it is, and lets it stay. Throws `EngineError`. */
export async function pinEngine(options: {
  dataDir: string;
  port: number;
}): Promise<{ engine: RunningEngine; started: boolean }> {
  const place = openPlace(options.dataDir);
  return await underMutex(place, async () => {
    const { record, started } = await ensureRunning(place, { port: options.port });
    const pinned = { ...record, pinned: true };
    writeRecord(place, pinned);
    return { engine: describe(pinned), started };
  });
}

/** Stops the engine, or lets its users' end stop it. */
export async function stopEngine({ dataDir }: { dataDir: string }): Promise<StopOutcome> {
  const place = openPlace(dataDir);
  return await underMutex(place, async (): Promise<StopOutcome> => {
    const record = readRecord(place);
    if (!record || !runs(record.pid, record.mark)) {
      await endStrays(place);
      rmSync(place.record, { force: true });
      return { kind: 'not-running' };
    }
    const unpinned = { ...record, pinned: false };
    writeRecord(place, unpinned);
    const stopped = await stopIfUnused(place);
    return { kind: stopped ? 'stopped' : 'in-use', engine: describe(unpinned) };
  });
}

/** The engine that runs for `dataDir` now, without starting or joining it. */
export async function findRunningEngine(dataDir: string): Promise<RunningEngine | undefined> {
  if (!existsSync(dataDir)) return undefined;
  const record = readRecord(placeOf(realpathSync(dataDir)));
  if (!record || !runs(record.pid, record.mark)) return undefined;
  return (await answers(endpointAt(record.port))) ? describe(record) : undefined;
}

function describe({ port, pid, engine, pinned }: EngineRecord): RunningEngine {
  return { endpoint: endpointAt(port), pid, engine, pinned };
}

async function join(
  place: EnginePlace,
): Promise<{ users: HeldLock; record: EngineRecord; started: boolean }> {
  return await underMutex(place, async () => {
    const users = tryLock(place.users, 'shared');
    if (!users)
      throw new EngineError(`${place.users} is locked by another program: end it and try again.`);
    try {
      return { users, ...(await ensureRunning(place, {})) };
    } catch (error) {
      users.release();
      throw error;
    }
  });
}

async function leave(place: EnginePlace, users: HeldLock): Promise<void> {
  await underMutex(place, async () => {
    users.release();
    await stopIfUnused(place);
  });
}

// --- While in use --------------------------------------------------------------------------------

interface WatchEngine {
  place: EnginePlace;
  log: Log | undefined;
  current(): EngineRecord;
  restarted(record: EngineRecord): void;
}

function watchEngine({ place, log, current, restarted }: WatchEngine): { stop(): Promise<void> } {
  let looking: Promise<void> | undefined;
  let stopped = false;
  let complained = false;
  const timer = setInterval(() => {
    if (stopped || isRunning(current().pid, current().mark)) return;
    looking ??= revive().finally(() => {
      looking = undefined;
    });
  }, WATCH_MS);
  timer.unref();

  async function revive(): Promise<void> {
    const { port, pid } = current();
    try {
      const { record } = await underMutex(place, () => ensureRunning(place, { port }));
      restarted(record);
      complained = false;
      log?.warn('engine died and was started again', { diedPid: pid, pid: record.pid });
    } catch (error) {
      if (!complained) log?.error('engine died and cannot be started again yet', { port }, error);
      complained = true;
    }
  }

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
