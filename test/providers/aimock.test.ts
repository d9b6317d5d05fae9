/** The same contract against a stand-in that other people wrote, with the real SDKs. */
import { LLMock } from '@copilotkit/aimock';
import { expect, it } from 'vitest';
import { type Provider, ProviderError } from '../../src/core/provider.ts';
import { createAnthropicProvider } from '../../src/providers/anthropic.ts';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import {
  collect,
  describeProvider,
  describeScripted,
  never,
  toRequest,
} from '../contracts/provider.ts';
import type { Answer } from '../fakes/vendor-server.ts';

const apiKey = 'test-key';

/** Providers by name, each asking the server at this address. */
const PROVIDERS: Record<string, (url: string) => { provider: Provider; model: string }> = {
  'openai responses': (url) => ({
    provider: createOpenAiProvider({ apiKey, baseUrl: `${url}/v1`, api: 'responses' }),
    model: 'gpt-5',
  }),
  'openai chat': (url) => ({
    provider: createOpenAiProvider({ apiKey, baseUrl: `${url}/v1`, api: 'chat' }),
    model: 'gpt-5',
  }),
  anthropic: (url) => ({
    provider: createAnthropicProvider({ apiKey, baseUrl: url }),
    model: 'claude-opus-4-5',
  }),
};

function toFixture({ text = [], calls = [] }: Answer) {
  const toolCalls = calls.map(({ id, name, json }) => ({ id, name, arguments: json }));
  const content = text.join('');
  const response = toolCalls.length > 0 ? { toolCalls } : { content };
  return { match: {}, response };
}

async function connect(create: (url: string) => { provider: Provider; model: string }) {
  const mock = await LLMock.create({ port: 0 });
  mock.addFixture(toFixture({ text: ['Fine, thanks.'] }));
  const will = (answer: Answer) => void mock.clearFixtures().addFixture(toFixture(answer));
  return { ...create(mock.url), mock, will, stop: () => mock.stop() };
}

for (const [name, create] of Object.entries(PROVIDERS)) {
  describeProvider(`${name} (aimock)`, () => connect(create));
  describeScripted(`${name} (aimock)`, () => connect(create));

  it(`${name} (aimock) takes a stream with malformed chunks for broken`, async () => {
    const { provider, model, mock, stop } = await connect(create);
    mock.setChaos({ malformedRate: 1 });
    const answer = collect(provider.stream(toRequest(model), never));
    await expect(answer).rejects.toMatchObject({ kind: 'cut-off' });
    await stop();
  });

  it.each([
    [429, 'rate-limited'],
    [500, 'overloaded'],
    [401, 'unauthorised'],
  ] as const)(`${name} (aimock) understands a %i`, async (status, kind) => {
    const { provider, model, mock, stop } = await connect(create);
    mock.nextRequestError(status);
    const error = await collect(provider.stream(toRequest(model), never)).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind });
    await stop();
  });
}
