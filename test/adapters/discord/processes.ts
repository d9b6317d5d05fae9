/** Processes of the bot on the stand-in Discord, for tests that kill them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProcessWorkerOptions } from './process-worker.ts';

/** Resolves when it is connected. Ends by itself with its parent. */
export async function startProcess(options: ProcessWorkerOptions): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'process-worker.ts');
  const worker = fork(program, [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(worker, 'message');
  return worker;
}

export async function killProcess(worker: ChildProcess): Promise<void> {
  worker.kill('SIGKILL');
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
}
