/**
 * AI vendors that people connect: what they enter is checked and its key encrypted before it is
 * stored. A key is never read back; people see its last four characters.
 */
import { z } from 'zod';
import { type Connections, createConnections, problemsOfName } from './connections.ts';
import { ChatError, InvalidInputError } from './errors.ts';
import type { ConnectionCheck, Provider, ProviderModel } from './provider.ts';
import type { Repositories } from './repositories.ts';
import {
  baseUrlSchema,
  type ConfigFields,
  type ConfigOwner,
  endingOf,
  PROVIDER_KINDS,
  type ProviderConfig,
  secretPurpose,
} from './stored-config.ts';
import { describeProblems } from './ticket-fields.ts';

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

/** `undefined` where there is no such config. */
export interface ProviderConnections extends Connections<ProviderConnection> {
  /** Asks the vendor: one sentence either way. */
  test(owner: ConfigOwner, name: string): Promise<ConnectionCheck | undefined>;
  /** Rejects with `ProviderError`, or with `ChatError` when it cannot be asked at all. */
  listModels(owner: ConfigOwner, name: string): Promise<ProviderModel[] | undefined>;
}

export function createProviderConnections(
  options: ProviderConnectionsOptions,
): ProviderConnections {
  const { providerConfigs, open } = options;
  const connections = createConnections<ProviderConfig, ProviderInput, ProviderConnection>({
    subject: 'provider',
    store: {
      get: (owner, name) => providerConfigs.getProviderConfig(owner, name),
      list: (owner) => providerConfigs.listProviderConfigs(owner),
      save: (owner, fields, seen) => providerConfigs.saveProviderConfig(owner, fields, seen),
      remove: (seen) => providerConfigs.deleteProviderConfig(seen),
    },
    parse: (_, name, given) => parse(name, given),
    async toFields(place, input, seen) {
      return toFields(place.name, input, await toKey(options, place, input, seen));
    },
    toShown: toConnection,
  });

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
    ...connections,
    test,
    async listModels(owner, name) {
      const config = await providerConfigs.getProviderConfig(owner, name);
      return config && (await open(config)).listModels();
    },
  };
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
  const parsed = providerInputSchema.safeParse(given);
  const problems = problemsOfName(name);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw invalid([...problems, ...(parsed.error ? describeProblems(parsed.error) : [])]);
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
