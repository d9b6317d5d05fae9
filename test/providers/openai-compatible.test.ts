/** Servers that speak OpenAI's language, each in its own dialect. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProviderMessage } from '../../src/core/provider.ts';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import { callsOf, collect, LONG_HISTORY, never, textOf, toRequest } from '../contracts/provider.ts';
import { PIXEL } from '../contracts/provider-wire.ts';
import { type OpenAiServerOptions, startOpenAiServer } from '../fakes/openai-server.ts';
import type { VendorServer } from '../fakes/vendor-server.ts';

type Refuse = OpenAiServerOptions['refuses'];

const apiKey = 'sk-test-0123456789abcdef';
const model = 'local-large';
const servers: VendorServer[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    expect(server.problems).toEqual([]);
    await server.stop();
  }
});

/** Counts what the dialect refuses, to show that it is not tried again. */
async function connect(options: Partial<OpenAiServerOptions> = {}) {
  const refused: string[] = [];
  const refuses: Refuse = (body) => {
    const refusal = options.refuses?.(body);
    if (refusal) refused.push(refusal.message);
    return refusal;
  };
  const server = await startOpenAiServer({ apiKey, ...options, refuses });
  servers.push(server);
  const provider = createOpenAiProvider({ name: 'local', apiKey, baseUrl: `${server.url}/v1` });
  const answerTo = (messages?: ProviderMessage[]) =>
    collect(provider.stream(toRequest(model, messages && { messages }), never));
  const lastBody = () => server.requests.at(-1)?.body as Record<string, unknown>;
  const say = (text: string) => server.will({ do: 'answer', answer: { text: [text] } });
  return { server, provider, refused, answerTo, lastBody, say };
}

const refuseIf =
  (feature: string, message: string, status = 400): Refuse =>
  (body) =>
    feature in body ? { status, message } : undefined;

/** Models without tools, on servers that name it differently. */
const NO_TOOLS: [string, Refuse][] = [
  ['Ollama', refuseIf('tools', 'registry.ollama.ai/library/phi does not support tools')],
  ['vLLM', refuseIf('tools', '"auto" tool choice requires --enable-auto-tool-choice to be set')],
  ['llama.cpp', refuseIf('tools', 'tools param requires --jinja flag', 500)],
  ['OpenRouter', refuseIf('tools', 'No endpoints found that support tool use', 404)],
];
const envelope = (say: string, ...calls: object[]) => JSON.stringify({ say, calls });
const search = { tool: 'search_issues', input: { query: 'export' } };

