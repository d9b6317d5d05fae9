import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ProviderError, type ProviderEvent } from '../../src/core/provider.ts';
import { exchange } from '../../src/providers/exchange.ts';

const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 3 };
const END: ProviderEvent = { type: 'end', stopReason: 'end', usage };
const CALL: ProviderEvent = { type: 'toolCall', call: { id: '1', name: 'ask', input: {} } };
const text = (words: string): ProviderEvent => ({ type: 'text', text: words });

/** A model that says these at once, and then takes a turn of the event loop; it stops when the exchange is over. */
function speak(groups: ProviderEvent[][], failure?: Error) {
  const told = { read: 0, closed: false };
  async function* said(signal: AbortSignal) {
    try {
      for (const group of groups) {
        for (const event of group) {
          told.read += 1;
          yield event;
        }
        await turnOfTheLoop();
        await turnOfTheLoop();
        signal.throwIfAborted();
      }
      if (failure) throw failure;
    } finally {
      told.closed = true;
    }
  }
  const { signal } = new AbortController();
  const events = exchange(
    { provider: 'script', signal, stallMs: 10_000 },
    async (_, ended) => said(ended),
    (all) => all,
  );
  return { told, events };
}

async function readAll(events: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const all: ProviderEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('words that come together', () => {
  it('go on together, in their order around everything else', async () => {
    const { events } = speak([
      [text('One')],
      [text(' two'), text(' three'), text(' four')],
      [text(' five'), CALL, text(' six'), text(' seven')],
      [END],
    ]);
    expect(await readAll(events)).toEqual([
      ...[text('One'), text(' two three four'), text(' five'), CALL, text(' six seven'), END],
    ]);
  });

  it('do not keep the first waiting for the others', async () => {
    const { events, told } = speak([[text('One')], [text(' two')], [END]]);
    const first = await events[Symbol.asyncIterator]().next();
    expect(first.value).toEqual(text('One'));
    expect(told.read).toBe(1);
  });

  it('are handed on before the failure that came after them', async () => {
    const { events } = speak(
      [[text('One')], [text(' two'), text(' three')]],
      new ProviderError('script', 'cut-off', 'the connection broke'),
    );
    const seen: ProviderEvent[] = [];
    const read = async () => {
      for await (const event of events) seen.push(event);
    };
    await expect(read()).rejects.toMatchObject({ kind: 'cut-off' });
    expect(seen).toEqual([text('One'), text(' two three')]);
  });

  it('are not read on once nobody reads them', async () => {
    const { events, told } = speak([[text('One')], [text(' two')], [text(' three')], [END]]);
    for await (const _ of events) break;
    await expect.poll(() => told.closed).toBe(true);
    expect(told.read).toBe(1);
  });
});
