/**
 * A process of the bot for tests: takes orders over IPC, and kills itself at a numbered step or a named
 * call. The options come as JSON in the first argument.
 */
import type { Action } from '../../src/core/action.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { observeRequests } from '../../src/db/observe-requests.ts';
import { createProcessBot, type PortStep, type ProcessBotOptions } from './process-bot.ts';

export interface WorkerOptions extends Omit<ProcessBotOptions, 'step' | 'beforeEvent'> {
  /** The step at which the process dies; absent: it does not. */
  killAt?: number;
  /** The call at which the process dies, whenever it comes to it. */
  killIn?: PortStep;
  /** Looks for what others left all the while, as the real process does. */
  resuming?: true;
  /** Delivered while the model answers the first message. */
  midTurn?: IncomingMessage;
}

export type Order =
  | { id: number; kind: 'message'; message: IncomingMessage }
  | { id: number; kind: 'action'; action: Action }
  | { id: number; kind: 'resume' }
  /** Answered with the counts of the fault layer. */
  | { id: number; kind: 'faults' }
  /** Answered with `WorkerUsage`. */
  | { id: number; kind: 'usage' }
  | { id: number; kind: 'idle' };

/** Since the start. */
export interface WorkerUsage {
  /** Microseconds. */
  cpu: number;
  /** Sent to the table, and those of them that it cancelled. */
  requests: number;
  cancelled: number;
}

export type Answer =
  | { id: number; ok: true; result: unknown }
  | { id: number; ok: false; error: string };

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
let steps = 0;
let { midTurn } = options;

async function step(what?: PortStep): Promise<void> {
  steps += 1;
  const isLast = steps === options.killAt || (what !== undefined && what === options.killIn);
  if (!isLast) return;
  process.kill(process.pid, 'SIGKILL');
  // Nothing after this point may run.
  await new Promise(() => undefined);
}

const { bot, faults, table } = createProcessBot({
  ...options,
  step,
  async beforeEvent() {
    const message = midTurn;
    midTurn = undefined;
    if (message) await bot.handleMessage(message);
  },
});

const sent = { requests: 0, cancelled: 0 };
observeRequests(table, ({ outcome }) => {
  sent.requests += 1;
  if (outcome === 'TransactionCanceledException') sent.cancelled += 1;
});

if (options.resuming) bot.startResuming();

function carryOut(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'message':
      return bot.handleMessage(order.message);
    case 'action':
      return bot.handleAction(order.action);
    case 'resume':
      return bot.resumePending();
    case 'faults':
      return Promise.resolve(faults?.counts);
    case 'usage': {
      const { user, system } = process.cpuUsage();
      return Promise.resolve({ cpu: user + system, ...sent } satisfies WorkerUsage);
    }
    default:
      return bot.idle();
  }
}

/** Whoever gave the orders may be gone. */
function ignoreClosed(): void {}

process.on('message', (order: Order) => {
  const { id } = order;
  const send = (answer: Answer) => process.send?.(answer, undefined, {}, ignoreClosed);
  carryOut(order).then(
    (result) => send({ id, ok: true, result }),
    (error: unknown) =>
      send({ id, ok: false, error: error instanceof Error ? error.name : 'unknown' }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, ok: true, result: 'ready' } satisfies Answer, undefined, {}, ignoreClosed);
