/** Processes of the operating system: which run, what they run, and how they end. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds an engine gets to close its file after SIGTERM, before SIGKILL. */
const STOP_MS = 5_000;
const POLL_MS = 20;
const HAS_PROC = process.platform === 'linux';

/** Cheap enough to ask often. Where there is no /proc, `mark` is not looked at. */
export function isRunning(pid: number, mark?: string): boolean {
  if (HAS_PROC) {
    const line = commandLineOf(pid);
    // A zombie still takes signals, but has no command line any more.
    return line !== undefined && line !== '' && (mark === undefined || hasMark(line, mark));
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether `pid` runs and has `mark` in its command line: ids are used again, marks are ours. */
export function runs(pid: number, mark: string): boolean {
  return hasMark(commandLineOf(pid) ?? '', mark);
}

/** All processes we can see with `mark` in their command line, except this one. */
export function findProcesses(mark: string): number[] {
  const found = HAS_PROC
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => runs(pid, mark))
    : listByPs()
        .filter(({ line }) => hasMark(line, mark))
        .map(({ pid }) => pid);
  return found.filter((pid) => pid !== process.pid);
}

/** Asks it to end, then makes it; resolves once it is gone. */
export async function endProcess(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!sendSignal(pid, signal)) return;
    const deadline = performance.now() + STOP_MS;
    while (performance.now() < deadline) {
      if (!isRunning(pid)) return;
      await delay(POLL_MS);
    }
  }
  throw new Error(`process ${pid} does not end; stop it by hand`);
}

/** `mark` is one or more whole arguments, joined by spaces. */
function hasMark(line: string, mark: string): boolean {
  return ` ${line} `.includes(` ${mark} `);
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

function commandLineOf(pid: number): string | undefined {
  if (!HAS_PROC) return listByPs(pid)[0]?.line;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

function listByPs(pid?: number): { pid: number; line: string }[] {
  const which = pid === undefined ? ['-ax'] : ['-p', String(pid)];
  const { stdout } = spawnSync('ps', [...which, '-o', 'pid=,args='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((row) => {
    const [, id, line] = /^\s*(\d+)\s+(.*)$/.exec(row) ?? [];
    return id && line ? [{ pid: Number(id), line }] : [];
  });
}
