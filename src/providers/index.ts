/** Which provider answers: by the settings, from what the environment connects. */
import type { ChooseProvider } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import type { ProviderChoice } from '../core/provider.ts';
import { connect, KINDS, type ProviderKind } from './connect.ts';

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

export function createProviders(options: ProvidersOptions): Providers {
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

const HOW_TO_CHANGE = 'set OPENAI_API_KEY or ANTHROPIC_API_KEY for a model';

function describeChoice(options: ProvidersOptions, chosen: string | undefined): string {
  const name = chosen ?? options.default;
  const model = KINDS.some((kind) => kind === name) && options[name as ProviderKind]?.model;
  const why = chosen || options.isExplicit ? 'as asked for' : 'the first with a key';
  if (name !== 'offline') return `${name}${model ? `, ${model}` : ''}; ${why}`;
  return `the offline drafter: rules, no model; ${chosen || options.isExplicit ? why : HOW_TO_CHANGE}`;
}
