/** Starts `worker.ts` and gives it orders; an order to a process that dies is answered `dead`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Order, WorkerOptions } from './worker.ts';

type WithoutId<Kind> = Kind extends { id: number } ? Omit<Kind, 'id'> : never;

export type OrderOutcome =
  | { kind: 'done'; result: unknown }
  | { kind: 'failed'; error: string }
  | { kind: 'dead' };

export interface WorkerProcess {
  order(order: WithoutId<Order>): Promise<OrderOutcome>;
  /** Whether it still runs. */
  alive(): boolean;
  kill(): void;
  stop(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const program = join(import.meta.dirname, 'worker.ts');
  const child = fork(program, [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const open = new Map<number, (outcome: OrderOutcome) => void>();
  const exited = once(child, 'exit').then(() => {
    for (const settle of open.values()) settle({ kind: 'dead' });
    open.clear();
  });
  child.on('message', (answer: Answer) => {
    const { ok } = answer;
    open.get(answer.id)?.(
      ok ? { kind: 'done', result: answer.result } : { kind: 'failed', error: answer.error },
    );
    open.delete(answer.id);
  });
  let orders = 0;
  const alive = () => isAlive(child);

  function order(given: WithoutId<Order>): Promise<OrderOutcome> {
    if (!alive()) return Promise.resolve({ kind: 'dead' });
    orders += 1;
    const { promise, resolve } = Promise.withResolvers<OrderOutcome>();
    open.set(orders, resolve);
    child.send({ ...given, id: orders }, (error) => {
      if (error) resolve({ kind: 'dead' });
    });
    return promise;
  }

  await Promise.race([once(child, 'message'), exited]);
  return {
    order,
    alive,
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function isAlive({ exitCode, signalCode, connected }: ChildProcess): boolean {
  return exitCode === null && signalCode === null && connected;
}
