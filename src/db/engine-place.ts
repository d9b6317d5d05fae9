/** What the processes that share an engine leave for one another in the data directory. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type HeldLock, waitForLock } from './engine-lock.ts';
import { marksOf } from './engine-program.ts';
import { EngineError } from './engine-start.ts';
import { makeFolder } from './folder.ts';

/** Milliseconds to wait for another process that starts or stops the engine. */
const MUTEX_MS = 200_000;

const recordSchema = z.object({
  port: z.int().min(1).max(65_535),
  pid: z.int().positive(),
  engine: z.string(),
  mark: z.string().min(1),
  pinned: z.boolean(),
});
/** Where the engine listens, and how to recognise it. */
export type EngineRecord = z.infer<typeof recordSchema>;

/** Paths; `dataDir` is absolute and without symbolic links. */
export interface EnginePlace {
  dataDir: string;
  mutex: string;
  users: string;
  record: string;
  log: string;
}

/** Makes the directory if need be, for its owner only: it holds what people wrote. */
export function openPlace(dataDir: string): EnginePlace {
  try {
    return placeOf(makeFolder(dataDir));
  } catch (cause) {
    const message = `Cannot write to the data directory ${dataDir}: set DATA_DIR to a folder that this account may write to.`;
    throw new EngineError(message, { cause });
  }
}

export function placeOf(dataDir: string): EnginePlace {
  return {
    dataDir,
    mutex: join(dataDir, 'engine.lock'),
    users: join(dataDir, 'engine.users'),
    record: join(dataDir, 'engine.json'),
    log: join(dataDir, 'engine.log'),
  };
}

/** Runs `act` while no other process starts or stops the engine. */
export async function underMutex<Result>(
  place: EnginePlace,
  act: () => Promise<Result>,
): Promise<Result> {
  const held = await openMutex(place);
  try {
    return await act();
  } finally {
    held.release();
  }
}

async function openMutex(place: EnginePlace): Promise<HeldLock> {
  let held: HeldLock | undefined;
  try {
    held = await waitForLock(place.mutex, 'alone', MUTEX_MS);
  } catch (cause) {
    throw new EngineError(
      `Cannot lock ${place.mutex}: give this account the right to write to it, or set DATA_DIR to another folder.`,
      { cause },
    );
  }
  if (held) return held;
  throw new EngineError(
    `Another process has been starting or stopping the engine in ${place.dataDir} for ${MUTEX_MS / 1_000} seconds: end it and try again.`,
  );
}

/** A record that came with a copy of another data directory tells of that one's engine: it counts as none. */
export function readRecord(place: EnginePlace): EngineRecord | undefined {
  try {
    const { data } = recordSchema.safeParse(JSON.parse(readFileSync(place.record, 'utf8')));
    return data && marksOf(place.dataDir).includes(data.mark) ? data : undefined;
  } catch {
    return undefined;
  }
}

export function writeRecord(place: EnginePlace, record: EngineRecord): void {
  const next = `${place.record}.next`;
  writeFileSync(next, `${JSON.stringify(record)}\n`);
  renameSync(next, place.record);
}
