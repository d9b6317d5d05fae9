/** What a provider must do on the wire, against a stand-in that checks requests and can be slow. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderPrompt, SYSTEM_PROMPT } from '../../src/core/prompt.ts';
import type { Provider, ProviderRequest } from '../../src/core/provider.ts';
import type { VendorServer } from '../fakes/vendor-server.ts';
import { callsOf, collect, LONG_HISTORY, never, textOf, toRequest } from './provider.ts';

export interface WiredProvider {
  provider: Provider;
  model: string;
  server: VendorServer;
  /** A request's body as its fixed part and the conversation, without marks for caches. */
  split(body: unknown): { head: unknown; messages: unknown[] };
  /** The vendor's own arguments may be objects, which are always well-formed. */
  argumentsAreText: boolean;
  /** The vendor says nothing of what came from its cache. */
  hidesCache?: true;
}

/** Milliseconds until a stopped answer has let go of its connection. */
const MOST_MS_TO_STOP = 100;
/** A PNG of one pixel. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export function describeWire(name: string, create: () => Promise<WiredProvider>): void {
  describe(`wire: ${name}`, () => {
    let under: WiredProvider;
    const request = (more: Partial<ProviderRequest> = {}) => toRequest(under.model, more);
    const stream = (more: Partial<ProviderRequest> = {}, signal = never) =>
      under.provider.stream(request(more), signal);

    beforeAll(async () => {
      under = await create();
    });
    afterEach(() => expect(under.server.problems).toEqual([]));
    afterAll(() => under.server.stop());

    it('shows the first words while the rest is still being written', async () => {
      under.server.will({ do: 'stall', answer: { text: ['One ', 'two ', 'three ', 'four'] } });
      const events = stream()[Symbol.asyncIterator]();
      expect((await events.next()).value).toMatchObject({ type: 'text' });
      await events.return?.();
      await under.server.abandoned();
    });

    it('stops within 100 ms with the reason, and frees the connection', async () => {
      under.server.will({ do: 'stall', answer: { text: ['One ', 'two ', 'three ', 'four'] } });
      const controller = new AbortController();
      const events = stream({}, controller.signal)[Symbol.asyncIterator]();
      await events.next();
      const reason = new Error('stopped by a person');
      const startedAt = performance.now();
      controller.abort(reason);
      await expect(drain(events)).rejects.toBe(reason);
      await under.server.abandoned();
      expect(performance.now() - startedAt).toBeLessThan(MOST_MS_TO_STOP);
    });

    it('stops as fast while nothing has come yet', async () => {
      under.server.will({ do: 'silence' });
      const controller = new AbortController();
      const seen = under.server.requests.length;
      const answer = collect(stream({}, controller.signal));
      answer.catch(() => undefined);
      await expect.poll(() => under.server.requests.length).toBe(seen + 1);
      const startedAt = performance.now();
      controller.abort(new Error('stopped by a person'));
      await expect(answer).rejects.toThrow('stopped by a person');
      await under.server.abandoned();
      expect(performance.now() - startedAt).toBeLessThan(MOST_MS_TO_STOP);
    });

    it('counts the tokens, and those from the cache among them', async () => {
      const cachedInputTokens = under.hidesCache ? 0 : 1_024;
      const usage = { inputTokens: 1_200, cachedInputTokens, outputTokens: 34 };
      under.server.will({ do: 'answer', answer: { text: ['Fine.'], usage } });
      expect((await collect(stream())).at(-1)).toMatchObject({ type: 'end', usage });
    });

    it('shows an image to the model', async () => {
      const images = [{ mimeType: 'image/png', base64: PIXEL }];
      await collect(stream({ messages: [{ role: 'user', text: 'Look.', images }] }));
      expect(JSON.stringify(under.server.requests.at(-1)?.body)).toContain(PIXEL);
    });

    it('puts every kind of history into words the vendor takes', async () => {
      await collect(stream({ messages: LONG_HISTORY }));
      await collect(stream({ messages: LONG_HISTORY, tools: [] }));
      const [first, ...rest] = LONG_HISTORY.slice(2);
      if (first) await collect(stream({ messages: [first, ...rest] }));
    });

    it('may have nothing to add after its tools ran', async () => {
      under.server.will({ do: 'answer', answer: {} });
      const events = await collect(stream({ messages: LONG_HISTORY }));
      expect(events).toMatchObject([{ type: 'end', stopReason: 'end' }]);
    });

    it('never passes a call on that was cut off, however plausible', async () => {
      const calls = [{ id: 'call_1', name: 'read_file', json: '{"path":"README.md"}' }];
      under.server.will({ do: 'answer', answer: { text: ['So'], calls, stop: 'length' } });
      const events = await collect(stream());
      expect(callsOf(events)).toEqual([]);
      expect(textOf(events)).toBe('So');
      expect(events.at(-1)).toMatchObject({ stopReason: 'length' });
    });

    it('passes arguments on as they came: what is no JSON as text, which no tool takes', async () => {
      const [json, input] = under.argumentsAreText
        ? ['{"path":"REA', '{"path":"REA']
        : ['{"path":"README.md"}', { path: 'README.md' }];
      const calls = [{ id: 'call_1', name: 'read_file', json }];
      under.server.will({ do: 'answer', answer: { calls } });
      expect(callsOf(await collect(stream()))).toMatchObject([{ input }]);
    });

    it('takes a call without arguments', async () => {
      const calls = [
        { id: 'call_1', name: 'list_labels', json: under.argumentsAreText ? '' : '{}' },
      ];
      under.server.will({ do: 'answer', answer: { calls } });
      expect(callsOf(await collect(stream()))).toMatchObject([{ input: {} }]);
    });

    it('keeps the beginning of the request byte for byte from turn to turn', async () => {
      const author = { identity: 'slack:T1:U1', name: 'Ann' };
      const say = (id: string, text: string, role: 'user' | 'assistant' = 'user') =>
        ({ id, conversationId: 'c1', role, text, author }) as never;
      const state = {
        mode: 'ticket',
        labels: [],
        drafts: [],
        earlierMessagesOmitted: false,
      } as const;
      const first = [
        say('1', 'The export is broken.'),
        say('2', 'Which?', 'assistant'),
        say('3', 'CSV'),
      ];
      const second = [...first, say('4', 'Drafted.', 'assistant'), say('5', 'Thanks.')];
      const bodies = [];
      for (const messages of [first, second]) {
        const prompt = renderPrompt(messages, { ...state, labels: [], drafts: [] });
        await collect(stream({ system: SYSTEM_PROMPT, messages: prompt }));
        bodies.push(under.split(under.server.requests.at(-1)?.body));
      }
      const [earlier, later] = bodies;
      expect(JSON.stringify(later?.head)).toBe(JSON.stringify(earlier?.head));
      expect(JSON.stringify(later?.head)).toContain('prompt-to-issue');
      const history = earlier?.messages.slice(0, -1);
      expect(history).toHaveLength(first.length);
      expect(JSON.stringify(later?.messages.slice(0, first.length))).toBe(JSON.stringify(history));
    });
  });
}

async function drain(events: AsyncIterator<unknown>): Promise<void> {
  while (!(await events.next()).done);
}
