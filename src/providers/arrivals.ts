/**
 * What of an answer has arrived and was not taken yet. Words that come together go on together: what reads an answer
 * works once for each piece of it that comes over the network, and not once for each word. The first goes on at once.
 */
import type { ProviderEvent } from '../core/provider.ts';

export interface Arrivals {
  put(event: ProviderEvent): void;
  end(): void;
  fail(error: unknown): void;
  /** Waits until there is something; nothing at the end. Rejects with the failure once all before it was taken. */
  take(): Promise<ProviderEvent[] | undefined>;
}

type State = { kind: 'open' | 'ended' } | { kind: 'failed'; error: unknown };

export function createArrivals(): Arrivals {
  let arrived: ProviderEvent[] = [];
  let state: State = { kind: 'open' };
  let wake: (() => void) | undefined;
  let isFirst = true;

  function changed(): void {
    const waiting = wake;
    wake = undefined;
    if (!waiting) return;
    // Each SDK reads what the network brought in microtasks, all of them before the next tick.
    if (isFirst) waiting();
    else process.nextTick(waiting);
    isFirst = false;
  }

  return {
    put(event) {
      const last = arrived.at(-1);
      if (event.type === 'text' && last?.type === 'text') {
        arrived[arrived.length - 1] = { type: 'text', text: last.text + event.text };
      } else arrived.push(event);
      changed();
    },
    end() {
      state = { kind: 'ended' };
      changed();
    },
    fail(error) {
      state = { kind: 'failed', error };
      changed();
    },
    async take() {
      if (arrived.length === 0 && state.kind === 'open') {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = arrived;
      arrived = [];
      if (taken.length > 0) return taken;
      if (state.kind === 'failed') throw state.error;
      return undefined;
    },
  };
}
