/** Anthropic through its SDK. */
import { describe, expect, it, vi } from 'vitest';
import type { ProviderMessage } from '../../src/core/provider.ts';
import { createAnthropicProvider } from '../../src/providers/anthropic.ts';
import {
  callsOf,
  collect,
  describeProvider,
  describeScripted,
  LONG_HISTORY,
  never,
  toRequest,
} from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startAnthropicServer } from '../fakes/anthropic-server.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const apiKey = 'sk-ant-test-0123456789abcdef';
const model = 'claude-large';

async function connect(stallMs?: number) {
  const server = await startAnthropicServer({ apiKey });
  const create = (baseUrl: string, key = apiKey) =>
    createAnthropicProvider({ apiKey: key, baseUrl, stallMs });
  const wrongKey = create(server.url, 'wrong');
  const unreachable = create(await findClosedAddress());
  const provider = create(server.url);
  return { provider, wrongKey, unreachable, model, server, apiKey, stop: server.stop };
}

describeProvider('anthropic', () => connect());
describeScripted('anthropic', async () => {
  const connected = await connect();
  return { ...connected, will: (answer) => connected.server.will({ do: 'answer', answer }) };
});
describeWire('anthropic', async () => ({
  ...(await connect()),
  argumentsAreText: true,
  split(body) {
    const { messages, ...head } = JSON.parse(JSON.stringify(body), withoutMarks);
    return { head, messages };
  },
}));
describeFaults('anthropic', () => connect(FAULT_STALL_MS));

function withoutMarks(key: string, value: unknown): unknown {
  return key === 'cache_control' ? undefined : value;
}

describe('anthropic', () => {
  it('gets its thoughts back with the calls they led to', async () => {
    const { provider, server, stop } = await connect();
    const call = { id: 'toolu_1', name: 'search_issues', json: '{"query":"export"}' };
    const thought = { thinking: 'Is it known?', signature: 'signed' };
    server.will({ do: 'answer', answer: { thought, calls: [call] } });
    const [made] = callsOf(await collect(provider.stream(toRequest(model), never)));
    if (!made) throw new Error('there is no call');
    const result = { callId: made.id, name: made.name, content: '[]', isError: false };
    const messages: ProviderMessage[] = [
      { role: 'user', text: 'The export is broken.' },
      { role: 'assistant', text: '', toolCalls: [made] },
      { role: 'tool', results: [result] },
    ];
    await collect(provider.stream(toRequest(model, { messages }), never));
    const sent = server.requests.at(-1)?.body as { messages: { content: object[] }[] };
    expect(sent.messages[1]?.content[0]).toEqual({ type: 'thinking', ...thought });
    expect(server.problems).toEqual([]);
    await stop();
  });

  it('marks the rules, the conversation before the state, and the end for the cache', async () => {
    const { provider, server, stop } = await connect();
    await collect(provider.stream(toRequest(model, { messages: LONG_HISTORY }), never));
    const [{ body } = { body: undefined }] = server.requests;
    const { system, messages } = body as { system: object[]; messages: object[] };
    const marked = (part: object) => JSON.stringify(part).includes('cache_control');
    expect(system.map(marked)).toEqual([true]);
    expect(messages.map(marked)).toEqual([false, false, true, false, false, true]);
    await stop();
  });

  it('understands an error that comes inside a stream', async () => {
    const { provider, server, stop } = await connect();
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const body = `event: error\ndata: ${JSON.stringify(error)}\n\n`;
    const headers = { 'content-type': 'text/event-stream' };
    server.will({ do: 'reply', status: 200, headers, body });
    const answer = collect(provider.stream(toRequest(model), never));
    await expect(answer).rejects.toMatchObject({ kind: 'overloaded' });
    await stop();
  });

  it('lists the models that can still be used, with their size', async () => {
    const { provider, stop } = await connect();
    const known = { id: model, contextTokens: 200_000, seesImages: true };
    expect(await provider.listModels()).toEqual([known]);
    await stop();
  });

  it('gets nothing that stands in the environment', async () => {
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:1');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'environment');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-gateway-secret: environment');
    const { provider, server, stop } = await connect();
    await collect(provider.stream(toRequest(model), never));
    expect(JSON.stringify(server.requests[0]?.headers)).not.toContain('environment');
    vi.unstubAllEnvs();
    await stop();
  });
});
