/** Providers that people connected, through the vendors' real SDKs and the guarded door. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure } from '../../src/core/answer.ts';
import { ChatError } from '../../src/core/errors.ts';
import { ProviderError } from '../../src/core/provider.ts';
import { type ProviderConfig, secretPurpose } from '../../src/core/stored-config.ts';
import { createLog } from '../../src/log.ts';
import { createOutboundFetch, type OutboundOptions } from '../../src/outbound.ts';
import { createProviders } from '../../src/providers/index.ts';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import { createSecrets } from '../../src/secrets.ts';
import {
  collect,
  describeProvider,
  describeScripted,
  never,
  textOf,
  toRequest,
} from '../contracts/provider.ts';
import { describeFaults, FAULT_STALL_MS } from '../contracts/provider-faults.ts';
import { describeWire } from '../contracts/provider-wire.ts';
import { startAnthropicServer } from '../fakes/anthropic-server.ts';
import { startGoogleServer } from '../fakes/google-server.ts';
import { startOllamaServer } from '../fakes/ollama-server.ts';
import { startOpenAiServer } from '../fakes/openai-server.ts';
import { findClosedAddress, type VendorServer } from '../fakes/vendor-server.ts';

const apiKey = 'sk-test-0123456789abcdef';

interface Vendor {
  kind: string;
  model: string;
  /** What its SDK wants behind the origin. */
  path: string;
  start(): Promise<VendorServer>;
}

const VENDORS: Vendor[] = [
  { kind: 'openai', model: 'gpt-large', path: '/v1', start: () => startOpenAiServer({ apiKey }) },
  {
    kind: 'openai-compatible',
    model: 'gpt-large',
    path: '/v1',
    start: () => startOpenAiServer({ apiKey }),
  },
  {
    kind: 'anthropic',
    model: 'claude-large',
    path: '',
    start: () => startAnthropicServer({ apiKey }),
  },
  { kind: 'google', model: 'gemini-large', path: '', start: () => startGoogleServer({ apiKey }) },
  { kind: 'ollama', model: 'llama:large', path: '', start: () => startOllamaServer() },
];

const secrets = createSecrets({ key: randomBytes(32).toString('base64') });
const owner = { platform: 'slack', workspaceId: 'T1' } as const;

async function newConfig(changes: Partial<ProviderConfig> = {}): Promise<ProviderConfig> {
  const config = { owner, name: 'own', kind: 'openai', revision: 1, ...changes };
  return {
    createdAt: '2026-03-02T09:00:00.000Z',
    updatedAt: '2026-03-02T09:00:00.000Z',
    encryptedKey: await secrets.encrypt(apiKey, secretPurpose('provider', config)),
    ...config,
  };
}

async function connect(door: Partial<OutboundOptions> = {}, environment = {}) {
  const lines: string[] = [];
  const providers = await createProviders(
    { default: 'offline', isExplicit: true, ...environment },
    {
      fetch: createOutboundFetch({ allowPrivateAddresses: false, ...door }),
      openKey: (config) =>
        secrets.decrypt(config.encryptedKey ?? '', secretPurpose('provider', config)),
      log: createLog({ level: 'info', write: (line) => lines.push(line) }),
    },
  );

  async function answer(providerConfig: ProviderConfig, model?: string) {
    const chosen = await providers.choose({ provider: providerConfig.name, model, providerConfig });
    const [choice] = chosen;
    return collect(choice.provider.stream(toRequest(choice.model), never));
  }

  return { providers, answer, lines };
}

