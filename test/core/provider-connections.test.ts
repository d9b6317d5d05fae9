/** What people enter to connect an AI vendor, on a real table, with real encryption and real SDKs. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/core/errors.ts';
import {
  createProviderConnections,
  type ProviderConnections,
} from '../../src/core/provider-connections.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { type ConfigOwner, MAX_CONFIGS, secretPurpose } from '../../src/core/stored-config.ts';
import { createRepositories } from '../../src/db/index.ts';
import { createOutboundFetch } from '../../src/outbound.ts';
import { createProviders } from '../../src/providers/index.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { startOpenAiServer } from '../fakes/openai-server.ts';
import type { VendorServer } from '../fakes/vendor-server.ts';
import { silent } from './bots.ts';

const apiKey = 'sk-test-0123456789abcdef';
const secrets = createSecrets({ key: randomBytes(32).toString('base64') });

describe('connecting a provider', () => {
  let engine: TestEngine;
  let server: VendorServer;
  let repositories: Repositories;
  let open: ProviderConnections;
  let guarded: ProviderConnections;
  let owner: ConfigOwner;

  async function connectionsWith(allowPrivateAddresses: boolean) {
    const providers = await createProviders(
      { default: 'offline', isExplicit: true },
      {
        fetch: createOutboundFetch({ allowPrivateAddresses }),
        openKey: (config) =>
          secrets.decrypt(config.encryptedKey ?? '', secretPurpose('provider', config)),
        log: silent,
      },
    );
    return createProviderConnections({
      providerConfigs: repositories.providerConfigs,
      encrypt: secrets.encrypt,
      open: providers.open,
    });
  }

  beforeAll(async () => {
    engine = await startEngine();
    repositories = createRepositories(await engine.table());
    server = await startOpenAiServer({ apiKey });
    open = await connectionsWith(true);
    guarded = await connectionsWith(false);
    owner = { platform: 'slack', workspaceId: `T${randomUUID()}` };
  });
  afterAll(async () => {
    await server.stop();
    await engine.stop();
  });

  const vllm = () => ({
    kind: 'openai-compatible',
    model: 'gpt-large',
    baseUrl: `${server.url}/v1`,
    apiKey,
  });

  async function connect(input: object = vllm(), name = `own-${randomUUID()}`) {
    const outcome = await open.save(owner, name, input);
    if (outcome.kind !== 'saved') throw new Error(outcome.kind);
    return outcome.config;
  }

  async function problemsOf(saving: Promise<unknown>): Promise<string[]> {
    const error = await saving.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as InvalidInputError).problems;
  }

  const storedKeyOf = async (name: string) => {
    const config = await repositories.providerConfigs.getProviderConfig(owner, name);
    if (!config?.encryptedKey) return undefined;
    return secrets.decrypt(config.encryptedKey, secretPurpose('provider', config));
  };

  it('stores the key encrypted and shows its last four characters only', async () => {
    const saved = await connect();
    const { apiKey: _, ...shown } = vllm();
    expect(saved).toMatchObject({ ...shown, owner, keyEnding: 'cdef', revision: 1 });
    for (const read of [saved, await open.get(owner, saved.name), await open.list(owner)]) {
      expect(JSON.stringify(read)).not.toMatch(/encryptedKey|0123456789/);
    }
    const stored = await repositories.providerConfigs.getProviderConfig(owner, saved.name);
    expect(JSON.stringify(stored)).not.toContain('0123456789');
    expect(await storedKeyOf(saved.name)).toBe(apiKey);
  });

  it('asks the vendor whether it works and for its models', async () => {
    const { model: _, ...withoutModel } = vllm();
    const { name } = await connect(withoutModel);
    expect(await open.test(owner, name)).toEqual({
      ok: true,
      message: expect.stringMatching(new RegExp(`^${name} answers and offers \\d+ models?\\.$`)),
    });
    const models = await open.listModels(owner, name);
    expect(models?.map(({ id }) => id)).toContain('gpt-large');
  });

  it('says what is wrong with the key or the address', async () => {
    const wrong = await connect({ ...vllm(), apiKey: 'sk-wrong-0123456789' });
    expect(await open.test(owner, wrong.name)).toMatchObject({
      ok: false,
      message: expect.stringContaining('refused the key'),
    });
    expect(await guarded.test(owner, wrong.name)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/private network.*ALLOW_PRIVATE_ADDRESSES=true/),
    });
  });

  it('says so when the key of another was put into its place', async () => {
    const [one, other] = [await connect(), await connect()];
    const { providerConfigs } = repositories;
    const [seen, foreign] = await Promise.all(
      [one, other].map(({ name }) => providerConfigs.getProviderConfig(owner, name)),
    );
    if (!seen || !foreign?.encryptedKey) throw new Error('it is gone');
    const { owner: _, createdAt: __, updatedAt: ___, revision: ____, ...fields } = seen;
    const moved = { ...fields, encryptedKey: foreign.encryptedKey };
    await providerConfigs.saveProviderConfig(owner, moved, seen);
    const asked = server.requests.length;
    expect(await open.test(owner, one.name)).toMatchObject({
      ok: false,
      message: expect.stringContaining('has to enter it again'),
    });
    expect(server.requests).toHaveLength(asked);
  });

  describe('when it is changed', () => {
    it('keeps the key that is not given again', async () => {
      const { name, revision } = await connect();
      const { apiKey: _, ...rest } = vllm();
      const outcome = await open.save(owner, name, { ...rest, model: 'gpt-small' }, revision);
      expect(outcome).toMatchObject({
        kind: 'saved',
        config: { model: 'gpt-small', keyEnding: 'cdef', revision: 2 },
      });
      expect(await storedKeyOf(name)).toBe(apiKey);
    });

    it.each([
      ['address', { baseUrl: 'https://elsewhere.example/v1' }],
      ['vendor', { kind: 'openai' }],
    ])('sends no stored key to another %s', async (_, change) => {
      const { name, revision } = await connect();
      const { apiKey: __, ...rest } = vllm();
      const saving = open.save(owner, name, { ...rest, ...change }, revision);
      expect(await problemsOf(saving)).toEqual([
        'apiKey has to be entered again: it would go to another server',
      ]);
      const entered = { ...rest, ...change, apiKey: 'sk-another-key-9876' };
      expect((await open.save(owner, name, entered, revision)).kind).toBe('saved');
      expect(await storedKeyOf(name)).toBe('sk-another-key-9876');
    });

    it('removes a key where the server needs none', async () => {
      const { name, revision } = await connect();
      const outcome = await open.save(owner, name, { ...vllm(), apiKey: null }, revision);
      expect(outcome.kind === 'saved' && outcome.config).not.toHaveProperty('keyEnding');
      expect(await storedKeyOf(name)).toBeUndefined();
    });

    it('changes and removes only what was seen', async () => {
      const { name } = await connect();
      expect((await open.save(owner, name, vllm())).kind).toBe('outdated');
      expect((await open.save(owner, name, vllm(), 1)).kind).toBe('saved');
      const late = await open.save(owner, name, vllm(), 1);
      expect(late).toMatchObject({ kind: 'outdated', config: { revision: 2 } });
      expect(JSON.stringify(late)).not.toContain('encryptedKey');
      expect(await open.remove(owner, name, 1)).toMatchObject({ kind: 'outdated' });
      expect(await open.remove(owner, name, 2)).toEqual({ kind: 'deleted' });
      expect(await open.remove(owner, name, 2)).toEqual({ kind: 'missing' });
      expect(await open.save(owner, name, vllm(), 2)).toEqual({ kind: 'missing' });
      expect(await open.get(owner, name)).toBeUndefined();
      expect(await open.test(owner, name)).toBeUndefined();
      expect(await open.listModels(owner, name)).toBeUndefined();
    });
  });

  describe('refuses', () => {
    it.each<[string, object, string]>([
      ['an unknown kind', { kind: 'bedrock', apiKey }, 'kind must be '],
      ['a vendor without a key', { kind: 'anthropic' }, 'apiKey is missing'],
      ['a server without an address', { kind: 'openai-compatible' }, 'baseUrl is missing'],
      ['Ollama without an address', { kind: 'ollama' }, 'baseUrl is missing'],
      [
        'a key for Ollama',
        { kind: 'ollama', baseUrl: 'https://ollama.example', apiKey },
        'apiKey is not for this kind',
      ],
      ['a key with a line break', { kind: 'openai', apiKey: 'sk-1\r\nx: y' }, 'apiKey must be'],
      ['an unknown field', { kind: 'openai', apiKey, fetch: 1 }, 'Unrecognized key'],
      ...[
        'file:///etc/passwd',
        'ftp://models.example',
        'https://ana:secret@models.example',
        'https://models.example/v1?key=1',
        'https://models.example/#v1',
        'models.example',
        '',
      ].map((baseUrl): [string, object, string] => [
        `the address ${JSON.stringify(baseUrl)}`,
        { kind: 'openai', apiKey, baseUrl },
        'baseUrl must be an http:// or https:// address',
      ]),
    ])('%s', async (_, input, problem) => {
      const problems = await problemsOf(open.save(owner, 'own', input));
      expect(problems.join('; ')).toContain(problem);
      expect(problems.join('; ')).not.toMatch(/0123456789|secret/);
    });

    it.each(['', 'Own', 'a b', 'a#b', '-own', 'default', 'offline', 'x'.repeat(64)])(
      'the name %j',
      async (name) => {
        expect((await problemsOf(open.save(owner, name, vllm())))[0]).toMatch(/^name /);
      },
    );

    it('every problem at once', async () => {
      expect(await problemsOf(open.save(owner, 'A', { kind: 'nothing' }))).toHaveLength(2);
    });

    it('more than it can keep in view', async () => {
      const crowded: ConfigOwner = { platform: 'slack', workspaceId: 'T-crowded' };
      for (let n = 0; n < MAX_CONFIGS; n += 1) await open.save(crowded, `own-${n}`, vllm());
      const problems = await problemsOf(open.save(crowded, 'one-more', vllm()));
      expect(problems).toEqual([`there are ${MAX_CONFIGS} already: remove one first`]);
      expect((await open.save(crowded, 'own-1', vllm())).kind).toBe('outdated');
    });
  });

  it('writes an address without a slash at its end', async () => {
    const saved = await connect({ ...vllm(), baseUrl: 'HTTPS://Models.example/v1/' });
    expect(saved.baseUrl).toBe('https://models.example/v1');
  });

  it('stores nothing for a user who does not exist', async () => {
    expect(await open.save({ userId: 'nobody' }, 'own', vllm())).toEqual({ kind: 'missing' });
  });
});
