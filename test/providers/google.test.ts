/** Gemini through Google's SDK, against a stand-in that checks what it is sent. */
import { describe, expect, it } from 'vitest';
import { createGoogleProvider } from '../../src/providers/google.ts';
import {
  callsOf,
  collect,
  describeProvider,
  describeScripted,
  never,
  toRequest,
} from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startGoogleServer } from '../fakes/google-server.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const apiKey = 'AIza-test-0123456789abcdefghijklmnopqrs';
const model = 'gemini-large';

async function connect(stallMs?: number) {
  const server = await startGoogleServer({ apiKey });
  const create = (baseUrl: string, key = apiKey) =>
    createGoogleProvider({ apiKey: key, baseUrl, stallMs });
  const wrongKey = create(server.url, 'wrong');
  const unreachable = create(await findClosedAddress());
  const provider = create(server.url);
  return { provider, wrongKey, unreachable, model, server, apiKey, stop: server.stop };
}

describeProvider('google', () => connect());
describeScripted('google', async () => {
  const connected = await connect();
  return { ...connected, will: (answer) => connected.server.will({ do: 'answer', answer }) };
});
describeWire('google', async () => ({
  ...(await connect()),
  argumentsAreText: false,
  split(body) {
    const { contents, ...head } = body as { contents: unknown[] };
    return { head, messages: contents };
  },
}));
describeFaults('google', () => connect(FAULT_STALL_MS));

describe('createGoogleProvider', () => {
  it('gives each call back with the signature it came with', async () => {
    const { provider, server, stop } = await connect();
    const calls = [{ id: '1', name: 'search_issues', json: '{"query":"export"}' }];
    server.will({ do: 'answer', answer: { calls } });
    const [call] = callsOf(await collect(provider.stream(toRequest(model), never)));
    if (!call) throw new Error('no call came');
    const messages = [
      { role: 'user' as const, text: 'The export is broken.' },
      { role: 'assistant' as const, text: '', toolCalls: [call] },
      {
        role: 'tool' as const,
        results: [{ callId: call.id, name: call.name, content: '[]', isError: false }],
      },
    ];
    await collect(provider.stream(toRequest(model, { messages }), never));
    expect(server.problems).toEqual([]);
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain('"thoughtSignature":"c2lnbmVk"');
    await stop();
  });
});