/** A server on this machine that nobody may reach. */
async function startTrap() {
  const reached: string[] = [];
  const server: Server = createServer((request, response) => {
    reached.push(JSON.stringify(request.headers));
    response.end('{}');
  });
  server.on('connection', () => reached.push('connection'));
  server.listen(0);
  await once(server, 'listening');
  return { reached, port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

describe.each(VENDORS)('a stored provider of kind $kind', ({ kind, model, path, start }) => {
  let server: VendorServer;
  let trap: Awaited<ReturnType<typeof startTrap>>;

  beforeAll(async () => {
    [server, trap] = await Promise.all([start(), startTrap()]);
  });
  beforeEach(() => {
    trap.reached.length = 0;
  });
  afterAll(async () => {
    trap.stop();
    await server.stop();
  });

  it('answers with its own key, address and model', async () => {
    const { answer, providers } = await connect({ allowPrivateAddresses: true });
    const config = await newConfig({ kind, model, baseUrl: `${server.url}${path}` });
    server.will({ do: 'answer', answer: { text: ['Well ', 'then.'] } });
    expect(textOf(await answer(config))).toBe('Well then.');
    const { requests, problems } = server;
    if (kind !== 'ollama') expect(JSON.stringify(requests.at(-1)?.headers)).toContain(apiKey);
    expect(problems).toEqual([]);
    const opened = await providers.open(config);
    expect(opened.name).toBe('own');
    expect((await opened.testConnection()).ok).toBe(true);
  });

  it.each([
    '127.0.0.1',
    'localhost',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0177.1',
    '[::1]',
    'models.example',
  ])('sends nothing to %s', async (host) => {
    const { answer, providers } = await connect({
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const baseUrl = `http://${host}:${trap.port}${path}`;
    const config = await newConfig({ kind, model, baseUrl });
    const error = await answer(config).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ provider: 'own', kind: 'wrong-address' });
    expect(describeFailure(error as ProviderError)).toMatch(
      /base URL.*private network.*set ALLOW_PRIVATE_ADDRESSES=true/,
    );
    const check = await (await providers.open(config)).testConnection();
    expect(check).toMatchObject({ ok: false });
    expect(check.message).toMatch(/^own: .*private network.*ALLOW_PRIVATE_ADDRESSES=true/);
    expect(trap.reached).toEqual([]);
  });

  it('follows no redirect', async () => {
    const { answer } = await connect({ allowPrivateAddresses: true });
    const config = await newConfig({ kind, model, baseUrl: `${server.url}${path}` });
    const location = `http://127.0.0.1:${trap.port}/`;
    server.will({ do: 'reply', status: 307, headers: { location }, body: '' });
    const error = await answer(config).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'wrong-address' });
    expect(describeFailure(error as ProviderError)).toContain('redirects');
    expect(trap.reached).toEqual([]);
  });
});

