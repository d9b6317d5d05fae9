/** Which provider answers: by the settings, from what the environment and people themselves connect. */
import type { ChooseProvider } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import type { Provider, ProviderChoice } from '../core/provider.ts';
import type { ProviderConfig } from '../core/stored-config.ts';
import {
  type Connected,
  connect,
  createProvider,
  DEFAULT_MODELS,
  KINDS,
  type ProviderKind,
  type SizeOf,
} from './connect.ts';
import { detectOllama, OLLAMA_URL } from './ollama-detection.ts';
import { type StoredAccess, toConnection } from './stored.ts';

/** What the environment says of one vendor. */
export interface VendorSettings {
  apiKey?: string;
  baseUrl?: string;
  model?: string;
}

export interface ProvidersOptions extends Partial<Record<ProviderKind, VendorSettings>> {
  /** Named by the environment, or the first vendor that it has a key for; `offline` when there is none. */
  default: string;
  /** The environment named it: nothing else is looked for. */
  isExplicit: boolean;
  /** Asked when the first one fails for a reason of its own. */
  fallback?: string;
  /** How much models take, by model or `provider:model`, before what their vendor says. */
  contextTokens?: Record<string, number>;
}

export interface Providers {
  choose: ChooseProvider;
  /** A config that people entered, to be tested or asked for its models: it needs no model yet. */
  open(config: ProviderConfig): Promise<Provider>;
  /** What the environment connects; the offline drafter is always there. */
  names: string[];
  /** Which one answers unless a person chose otherwise, why, and how to change it. */
  describe(chosen: string | undefined): string;
}

/** Configs made into providers that are kept. */
const MAX_KEPT = 1_000;

/** Looks for a running Ollama first, where nothing else is set. Without `access`, what people connected is out of reach. */
export async function createProviders(
  given: ProvidersOptions,
  access?: StoredAccess,
): Promise<Providers> {
  const options = await withOllama(given);
  const remember = createMemory();
  const sizeOf: SizeOf = (name, model) =>
    options.contextTokens?.[`${name}:${model}`] ?? options.contextTokens?.[model];

  function fromEnvironment(name: string, model: string | undefined): Promise<ProviderChoice> {
    const kind = KINDS.find((known) => known === name);
    const settings = kind && options[kind];
    if (!kind || (kind !== 'offline' && !settings)) {
      throw new ChatError(
        `The provider "${name}" is not connected here, or not any more. Choose another: \`provider\` shows what there is, or ask who runs the bot.`,
      );
    }
    const connection = { ...settings, kind, name, ...(model && { model }) };
    return remember(JSON.stringify([name, connection.model]), () => connect(connection, sizeOf));
  }

  /** A changed config is another one; one that was made anew may have the same revision. */
  function fromConfig(config: ProviderConfig, model: string | undefined): Promise<ProviderChoice> {
    const { owner, name, revision, updatedAt } = config;
    const key = JSON.stringify([owner, name, revision, updatedAt, model]);
    return remember(key, async () => {
      const connection = await toConnection(config, access);
      return connect({ ...connection, ...(model && { model }) }, sizeOf);
    });
  }

  async function choose({ provider, model, providerConfig }: Parameters<ChooseProvider>[0]) {
    const name = provider ?? options.default;
    const first = await (providerConfig
      ? fromConfig(providerConfig, model)
      : fromEnvironment(name, model));
    const { fallback } = options;
    if (!fallback || (fallback === name && !providerConfig)) return [first] as [ProviderChoice];
    const second =
      fallback === 'offline' ? await fromEnvironment(fallback, undefined) : connectLater(fallback);
    return [first, second] as [ProviderChoice, ProviderChoice];
  }

  /** A fallback is seldom needed: neither its SDK nor its server is asked for before. */
  function connectLater(name: string): ProviderChoice {
    const kind = KINDS.find((known) => known === name) ?? 'offline';
    const model = options[kind]?.model ?? DEFAULT_MODELS[kind] ?? '';
    const reach = async () => (await fromEnvironment(name, undefined)).provider;
    const provider: Provider = {
      name,
      async *stream(request, signal) {
        yield* (await reach()).stream(request, signal);
      },
      listModels: async () => (await reach()).listModels(),
      testConnection: async () => (await reach()).testConnection(),
    };
    const contextTokens = sizeOf(name, model);
    return { provider, model, ...(contextTokens && { contextTokens }) };
  }

  return {
    choose,
    open: async (config) => createProvider(await toConnection(config, access)),
    names: namesOf(options),
    describe: (chosen) => describeChoice(options, chosen),
  };
}

/** Each connection is made once; one that failed, or could not learn its model's size, is made again. */
function createMemory() {
  const made = new Map<string, Promise<Connected>>();

  return async function remember(
    key: string,
    make: () => Promise<Connected>,
  ): Promise<ProviderChoice> {
    const known = made.get(key) ?? make();
    made.delete(key);
    made.set(key, known);
    const forget = () => made.get(key) === known && made.delete(key);
    known.then(({ unsettled }) => unsettled && forget(), forget);
    const oldest = made.keys().next().value;
    if (made.size > MAX_KEPT && oldest !== undefined) made.delete(oldest);
    return (await known).choice;
  };
}

function namesOf(options: ProvidersOptions): string[] {
  return KINDS.filter((kind) => kind === 'offline' || options[kind]);
}

/** Milliseconds to wait for an Ollama that may not be there. */
const DETECTION_MS = 300;

async function withOllama(options: ProvidersOptions): Promise<ProvidersOptions> {
  if (options.isExplicit || options.default !== 'offline') return options;
  const baseUrl = options.ollama?.baseUrl ?? OLLAMA_URL;
  const [model] = (await detectOllama(baseUrl, DETECTION_MS)) ?? [];
  if (!model) return options;
  return { ...options, default: 'ollama', ollama: { baseUrl, model } };
}

const HOW_TO_CHANGE =
  'set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or run Ollama, for a model';

function describeChoice(options: ProvidersOptions, chosen: string | undefined): string {
  const name = chosen ?? options.default;
  const model = KINDS.some((kind) => kind === name) && options[name as ProviderKind]?.model;
  const found = name === 'ollama' ? 'found running' : 'the first with a key';
  const why = chosen || options.isExplicit ? 'as asked for' : found;
  if (name !== 'offline') return `${name}${model ? `, ${model}` : ''}; ${why}`;
  return `the offline drafter: rules, no model; ${chosen || options.isExplicit ? why : HOW_TO_CHANGE}`;
}
