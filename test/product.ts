/** The product as it is run: `npm start`, a process of its own, told everything by its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

export interface Product {
  child: ChildProcess;
  /** Rejects with what it said when it ends before. */
  listening: Promise<void>;
  /** Its exit code. */
  exited: Promise<number | null>;
  said(): string;
}

/** Of this process's environment it gets nothing but the path. `cwd` is a project folder. */
export function startProduct(env: Record<string, string>, cwd = ROOT): Product {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'src/main.ts'], {
    cwd,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', DEFAULT_PROVIDER: 'offline', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listening = Promise.withResolvers<void>();
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
    if (said.includes('listening http')) listening.resolve();
  });
  const exited = once(child, 'exit').then(([code]) => {
    listening.reject(new Error(said));
    return code as number | null;
  });
  listening.promise.catch(() => undefined);
  return { child, listening: listening.promise, exited, said: () => said };
}
