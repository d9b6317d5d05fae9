/** What a provider must do on the wire, against a stand-in that checks requests and can be slow. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answer } from '../../src/core/answer.ts';
import { budgetOf } from '../../src/core/budget.ts';
import { renderPrompt, SYSTEM_PROMPT } from '../../src/core/prompt.ts';
import type { Provider, ProviderRequest } from '../../src/core/provider.ts';
import { createToolbox } from '../../src/core/toolbox.ts';
import { toolDefinitions } from '../../src/core/tools.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';
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

    it('lets the model research in several calls at once, and reads what failed back to it', async () => {
      const calls = [
        { id: 'call_1', name: 'search_issues', json: '{"query":"export"}' },
        { id: 'call_2', name: 'read_file', json: '{"path":"missing.ts"}' },
        { id: 'call_3', name: 'search_code', json: '{"text":"no such argument"}' },
      ];
      under.server.will({ do: 'answer', answer: { text: ['Let me look.'], calls } });
      under.server.will({ do: 'answer', answer: { text: ['It is ', 'known: #12.'] } });
      const statuses: (string | undefined)[] = [];
      const result = await answer({
        stream: (asked, signal) => under.provider.stream({ ...asked, model: under.model }, signal),
        system: SYSTEM_PROMPT,
        messages: request().messages,
        tools: toolDefinitions({ research: true }),
        toolbox: createResearchToolbox(),
        budget: budgetOf(),
        signal: never,
        onProgress: (_, status) => statuses.push(status),
      });
      expect(result.text).toBe('Let me look.\n\nIt is known: #12.');
      expect(statuses).toContain('Searching issues, Reading a file, Searching the code');
      const [first, second] = under.server.requests
        .slice(-2)
        .map(({ body }) => JSON.stringify(body));
      expect(first).not.toContain('Export loses rows');
      expect(second).toContain('Export loses rows');
      expect(second).toContain('not available now');
      expect(second).toContain('query');
      expect(second).toContain('Let me look.');
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

/** Over a project with one issue, whose files cannot be read at the moment. */
function createResearchToolbox() {
  const tracker = createIdleTracker({
    searchIssues: async () => [
      {
        project: 'shop',
        number: '12',
        title: 'Export loses rows',
        url: 'https://tracker.example/12',
        state: 'open',
      },
    ],
    readFile: () => Promise.reject(new Error('the tracker is down')),
  });
  const requester = { identity: 'slack:T1:U1', name: 'Ann', standing: 'member' } as const;
  const board = {
    ...{ conversationId: 'c1', turnId: 't1', ticketCount: 0, requester, permalink: undefined },
    sources: { messages: [], found: [], labels: [] },
    ...{ sentBack: false, allowedProjects: undefined, open: new Map(), created: [] },
    changed: new Map(),
  };
  return createToolbox({ board, bound: { tracker, project: 'shop' }, signal: never });
}

async function drain(events: AsyncIterator<unknown>): Promise<void> {
  while (!(await events.next()).done);
}
