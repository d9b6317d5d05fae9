/** The same contract against a stand-in that other people wrote, with the real SDKs. */
import { LLMock } from '@copilotkit/aimock';
import { expect, it } from 'vitest';
import { type Provider, ProviderError } from '../../src/core/provider.ts';
import { createAnthropicProvider } from '../../src/providers/anthropic.ts';
import { createGoogleProvider } from '../../src/providers/google.ts';
import { createOllamaProvider } from '../../src/providers/ollama.ts';
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
  google: (url) => ({
    provider: createGoogleProvider({ apiKey, baseUrl: url, fetch: fetchGemini }),
    model: GEMINI.name,
  }),
  ollama: (url) => ({
    provider: createOllamaProvider({ baseUrl: url, fetch: fetchOllama }),
    model: 'llama3.1',
  }),
};

const GEMINI = { name: 'gemini-3-flash', supportedGenerationMethods: ['generateContent'] };

/** The stand-in knows the interface under its former version only, and has no list of models. */
const fetchGemini: typeof fetch = async (input, init) => {
  const { pathname } = new URL(String(input));
  if (pathname.endsWith('/models')) return Response.json({ models: [GEMINI] });
  return fetch(String(input).replace('/v1/', '/v1beta/'), init);
};

/** The stand-in does not say what a model can do. */
const fetchOllama: typeof fetch = async (input, init) => {
  if (!String(input).endsWith('/api/show')) return fetch(input, init);
  return Response.json({ capabilities: ['tools'], model_info: { 'llama.context_length': 8_192 } });
};

function toFixture({ text = [], calls = [] }: Answer, name: string) {
  const toolCalls = calls.map(({ id, name, json }) => ({ id, name, arguments: json }));
  const content = text.join('');
  // By itself the stand-in ends Gemini's calls with a reason that the SDK does not list.
  const end = name === 'google' ? { finishReason: 'stop' } : {};
  const response = toolCalls.length > 0 ? { toolCalls, ...end } : { content };
  return { match: {}, response };
}

async function connect(name: string) {
  const create = PROVIDERS[name];
  if (!create) throw new RangeError(name);
  const mock = await LLMock.create({ port: 0 });
  mock.addFixture(toFixture({ text: ['Fine, thanks.'] }, name));
  const will = (answer: Answer) => void mock.clearFixtures().addFixture(toFixture(answer, name));
  return { ...create(mock.url), mock, will, stop: () => mock.stop() };
}

for (const name of Object.keys(PROVIDERS)) {
  describeProvider(`${name} (aimock)`, () => connect(name));
  describeScripted(`${name} (aimock)`, () => connect(name));

  it(`${name} (aimock) takes a stream with malformed chunks for broken`, async () => {
    const { provider, model, mock, stop } = await connect(name);
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
    const { provider, model, mock, stop } = await connect(name);
    mock.nextRequestError(status);
    const error = await collect(provider.stream(toRequest(model), never)).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind });
    await stop();
  });
}
