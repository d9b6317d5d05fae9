/** A program that is measured in a process of its own, so that the CPU it uses is its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../../test/engine.ts';

export interface Usage {
  /** Microseconds of CPU since its start. */
  cpuMicros: number;
  residentBytes: number;
  /** What lies on the JavaScript heap, garbage included unless it was settled. */
  heapBytes: number;
}

export interface Program {
  /** Where it listens, without an end slash. */
  origin: string;
  usage(): Promise<Usage>;
  /** After the garbage was collected. */
  settledUsage(): Promise<Usage>;
  /** Resolves once it does nothing any more. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Its file, from the project's folder. It listens on `PORT` of 127.0.0.1. */
  file: string;
  env?: Record<string, string>;
}

const ROOT = join(import.meta.dirname, '..', '..');
const REPORTER = join(import.meta.dirname, 'usage-reporter.mjs');
const START_MS = 60_000;
const STOP_MS = 10_000;
const LOOK_MS = 50;
/** CPU between two looks that is no work: to answer the look, and a timer or two. */
const QUIET_MICROS = 1_500;

/** Rejects when nothing answers at its port in time. What it says goes to standard error. */
export async function startProgram({ file, env = {} }: ProgramOptions): Promise<Program> {
  const port = await findFreePort();
  const child = fork(join(ROOT, file), [], {
    cwd: ROOT,
    execArgv: ['--import', REPORTER, ...(process.env.BENCH_PROFILE?.split(' ') ?? [])],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, NODE_ENV: 'test', PORT: String(port), ...env },
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  const origin = `http://127.0.0.1:${port}`;
  if (!(await listens(child, origin))) {
    child.kill('SIGKILL');
    throw new Error(`${file} did not start: ${said}`);
  }
  const usage = () => askUsage(child, 'usage');
  return {
    ...{ origin, usage, quiet: () => becomeQuiet(usage) },
    settledUsage: () => askUsage(child, 'settled usage'),
    stop: () => stopChild(child),
  };
}

/** What came after the last answer is part of the work too. */
async function becomeQuiet(usage: Program['usage']): Promise<void> {
  for (let { cpuMicros } = await usage(); ; ) {
    await wait(LOOK_MS);
    const now = await usage();
    if (now.cpuMicros - cpuMicros < QUIET_MICROS) return;
    cpuMicros = now.cpuMicros;
  }
}

async function listens(child: ChildProcess, origin: string): Promise<boolean> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && child.exitCode === null) {
    try {
      await (await fetch(origin)).arrayBuffer();
      return true;
    } catch {
      await wait(LOOK_MS);
    }
  }
  return false;
}

async function askUsage(child: ChildProcess, wanted: string): Promise<Usage> {
  const answered = once(child, 'message');
  child.send(wanted);
  const [usage] = await answered;
  return usage;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(late);
}
