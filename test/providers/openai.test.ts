/** OpenAI through its SDK, over both of its interfaces, and the servers that speak its language. */
import { describe } from 'vitest';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import { describeProvider, describeScripted } from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startOpenAiServer } from '../fakes/openai-server.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const apiKey = 'sk-test-0123456789abcdef';
const model = 'gpt-large';

describe.each(['responses', 'chat'] as const)('openai %s', (api) => {
  async function connect(stallMs?: number) {
    const server = await startOpenAiServer({ apiKey });
    const create = (baseUrl: string, key = apiKey) =>
      createOpenAiProvider({ apiKey: key, baseUrl, api, stallMs });
    const wrongKey = create(`${server.url}/v1`, 'wrong');
    const provider = create(`${server.url}/v1`);
    const unreachable = create(`${await findClosedAddress()}/v1`);
    return { provider, wrongKey, unreachable, model, server, apiKey, stop: server.stop };
  }

  describeProvider(`openai ${api}`, () => connect());
  describeScripted(`openai ${api}`, async () => {
    const connected = await connect();
    return { ...connected, will: (answer) => connected.server.will({ do: 'answer', answer }) };
  });
  describeWire(`openai ${api}`, async () => ({
    ...(await connect()),
    argumentsAreText: true,
    split: api === 'responses' ? splitResponses : splitChat,
  }));
  describeFaults(`openai ${api}`, () => connect(FAULT_STALL_MS));
});

function splitResponses(body: unknown) {
  const { input, ...head } = body as { input: unknown[] };
  return { head, messages: input };
}

function splitChat(body: unknown) {
  const { messages, ...rest } = body as { messages: unknown[] };
  return { head: { ...rest, system: messages[0] }, messages: messages.slice(1) };
}