describe('providers that people connected', () => {
  let server: VendorServer;
  let baseUrl: string;
  const door = { allowPrivateAddresses: true };
  const kind = 'openai-compatible';
  const model = 'gpt-large';

  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey });
    baseUrl = `${server.url}/v1`;
  });
  afterAll(() => server.stop());

  it('may be several servers of one kind', async () => {
    const other = await startOpenAiServer({ apiKey });
    const { answer } = await connect(door);
    server.will({ do: 'answer', answer: { text: ['one'] } });
    other.will({ do: 'answer', answer: { text: ['two'] } });
    const first = await newConfig({ name: 'first', kind, model, baseUrl });
    const second = await newConfig({ name: 'second', kind, model, baseUrl: `${other.url}/v1` });
    expect(textOf(await answer(first))).toBe('one');
    expect(textOf(await answer(second))).toBe('two');
    await other.stop();
  });

  it('are asked for the model that was chosen, over their own', async () => {
    const { answer } = await connect(door);
    const config = await newConfig({ kind, model: 'gpt-small', baseUrl });
    await answer(config, model);
    expect(server.requests.at(-1)?.body).toMatchObject({ model });
  });

  it('are made once for each revision', async () => {
    const { providers } = await connect(door);
    const config = await newConfig({ kind, model, baseUrl });
    const choose = async (providerConfig: ProviderConfig) =>
      (await providers.choose({ provider: 'own', model: undefined, providerConfig }))[0].provider;
    const first = await choose(config);
    expect(await choose({ ...config })).toBe(first);
    expect(await choose({ ...config, revision: 2 })).not.toBe(first);
    const anew = { ...config, updatedAt: '2026-03-03T09:00:00.000Z' };
    expect(await choose(anew)).not.toBe(first);
    const moved = await newConfig({ kind, model, baseUrl, owner: { userId: 'T1' } });
    expect(await choose(moved)).not.toBe(first);
  });

  it('learn how much the model takes once the vendor answers', async () => {
    const anthropic = await startAnthropicServer({ apiKey });
    let down = true;
    const providers = await createProviders(
      { default: 'offline', isExplicit: true },
      {
        fetch: async (input, init) => {
          if (down) throw new TypeError('fetch failed');
          return fetch(input, init);
        },
        openKey: async () => apiKey,
        log: createLog({ level: 'info', write: () => undefined }),
      },
    );
    const config = { kind: 'anthropic', model: 'claude-large', baseUrl: anthropic.url };
    const providerConfig = await newConfig(config);
    const choose = async () =>
      (await providers.choose({ provider: 'own', model: undefined, providerConfig }))[0];
    expect(await choose()).not.toHaveProperty('contextTokens');
    down = false;
    const second = await choose();
    expect(second.contextTokens).toBeGreaterThan(0);
    expect((await choose()).provider).toBe(second.provider);
    await anthropic.stop();
  });

  it('are given as much as the operator says that their model takes, before what the vendor says', async () => {
    const contextTokens = { 'gpt-large': 16_384, 'own:gpt-large': 24_576 };
    const { providers } = await connect({ allowPrivateAddresses: true }, { contextTokens });
    const sizes = [];
    for (const name of ['own', 'other']) {
      const config = await newConfig({ name, model: 'gpt-large', baseUrl: `${server.url}/v1` });
      const [choice] = await providers.choose({
        provider: name,
        model: undefined,
        providerConfig: config,
      });
      sizes.push(choice.contextTokens);
    }
    expect(sizes).toEqual([24_576, 16_384]);
  });

  it('come before the vendor of the environment that has the same name', async () => {
    const { answer } = await connect(door, {
      openai: { apiKey: 'sk-of-the-operator', baseUrl: 'http://127.0.0.1:9/v1' },
    });
    server.will({ do: 'answer', answer: { text: ['mine'] } });
    const config = await newConfig({ name: 'openai', kind, model, baseUrl });
    expect(textOf(await answer(config))).toBe('mine');
  });

  it('are followed by the fallback of the environment', async () => {
    const { providers } = await connect(door, { fallback: 'offline' });
    const providerConfig = await newConfig({ kind, model, baseUrl });
    const choices = await providers.choose({ provider: 'own', model: undefined, providerConfig });
    expect(choices.map(({ provider }) => provider.name)).toEqual(['own', 'offline']);
  });

  describe('that cannot be used', () => {
    async function sentenceOf(config: Partial<ProviderConfig>): Promise<[string, string[]]> {
      const { answer, lines } = await connect(door);
      const error = await answer(await newConfig({ kind, model, baseUrl, ...config })).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ChatError);
      return [(error as ChatError).message, lines];
    }

    it('say so when the key was encrypted for another owner or name', async () => {
      for (const elsewhere of [
        { owner: { platform: 'slack', workspaceId: 'T2' } as const },
        { owner: { userId: 'T1' } },
        { name: 'other' },
      ]) {
        const { encryptedKey } = await newConfig(elsewhere);
        const [sentence, lines] = await sentenceOf({ encryptedKey });
        expect(sentence).toMatch(
          /^The key of the provider "own" cannot be read any more\. Whoever connected it has to enter it again/,
        );
        expect(lines.join('')).toMatch(/another owner or field.*provider-key-not-opened/);
        expect(lines.join('')).not.toContain(apiKey);
      }
    });

    it('say so when the key was encrypted under a lost secret, or is damaged', async () => {
      const lost = createSecrets({ key: randomBytes(32).toString('base64') });
      const purpose = secretPurpose('provider', { owner, name: 'own' });
      for (const encryptedKey of [await lost.encrypt(apiKey, purpose), 'nonsense']) {
        expect((await sentenceOf({ encryptedKey }))[0]).toContain('cannot be read any more');
      }
    });

    it('say so when their kind is unknown', async () => {
      expect((await sentenceOf({ kind: 'bedrock' }))[0]).toBe(
        'The provider "own" was connected as "bedrock", which this version does not know. Connect it again, or choose another.',
      );
    });

    it('say so when they name no model and have none of their own', async () => {
      expect((await sentenceOf({ model: undefined }))[0]).toMatch(/"own" needs a model/);
    });

    it('say so when they were removed', async () => {
      const { providers } = await connect(door, { openai: { apiKey } });
      const settings = { provider: 'own', model: undefined, providerConfig: undefined };
      await expect(providers.choose(settings)).rejects.toEqual(
        new ChatError(
          'The provider "own" is not connected here, or not any more. Choose another: `provider` shows what there is, or ask who runs the bot.',
        ),
      );
    });
  });
});

/** Streams, stops, stalls and faults are the same behind the door. */
describe('behind the guarded door', () => {
  const model = 'gpt-large';
  const fetch = createOutboundFetch({ allowPrivateAddresses: true });

  async function connectChat(stallMs?: number) {
    const server = await startOpenAiServer({ apiKey });
    const create = (origin: string, key = apiKey) =>
      createOpenAiProvider({ apiKey: key, baseUrl: `${origin}/v1`, api: 'chat', fetch, stallMs });
    const unreachable = create(await findClosedAddress());
    const wrongKey = create(server.url, 'wrong');
    const provider = create(server.url);
    return { provider, wrongKey, unreachable, model, server, apiKey, stop: server.stop };
  }

  describeProvider('openai', () => connectChat());
  describeScripted('openai', async () => {
    const connected = await connectChat();
    return { ...connected, will: (answer) => connected.server.will({ do: 'answer', answer }) };
  });
  describeFaults('openai', () => connectChat(FAULT_STALL_MS));
  describeWire('openai', async () => ({
    ...(await connectChat()),
    argumentsAreText: true,
    split(body) {
      const { messages, ...rest } = body as { messages: unknown[] };
      return { head: { ...rest, system: messages[0] }, messages: messages.slice(1) };
    },
  }));
});
