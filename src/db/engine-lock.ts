/**
 * Locks between processes that the operating system takes back when their holder dies, however it
 * dies: SQLite's own locks on otherwise empty files. Many may hold one shared, or one alone.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

export interface HeldLock {
  release(): void;
}

const SQLITE_BUSY = 5;
/** Milliseconds between two tries. */
const RETRY_MS = 25;

/** The lock, or nothing when somebody else's stands against it. Throws when the file cannot be used. */
export function tryLock(path: string, mode: 'shared' | 'alone'): HeldLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // A transaction holds a shared lock once it has read something.
    database.exec(mode === 'alone' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT 1 FROM sqlite_master');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Waits for the lock; nothing after `deadlineMs`. */
export async function waitForLock(
  path: string,
  mode: 'shared' | 'alone',
  deadlineMs: number,
): Promise<HeldLock | undefined> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const held = tryLock(path, mode);
    if (held || performance.now() > deadline) return held;
    await delay(RETRY_MS);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
