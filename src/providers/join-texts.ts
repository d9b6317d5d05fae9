/**
 * Words that come together go on together: what reads an answer works once for each piece of it that comes over the
 * network, and not once for each word. The first goes on at once.
 */
import type { Provider, ProviderEvent } from '../core/provider.ts';

/** The same provider; whoever stops reading without the signal has it read on until its next event. */
export function joinTexts(provider: Provider): Provider {
  return { ...provider, stream: (request, signal) => joined(provider.stream(request, signal)) };
}

async function* joined(events: AsyncIterable<ProviderEvent>): AsyncGenerator<ProviderEvent> {
  const inbox = createInbox();
  let left = false;

  async function read(): Promise<void> {
    for await (const event of events) {
      if (left) return;
      inbox.put(event);
    }
  }

  read().then(inbox.end, inbox.fail);
  try {
    for (;;) {
      const arrived = await inbox.take();
      if (!arrived) return;
      yield* arrived;
    }
  } finally {
    left = true;
  }
}

/** What arrived and was not taken; texts that follow each other are one. */
function createInbox() {
  let arrived: ProviderEvent[] = [];
  let state: { kind: 'open' | 'ended' } | { kind: 'failed'; error: unknown } = { kind: 'open' };
  let wake: (() => void) | undefined;
  let isFirst = true;

  function changed(): void {
    const waiting = wake;
    wake = undefined;
    if (!waiting) return;
    // What the network brought at once is read in one go of the event loop: after it there is all of it.
    if (isFirst) waiting();
    else setImmediate(waiting);
    isFirst = false;
  }

  return {
    put(event: ProviderEvent): void {
      const last = arrived.at(-1);
      if (event.type === 'text' && last?.type === 'text') {
        arrived[arrived.length - 1] = { type: 'text', text: last.text + event.text };
      } else arrived.push(event);
      changed();
    },
    end(): void {
      state = { kind: 'ended' };
      changed();
    },
    fail(error: unknown): void {
      state = { kind: 'failed', error };
      changed();
    },
    /** Waits until there is something; nothing at the end. Rejects with the failure once all before it was taken. */
    async take(): Promise<ProviderEvent[] | undefined> {
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
