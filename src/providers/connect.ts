/** One provider made ready: its SDK is loaded here, and only if it is needed. */
import { ChatError } from '../core/errors.ts';
import { mayPass } from '../core/persistence.ts';
import type { Provider, ProviderChoice, ProviderModel } from '../core/provider.ts';
import { PROVIDER_KINDS } from '../core/stored-config.ts';
import type { Fetch } from './exchange.ts';

export const KINDS = ['offline', ...PROVIDER_KINDS] as const;
export type ProviderKind = (typeof KINDS)[number];

export interface Connection {
  kind: ProviderKind;
  /** What people call it. */
  name: string;
  apiKey?: string;
  baseUrl?: string;
  model?: string;
  fetch?: Fetch;
}

/** For whoever names none: middle-sized models that the SDKs of these versions list. Ollama has what was pulled. */
export const DEFAULT_MODELS: Partial<Record<ProviderKind, string>> = {
  offline: 'rules',
  openai: 'gpt-5.4-mini',
  anthropic: 'claude-sonnet-5-5',
  google: 'gemini-3.8-flash',
};
/** Asking what a model takes must not hold a turn up for longer, in milliseconds. */
const LISTING_MS = 2_000;

export interface Connected {
  choice: ProviderChoice;
  /** The vendor could not say how much the model takes, which may pass: connect again next time. */
  unsettled: boolean;
}

/** What the operator says of how much a model takes, in tokens. */
export type SizeOf = (name: string, model: string) => number | undefined;

/** Throws `ChatError` when something is missing that only a person can give. */
export async function connect(connection: Connection, sizeOf: SizeOf): Promise<Connected> {
  const { kind, name } = connection;
  const model = connection.model ?? DEFAULT_MODELS[kind];
  if (!model)
    throw new ChatError(
      `The provider "${name}" needs a model: \`provider ${name} MODEL\` chooses one.`,
    );
  const given = sizeOf(name, model);
  const provider = await createProvider(connection, given);
  if (kind === 'offline') {
    const able = { contextTokens: OFFLINE_TOKENS, summarises: false, seesImages: false } as const;
    const choice = { provider, model, ...able };
    return { choice, unsettled: false };
  }
  const { models, unsettled } = await list(provider);
  const known = models.find(({ id }) => id === model);
  // Ollama was told what was given, and takes no more than its model can.
  const listed = known?.contextTokens;
  const contextTokens = kind === 'ollama' ? (listed ?? given) : (given ?? listed);
  const choice = {
    provider,
    model,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(known?.seesImages !== undefined && { seesImages: known.seesImages }),
  };
  return { choice, unsettled };
}

/** Rules read any length. */
const OFFLINE_TOKENS = 2_000_000;

/** The SDK of this kind, ready to be asked; `contextTokens` where more or less than usual is to be used. */
export async function createProvider(
  { kind, name, apiKey = '', baseUrl, fetch }: Connection,
  contextTokens?: number,
): Promise<Provider> {
  const address = { ...(baseUrl && { baseUrl }), ...(fetch && { fetch }) };
  switch (kind) {
    case 'openai':
      return (await import('./openai.ts')).createOpenAiProvider({ name, apiKey, ...address });
    case 'openai-compatible': {
      const { createOpenAiProvider } = await import('./openai.ts');
      return createOpenAiProvider({ name, apiKey, api: 'chat', ...address });
    }
    case 'anthropic':
      return (await import('./anthropic.ts')).createAnthropicProvider({ name, apiKey, ...address });
    case 'google':
      return (await import('./google.ts')).createGoogleProvider({ name, apiKey, ...address });
    case 'ollama': {
      const { createOllamaProvider } = await import('./ollama.ts');
      return createOllamaProvider({ name, ...address, ...(contextTokens && { contextTokens }) });
    }
    default:
      return (await import('./offline.ts')).createOfflineProvider();
  }
}

/** The vendor's own figures where it lists them; one that does not answer in time is not asked again. */
async function list(provider: Provider): Promise<{ models: ProviderModel[]; unsettled: boolean }> {
  const nothing = { models: [], unsettled: false };
  const late = new Promise<typeof nothing>((resolve) =>
    setTimeout(resolve, LISTING_MS, nothing).unref(),
  );
  const listed = provider.listModels().then(
    (models) => ({ models, unsettled: false }),
    (error: unknown) => ({ models: [], unsettled: mayPass(error) }),
  );
  return Promise.race([listed, late]);
}
