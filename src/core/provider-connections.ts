/**
 * AI vendors that people connect: what they enter is checked and its key encrypted before it is
 * stored. A key is never read back; people see its last four characters.
 */
import { z } from 'zod';
import { ChatError, InvalidInputError } from './errors.ts';
import type { ConnectionCheck, Provider, ProviderModel } from './provider.ts';
import type { Repositories } from './repositories.ts';
import {
  baseUrlSchema,
  type ConfigFields,
  type ConfigOwner,
  configNameSchema,
  type DeleteConfigOutcome,
  endingOf,
  MAX_CONFIGS,
  PROVIDER_KINDS,
  type ProviderConfig,
  type SaveConfigOutcome,
  secretPurpose,
} from './stored-config.ts';
import { describeProblems } from './ticket.ts';

const NEEDS_KEY = ['openai', 'anthropic', 'google'];
const NEEDS_ADDRESS = ['openai-compatible', 'ollama'];
const TAKES_NO_KEY = ['ollama'];

/** What people enter. Without `apiKey` the stored key stays; `null` removes it. */
export const providerInputSchema = z
  .strictObject({
    kind: z.enum(PROVIDER_KINDS),
    model: z.string().trim().min(1).max(200).optional(),
    baseUrl: baseUrlSchema.optional(),
    apiKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,4000}$/, 'must be letters, digits and signs, without spaces')
      .nullable()
      .optional(),
  })
  .refine(({ kind, baseUrl }) => baseUrl !== undefined || !NEEDS_ADDRESS.includes(kind), {
    path: ['baseUrl'],
    error: 'is missing: this kind of server has no address of its own',
  })
  .refine(({ kind, apiKey }) => apiKey == null || !TAKES_NO_KEY.includes(kind), {
    path: ['apiKey'],
    error: 'is not for this kind of server, which takes none',
  });

export type ProviderInput = z.infer<typeof providerInputSchema>;

/** What may be read of a stored config. */
export type ProviderConnection = Omit<ProviderConfig, 'encryptedKey'>;

export interface ProviderConnectionsOptions {
  providerConfigs: Repositories['providerConfigs'];
  /** The ciphertext opens for this purpose only. */
  encrypt(plaintext: string, purpose: string): Promise<string>;
  /** Rejects with `ChatError` for a config that cannot be used. */
  open(config: ProviderConfig): Promise<Provider>;
}

/** `undefined`, or `missing`, where there is no such config or owner. */
export interface ProviderConnections {
  /** By name; an owner has at most 50. */
  list(owner: ConfigOwner): Promise<ProviderConnection[]>;
  get(owner: ConfigOwner, name: string): Promise<ProviderConnection | undefined>;
  /** A new one without `seen`, else over that revision. Rejects with `InvalidInputError` that names every problem. */
  save(
    owner: ConfigOwner,
    name: string,
    input: unknown,
    seen?: number,
  ): Promise<SaveConfigOutcome<ProviderConnection>>;
  remove(
    owner: ConfigOwner,
    name: string,
    seen: number,
  ): Promise<DeleteConfigOutcome<ProviderConnection>>;
  /** Asks the vendor: one sentence either way. */
  test(owner: ConfigOwner, name: string): Promise<ConnectionCheck | undefined>;
  /** Rejects with `ProviderError`, or with `ChatError` when it cannot be asked at all. */
  listModels(owner: ConfigOwner, name: string): Promise<ProviderModel[] | undefined>;
}

