import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPersistentStream } from '../../src/core/persistence.ts';
import {
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderEvent,
} from '../../src/core/provider.ts';

const END: ProviderEvent = {
  type: 'end',
  stopReason: 'end',
  usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
};
const REQUEST = { system: '', messages: [], tools: [], maxOutputTokens: 10 };

type Play = (ProviderEvent | ProviderError)[];

/** A vendor that plays one script after the other. */
function playing(name: string, ...plays: Play[]) {
  const asked: number[] = [];
  const provider: Provider = {
    name,
    async *stream() {
      asked.push(Date.now());
      for (const step of plays[asked.length - 1] ?? []) {
        if (step instanceof ProviderError) throw step;
        yield step;
      }
    },
    listModels: async () => [],
    testConnection: async () => ({ ok: true, message: '' }),
  };
  return { asked, choice: { provider, model: 'm' } };
}

const failing = (kind: ProviderErrorKind, retryAfterMs?: number) =>
  new ProviderError('vendor', kind, 'said no', { ...(retryAfterMs && { retryAfterMs }) });
const text = (written: string): ProviderEvent => ({ type: 'text', text: written });

async function run(vendors: { choice: ReturnType<typeof playing>['choice'] }[]) {
  const fallbacks: string[] = [];
  const stream = createPersistentStream({
    choices: vendors.map(({ choice }) => choice),
    maxTries: 3,
    deadlineMs: 45_000,
    firstPauseMs: 500,
    onFallback: (from, to) => fallbacks.push(`${from.provider.name} > ${to.provider.name}`),
  });
  const events: ProviderEvent[] = [];
  const done = (async () => {
    for await (const event of stream(REQUEST, new AbortController().signal)) events.push(event);
  })();
  const outcome = done.then(
    () => 'answered',
    (error: unknown) => (error instanceof ProviderError ? error.kind : String(error)),
  );
  await vi.runAllTimersAsync();
  return { outcome: await outcome, events, fallbacks };
}

describe('createPersistentStream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks again what failed before anything was shown', async () => {
    const vendor = playing('one', [failing('overloaded')], [text('hi'), END]);
    const { outcome, events } = await run([vendor]);
    expect(outcome).toBe('answered');
    expect(events).toEqual([text('hi'), END]);
  });

  it('waits as long as the vendor says', async () => {
    const vendor = playing('one', [failing('rate-limited', 7_000)], [END]);
    await run([vendor]);
    const [first = 0, second = 0] = vendor.asked;
    expect(second - first).toBeGreaterThanOrEqual(7_000);
  });

  it('does not wait past the deadline: it gives up at once', async () => {
    const vendor = playing('one', [failing('rate-limited', 60_000)], [END]);
    const { outcome } = await run([vendor]);
    expect(outcome).toBe('rate-limited');
    expect(vendor.asked).toHaveLength(1);
  });

  it('never asks twice for what was partly shown', async () => {
    const vendor = playing('one', [text('half an'), failing('cut-off')], [text('again'), END]);
    const other = playing('two', [END]);
    const { outcome, events } = await run([vendor, other]);
    expect(outcome).toBe('cut-off');
    expect(events).toEqual([text('half an')]);
    expect(other.asked).toHaveLength(0);
  });

  it.each<ProviderErrorKind>(['bad-request', 'refused', 'context-too-long'])(
    'neither repeats nor passes on what is about the content: %s',
    async (kind) => {
      const vendor = playing('one', [failing(kind)], [END]);
      const other = playing('two', [END]);
      const { outcome } = await run([vendor, other]);
      expect(outcome).toBe(kind);
      expect([vendor.asked.length, other.asked.length]).toEqual([1, 0]);
    },
  );

  it('goes to the fallback after three tries, and says so', async () => {
    const down = failing('unreachable');
    const vendor = playing('one', [down], [down], [down]);
    const other = playing('two', [text('hi'), END]);
    const { outcome, fallbacks } = await run([vendor, other]);
    expect(outcome).toBe('answered');
    expect(vendor.asked).toHaveLength(3);
    expect(fallbacks).toEqual(['one > two']);
  });

  it('goes to the fallback at once when the key is wrong', async () => {
    const vendor = playing('one', [failing('unauthorised')]);
    const other = playing('two', [END]);
    expect((await run([vendor, other])).outcome).toBe('answered');
    expect(vendor.asked).toHaveLength(1);
  });

  it('says why the last one failed when all did', async () => {
    const vendor = playing('one', [failing('unauthorised')]);
    const other = playing('two', [failing('refused')]);
    expect((await run([vendor, other])).outcome).toBe('refused');
  });
});
