/** Anthropic through its SDK. */
import { createAnthropicProvider } from '../../src/providers/anthropic.ts';
import { describeProvider, describeScripted } from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startAnthropicServer } from '../fakes/anthropic-server.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const apiKey = 'sk-ant-test-0123456789abcdef';
const model = 'claude-large';

async function connect(stallMs?: number) {
  const server = await startAnthropicServer({ apiKey });
  const create = (baseUrl: string) => createAnthropicProvider({ apiKey, baseUrl, stallMs });
  const unreachable = create(await findClosedAddress());
  return { provider: create(server.url), unreachable, model, server, apiKey, stop: server.stop };
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