export function createProviderConnections(
  options: ProviderConnectionsOptions,
): ProviderConnections {
  const { providerConfigs, open } = options;

  async function save(owner: ConfigOwner, name: string, given: unknown, revision?: number) {
    const input = parse(name, given);
    const before = revision === undefined ? undefined : await find(options, owner, name, revision);
    if (before && before.kind !== 'found') return before;
    if (!before) await checkRoom(options, owner, name);
    const key = await toKey(options, { owner, name }, input, before?.config);
    const fields = toFields(name, input, key);
    const outcome = await providerConfigs.saveProviderConfig(owner, fields, before?.config);
    if (outcome.kind === 'missing') return outcome;
    return { ...outcome, config: toConnection(outcome.config) };
  }

  async function remove(owner: ConfigOwner, name: string, revision: number) {
    const before = await find(options, owner, name, revision);
    if (before.kind !== 'found') return before;
    const outcome = await providerConfigs.deleteProviderConfig(before.config);
    if (outcome.kind !== 'outdated') return outcome;
    return { ...outcome, config: toConnection(outcome.config) };
  }

  async function test(owner: ConfigOwner, name: string): Promise<ConnectionCheck | undefined> {
    const config = await providerConfigs.getProviderConfig(owner, name);
    if (!config) return undefined;
    try {
      return await (await open(config)).testConnection();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return { ok: false, message: error.message };
    }
  }

  return {
    list: async (owner) => (await providerConfigs.listProviderConfigs(owner)).map(toConnection),
    async get(owner, name) {
      const config = await providerConfigs.getProviderConfig(owner, name);
      return config && toConnection(config);
    },
    save,
    remove,
    test,
    async listModels(owner, name) {
      const config = await providerConfigs.getProviderConfig(owner, name);
      return config && (await open(config)).listModels();
    },
  };
}

async function find(
  { providerConfigs }: ProviderConnectionsOptions,
  owner: ConfigOwner,
  name: string,
  revision: number,
) {
  const config = await providerConfigs.getProviderConfig(owner, name);
  if (!config) return { kind: 'missing' as const };
  if (config.revision === revision) return { kind: 'found' as const, config };
  return { kind: 'outdated' as const, config: toConnection(config) };
}

async function checkRoom(
  { providerConfigs }: ProviderConnectionsOptions,
  owner: ConfigOwner,
  name: string,
): Promise<void> {
  const stored = await providerConfigs.listProviderConfigs(owner);
  if (stored.length < MAX_CONFIGS || stored.some((config) => config.name === name)) return;
  throw invalid([`there are ${MAX_CONFIGS} already: remove one first`]);
}

/** A key goes only where it was entered for: with another vendor or address it has to be entered again. */
async function toKey(
  { encrypt }: ProviderConnectionsOptions,
  place: { owner: ConfigOwner; name: string },
  { kind, baseUrl, apiKey }: ProviderInput,
  seen: ProviderConfig | undefined,
): Promise<Pick<ProviderConfig, 'encryptedKey' | 'keyEnding'>> {
  if (apiKey) {
    const encryptedKey = await encrypt(apiKey, secretPurpose('provider', place));
    return { encryptedKey, keyEnding: endingOf(apiKey) };
  }
  const kept = apiKey === null ? undefined : seen?.encryptedKey;
  if (!kept && NEEDS_KEY.includes(kind)) throw invalid(['apiKey is missing']);
  if (!kept) return {};
  const moves = kind !== seen?.kind || baseUrl !== seen?.baseUrl;
  if (moves) throw invalid(['apiKey has to be entered again: it would go to another server']);
  return { encryptedKey: kept, ...(seen?.keyEnding && { keyEnding: seen.keyEnding }) };
}

function parse(name: string, given: unknown): ProviderInput {
  const named = configNameSchema.safeParse(name);
  const parsed = providerInputSchema.safeParse(given);
  if (named.success && parsed.success) return parsed.data;
  throw invalid([
    ...(named.error ? named.error.issues.map(({ message }) => `name ${message}`) : []),
    ...(parsed.error ? describeProblems(parsed.error) : []),
  ]);
}

function invalid(problems: string[]): InvalidInputError {
  return new InvalidInputError('provider', problems);
}

function toFields(
  name: string,
  { kind, model, baseUrl }: ProviderInput,
  key: Pick<ProviderConfig, 'encryptedKey' | 'keyEnding'>,
): ConfigFields<ProviderConfig> {
  return { name, kind, ...(model && { model }), ...(baseUrl && { baseUrl }), ...key };
}

function toConnection({ encryptedKey: _, ...rest }: ProviderConfig): ProviderConnection {
  return rest;
}
