/** What every AI provider must do, whichever vendor stands behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Provider,
  ProviderEvent,
  ProviderMessage,
  ProviderRequest,
  ToolCall,
} from '../../src/core/provider.ts';
import { toolDefinitions } from '../../src/core/tools.ts';
import type { Answer } from '../fakes/vendor-server.ts';

export interface ProviderUnderTest {
  provider: Provider;
  model: string;
  stop(): Promise<void>;
}

export interface ScriptedProvider extends ProviderUnderTest {
  /** What the model says to the next request. */
  will(answer: Answer): void;
}

export const SYSTEM = 'You turn threads into tickets. '.repeat(40);
export const TOOLS = toolDefinitions({ research: true });
export const never = new AbortController().signal;

export function toRequest(model: string, more: Partial<ProviderRequest> = {}): ProviderRequest {
  const messages: ProviderMessage[] = [{ role: 'user', text: 'The export is broken.' }];
  return { model, system: SYSTEM, messages, tools: TOOLS, maxOutputTokens: 1_000, ...more };
}

/** A step with two calls and their results, and what may come before and after it. */
export const LONG_HISTORY: ProviderMessage[] = [
  { role: 'user', text: 'The export is broken.' },
  { role: 'user', text: 'Since Tuesday.' },
  { role: 'assistant', text: 'Which export?', toolCalls: [] },
  { role: 'user', text: 'CSV.' },
  {
    role: 'assistant',
    text: '',
    toolCalls: [
      { id: 'call_1', name: 'search_issues', input: { query: 'export' } },
      { id: 'call_2', name: 'read_file', input: '{"path": "REA' },
    ],
  },
  {
    role: 'tool',
    results: [
      { callId: 'call_1', name: 'search_issues', content: '[]', isError: false },
      { callId: 'call_2', name: 'read_file', content: 'path: missing', isError: true },
    ],
  },
];

export async function collect(events: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const collected = [];
  for await (const event of events) collected.push(event);
  return collected;
}

export function textOf(events: ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

export function callsOf(events: ProviderEvent[]): ToolCall[] {
  return events.flatMap((event) => (event.type === 'toolCall' ? [event.call] : []));
}

/** Holds for all, the offline provider included. */
export function describeProvider(name: string, create: () => Promise<ProviderUnderTest>): void {
  describe(`provider: ${name}`, () => {
    let under: ProviderUnderTest;
    const request = (more: Partial<ProviderRequest> = {}) => toRequest(under.model, more);

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.stop());

    it('ends an answer once, and last', async () => {
      const events = await collect(under.provider.stream(request(), never));
      const ends = events.filter(({ type }) => type === 'end');
      expect(ends).toHaveLength(1);
      expect(events.at(-1)).toBe(ends[0]);
      expect(events.length).toBeGreaterThan(1);
    });

    it('rejects with the reason when it was stopped before it began', async () => {
      const reason = new Error('stopped by a person');
      const events = under.provider.stream(request(), AbortSignal.abort(reason));
      await expect(collect(events)).rejects.toBe(reason);
    });

    it('answers again after a tool was run', async () => {
      const events = await collect(
        under.provider.stream(request({ messages: LONG_HISTORY }), never),
      );
      expect(events.at(-1)).toMatchObject({ type: 'end' });
    });

    it('lists models', async () => {
      const models = await under.provider.listModels();
      expect(models.length).toBeGreaterThan(0);
      expect(models.every(({ id }) => id.length > 0)).toBe(true);
    });

    it('says in a sentence that the connection works', async () => {
      const { ok, message } = await under.provider.testConnection();
      expect(ok).toBe(true);
      expect(message).toMatch(/^\S.*\.$/);
    });
  });
}

/** Holds for all that ask a model, through stand-ins that only have to understand a request. */
export function describeScripted(name: string, create: () => Promise<ScriptedProvider>): void {
  describe(`model: ${name}`, () => {
    let under: ScriptedProvider;
    const request = (more: Partial<ProviderRequest> = {}) => toRequest(under.model, more);

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.stop());

    it('passes the text on', async () => {
      under.will({ text: ['I drafted ', 'a ticket ', 'for it — “Größe” 🎉.'] });
      const events = await collect(under.provider.stream(request(), never));
      expect(textOf(events)).toBe('I drafted a ticket for it — “Größe” 🎉.');
      expect(events.at(-1)).toMatchObject({ stopReason: 'end' });
    });

    it('passes several tool calls of one step on, each complete', async () => {
      under.will({
        calls: [
          { id: 'call_1', name: 'search_issues', json: '{"query":"export"}' },
          { id: 'call_2', name: 'read_file', json: '{"path":"README.md"}' },
        ],
      });
      const events = await collect(under.provider.stream(request(), never));
      expect(callsOf(events)).toMatchObject([
        { name: 'search_issues', input: { query: 'export' } },
        { name: 'read_file', input: { path: 'README.md' } },
      ]);
      expect(new Set(callsOf(events).map(({ id }) => id)).size).toBe(2);
      expect(events.at(-1)).toMatchObject({ stopReason: 'tools' });
    });

    it('passes a draft on as data', async () => {
      const tickets = [{ title: 'Export loses umlauts', labels: ['bug'], estimate: null }];
      const json = JSON.stringify({ tickets });
      under.will({ calls: [{ id: 'call_3', name: 'draft_tickets', json }] });
      const events = await collect(under.provider.stream(request(), never));
      expect(callsOf(events)).toMatchObject([{ name: 'draft_tickets', input: { tickets } }]);
    });
  });
}
