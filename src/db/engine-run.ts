/** Starts, finds and stops the one engine of a data directory. Everything here wants the mutex held. */
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tryLock } from './engine-lock.ts';
import { type EnginePlace, type EngineRecord, readRecord, writeRecord } from './engine-place.ts';
import { endProcess, findProcesses, runs } from './engine-process.ts';
import { findProgram, marksOf, NO_ENGINE } from './engine-program.ts';
import { answers, choosePort, EngineError, endpointAt, startEngine } from './engine-start.ts';

/** Milliseconds an engine that runs may stay silent before it counts as broken. */
const SILENCE_MS = 15_000;
const POLL_MS = 20;
const PORT_TRIES = 3;

/** Finds the engine or starts it; at `port` if given, else where it was last, else anywhere. */
export async function ensureRunning(
  place: EnginePlace,
  { port }: { port?: number },
): Promise<{ record: EngineRecord; started: boolean }> {
  const known = readRecord(place);
  if (known && (await isHealthy(known))) return { record: known, started: false };
  await endStrays(place);
  const program = findProgram(place.dataDir);
  if (!program) throw new EngineError(NO_ENGINE);
  program.clear?.();
  for (let attempt = 1; ; attempt += 1) {
    const chosen = await choosePort(port ?? known?.port, port !== undefined);
    if (chosen === undefined) throw portTaken(port);
    const { name: engine, mark } = program;
    const base = { port: chosen, engine, mark, pinned: known?.pinned ?? false };
    const spawned = (pid: number) => writeRecord(place, { ...base, pid });
    try {
      const pid = await startEngine({ program, port: chosen, logPath: place.log, spawned });
      return { record: { ...base, pid }, started: true };
    } catch (error) {
      if (attempt === PORT_TRIES) throw error;
    }
  }
}

function portTaken(port: number | undefined): EngineError {
  return new EngineError(
    `Port ${port} is taken by another program: choose another with DYNAMODB_ENDPOINT, for instance http://localhost:${(port ?? 8_000) + 1}.`,
  );
}

async function isHealthy(record: EngineRecord): Promise<boolean> {
  const deadline = performance.now() + SILENCE_MS;
  while (runs(record.pid, record.mark)) {
    if (await answers(endpointAt(record.port))) return true;
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return false;
}

/** Ends engines that serve this directory though nobody knows them: two on one file must not be. */
export async function endStrays(place: EnginePlace): Promise<void> {
  for (const mark of marksOf(place.dataDir)) {
    await Promise.all(findProcesses(mark).map(endProcess));
  }
}

/** Stops the engine unless somebody uses it or it is pinned; says whether it did. */
export async function stopIfUnused(place: EnginePlace): Promise<boolean> {
  const alone = tryLock(place.users, 'alone');
  if (!alone) return false;
  try {
    const record = readRecord(place);
    if (!record || record.pinned) return false;
    if (runs(record.pid, record.mark)) await endProcess(record.pid);
    rmSync(place.record, { force: true });
    return true;
  } finally {
    alone.release();
  }
}