describe('an OpenAI-compatible server', () => {
  it('is asked through chat completions, without extensions of OpenAI', async () => {
    const { server, answerTo, lastBody } = await connect();
    await answerTo();
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
    expect(lastBody()).not.toHaveProperty('store');
    expect(lastBody()).not.toHaveProperty('prompt_cache_key');
  });

  it('is limited by the name of the limit that it takes, which is remembered', async () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    const { answerTo, lastBody, refused } = await connect({
      refuses: refuseIf('max_tokens', message),
    });
    await answerTo();
    await answerTo();
    expect(lastBody()).toMatchObject({ max_completion_tokens: 1_000 });
    expect(refused).toHaveLength(1);
  });

  it('may not know how to count in a stream', async () => {
    const { answerTo, lastBody, refused } = await connect({
      refuses: refuseIf('stream_options', 'Unrecognized request argument: stream_options'),
      usage: false,
    });
    const events = await answerTo();
    await answerTo();
    const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
    expect(events.at(-1)).toEqual({ type: 'end', stopReason: 'end', usage });
    expect(lastBody()).not.toHaveProperty('stream_options');
    expect(refused).toHaveLength(1);
  });

  it('may leave out the ids of calls', async () => {
    const { server, answerTo } = await connect({ callIds: false });
    const call = { id: '', name: 'list_labels', json: '{}' };
    server.will({ do: 'answer', answer: { calls: [call, call] } });
    const ids = callsOf(await answerTo()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids.every(Boolean)).toBe(true);
  });

  it('may have a model that sees no images, which is told that there was one', async () => {
    const { answerTo, lastBody, refused } = await connect({
      refuses: (body) =>
        JSON.stringify(body).includes('image_url')
          ? { status: 400, message: 'This model does not support image input' }
          : undefined,
    });
    const images = [{ mimeType: 'image/png', base64: PIXEL }];
    const messages: ProviderMessage[] = [{ role: 'user', text: 'Look at this.', images }];
    await answerTo(messages);
    await answerTo(messages);
    expect(JSON.stringify(lastBody())).toContain('An image was attached here');
    expect(refused).toHaveLength(1);
  });

  it.each(NO_TOOLS)('may have a model without tools (%s)', async (_, refuses) => {
    const { answerTo, lastBody, refused, say } = await connect({ refuses });
    say(envelope('I searched.', search));
    const events = await answerTo();
    expect(textOf(events)).toBe('I searched.');
    expect(callsOf(events)).toMatchObject([{ name: 'search_issues', input: search.input }]);
    expect(events.at(-1)).toMatchObject({ stopReason: 'tools' });
    expect(lastBody().response_format).toMatchObject({ type: 'json_schema' });
    say(envelope('Nothing found.'));
    expect(textOf(await answerTo(LONG_HISTORY))).toBe('Nothing found.');
    expect(JSON.stringify(lastBody().messages)).toContain('<tool_results>');
    expect(refused).toHaveLength(1);
  });

  it('may take neither tools nor schemas nor JSON: then the prompt asks for it', async () => {
    const { answerTo, lastBody, refused, say } = await connect({
      refuses(body) {
        if ('tools' in body) return { status: 400, message: 'tools are not supported' };
        if (!('response_format' in body)) return undefined;
        return { status: 400, message: 'response_format is not supported' };
      },
    });
    say(`Sure:\n\`\`\`json\n${envelope('', search)}\n\`\`\``);
    expect(callsOf(await answerTo())).toMatchObject([{ name: 'search_issues' }]);
    expect(lastBody()).not.toHaveProperty('response_format');
    expect(JSON.stringify(lastBody().messages)).toContain('Answer with one JSON object');
    expect(refused).toHaveLength(3);
  });

  it('may answer in words where JSON was asked for', async () => {
    const { answerTo, say } = await connect({ refuses: NO_TOOLS[0]?.[1] });
    say('Nothing to draft here {yet}.');
    const events = await answerTo();
    expect(textOf(events)).toBe('Nothing to draft here {yet}.');
    expect(events.at(-1)).toMatchObject({ stopReason: 'end' });
  });

  it('may break the JSON, which no tool takes, so that the model is told', async () => {
    const { answerTo, say } = await connect({ refuses: NO_TOOLS[0]?.[1] });
    const broken = '{"say": "", "calls": [{"tool": "draft_tickets", "input": {"tickets": [';
    say(broken);
    expect(callsOf(await answerTo())).toMatchObject([{ name: 'draft_tickets', input: broken }]);
  });

  it('never shows JSON that was cut off at the limit', async () => {
    const { server, answerTo } = await connect({ refuses: NO_TOOLS[0]?.[1] });
    const text = ['{"say": "I', ' drafted'];
    server.will({ do: 'answer', answer: { text, stop: 'length' } });
    expect(await answerTo()).toMatchObject([{ type: 'end', stopReason: 'length' }]);
  });

  it('fails where what it refuses is no matter of dialect', async () => {
    const message = 'messages: roles must alternate';
    const { answerTo, refused } = await connect({ refuses: refuseIf('messages', message) });
    await expect(answerTo()).rejects.toMatchObject({ kind: 'bad-request' });
    expect(refused).toHaveLength(1);
  });

  it('may have no list of models and works', async () => {
    const { server, provider } = await connect({ models: false });
    const message = 'local answers; it does not list its models.';
    expect(await provider.testConnection()).toEqual({ ok: true, message });
    expect(server.problems.splice(0)).toHaveLength(1);
  });

  it('may say how much its models take and what they see', async () => {
    const models = [
      {
        id: 'router',
        context_length: 32_768,
        architecture: { input_modalities: ['text', 'image'] },
      },
      { id: 'vllm', max_model_len: 8_192, architecture: { input_modalities: ['text'] } },
      { id: 'plain' },
    ];
    const fetch = async () => Response.json({ object: 'list', data: models });
    const provider = createOpenAiProvider({ apiKey, baseUrl: 'https://models.test/v1', fetch });
    expect(await provider.listModels()).toEqual([
      { id: 'router', contextTokens: 32_768, seesImages: true },
      { id: 'vllm', contextTokens: 8_192, seesImages: false },
      { id: 'plain' },
    ]);
  });

  it('is told apart from an address that has no such interface', async () => {
    const { server } = await connect();
    const provider = createOpenAiProvider({ name: 'local', apiKey, baseUrl: server.url });
    const message = expect.stringContaining('check the base URL');
    expect(await provider.testConnection()).toMatchObject({ ok: false, message });
  });

  it('says that a key is wrong without repeating it', async () => {
    const { server } = await connect();
    const wrong = createOpenAiProvider({ apiKey: 'sk-wrong-key', baseUrl: `${server.url}/v1` });
    const check = await wrong.testConnection();
    expect(check).toMatchObject({ ok: false, message: expect.stringContaining('refused the key') });
    expect(check.message).not.toContain('sk-wrong');
  });

  it('gets nothing that stands in the environment', async () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1/v1');
    vi.stubEnv('OPENAI_API_KEY', 'sk-environment');
    vi.stubEnv('OPENAI_ORG_ID', 'org-environment');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-gateway-secret: environment');
    const { server, answerTo } = await connect();
    await answerTo();
    expect(JSON.stringify(server.requests[0]?.headers)).not.toContain('environment');
  });
});

describe('OpenAI itself', () => {
  it('is asked through the Responses API, and stores nothing', async () => {
    const asked: { url: string; body: unknown }[] = [];
    const provider = createOpenAiProvider({
      apiKey,
      async fetch(input, init) {
        asked.push({ url: String(input), body: JSON.parse(String(init?.body)) });
        return Response.json({ error: { message: 'no' } }, { status: 401 });
      },
    });
    const answer = collect(provider.stream(toRequest('gpt-large'), never));
    await expect(answer).rejects.toMatchObject({ kind: 'unauthorised' });
    expect(asked).toMatchObject([
      { url: 'https://api.openai.com/v1/responses', body: { store: false } },
    ]);
  });
});
