/** Ollama through its client, against a stand-in that checks what it is sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOllamaProvider } from '../../src/providers/ollama.ts';
import {
  callsOf,
  collect,
  describeProvider,
  describeScripted,
  never,
  textOf,
  toRequest,
} from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startOllamaServer } from '../fakes/ollama-server.ts';
import { findClosedAddress, type VendorServer } from '../fakes/vendor-server.ts';

const model = 'llama:large';

async function connect(stallMs?: number) {
  const server = await startOllamaServer();
  const create = (baseUrl: string) =>
    createOllamaProvider({ baseUrl, ...(stallMs && { stallMs }) });
  const provider = create(server.url);
  // What the model can do is asked once, before whatever the test is about.
  await provider.listModels();
  const unreachable = create(await findClosedAddress());
  return { provider, unreachable, model, server, apiKey: 'none', stop: server.stop };
}

describeProvider('ollama', () => connect());
describeScripted('ollama', async () => {
  const connected = await connect();
  return { ...connected, will: (answer) => connected.server.will({ do: 'answer', answer }) };
});
describeWire('ollama', async () => ({
  ...(await connect()),
  argumentsAreText: false,
  hidesCache: true,
  split(body) {
    const { messages, ...rest } = body as { messages: unknown[] };
    return { head: { ...rest, system: messages[0] }, messages: messages.slice(1) };
  },
}));
describeFaults('ollama', () => connect(FAULT_STALL_MS), ['refused']);

describe('createOllamaProvider', () => {
  let server: VendorServer;
  beforeAll(async () => {
    server = await startOllamaServer();
  });
  afterAll(() => server.stop());

  it('always says how much the model is to take, and never more than it can', async () => {
    const provider = createOllamaProvider({ baseUrl: server.url, contextTokens: 16_384 });
    for (const [name, tokens] of [
      ['llama:large', 16_384],
      ['plain:small', 8_192],
    ] as const) {
      await collect(provider.stream(toRequest(name, { tools: [] }), never));
      expect(server.requests.at(-1)?.body).toMatchObject({ options: { num_ctx: tokens } });
    }
    const sizes = (await provider.listModels()).map(({ contextTokens }) => contextTokens);
    expect(sizes).toEqual([16_384, 8_192]);
  });

  it('gives a model without tools a form to fill in, and reads it back as calls', async () => {
    const provider = createOllamaProvider({ baseUrl: server.url });
    const input = { query: 'export' };
    const json = JSON.stringify({ say: 'Looking.', calls: [{ tool: 'search_issues', input }] });
    server.will({ do: 'answer', answer: { text: [json] } });
    const events = await collect(provider.stream(toRequest('plain:small'), never));
    expect(server.problems).toEqual([]);
    expect(textOf(events)).toBe('Looking.');
    expect(callsOf(events)).toMatchObject([{ name: 'search_issues', input }]);
    expect(events.at(-1)).toMatchObject({ type: 'end', stopReason: 'tools' });
  });
});
