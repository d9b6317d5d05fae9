/** Which provider answers: by the settings, from what the environment connects. */
import type { ChooseProvider } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import type { ProviderChoice } from '../core/provider.ts';
import { connect, KINDS, type ProviderKind } from './connect.ts';
import { detectOllama, OLLAMA_URL } from './ollama-detection.ts';

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
}

export interface Providers {
  choose: ChooseProvider;
  /** Which one answers unless a person chose otherwise, why, and how to change it. */
  describe(chosen: string | undefined): string;
}

/** Configs made into providers that are kept. */
const MAX_KEPT = 1_000;

/** Looks for a running Ollama first, where nothing else is set. */
export async function createProviders(given: ProvidersOptions): Promise<Providers> {
  const options = await withOllama(given);
  const made = new Map<string, Promise<ProviderChoice>>();

  function remember(key: string, make: () => Promise<ProviderChoice>): Promise<ProviderChoice> {
    const known = made.get(key) ?? make();
    made.delete(key);
    made.set(key, known);
    known.catch(() => made.delete(key));
    const oldest = made.keys().next().value;
    if (made.size > MAX_KEPT && oldest !== undefined) made.delete(oldest);
    return known;
  }

  function fromEnvironment(name: string, model: string | undefined): Promise<ProviderChoice> {
    const kind = KINDS.find((known) => known === name);
    const settings = kind && options[kind];
    if (!kind || (kind !== 'offline' && !settings)) {
      throw new ChatError(
        `The provider "${name}" is not set up here. Choose another, or ask who runs the bot.`,
      );
    }
    const connection = { ...settings, kind, name, ...(model && { model }) };
    return remember(`${name} ${connection.model}`, () => connect(connection));
  }

  async function choose(settings: Parameters<ChooseProvider>[0]) {
    const { provider = options.default, model } = settings;
    const first = await fromEnvironment(provider, model);
    const { fallback } = options;
    if (!fallback || fallback === provider) return [first] as [ProviderChoice];
    const second = await fromEnvironment(fallback, undefined);
    return [first, second] as [ProviderChoice, ProviderChoice];
  }

  return { choose, describe: (chosen) => describeChoice(options, chosen) };
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
