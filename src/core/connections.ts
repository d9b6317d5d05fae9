/**
 * What people connect, as they may see it: saved over the revision they saw, never with its secret.
 * The same for AI vendors and trackers.
 */
import { InvalidInputError } from './errors.ts';
import {
  type ConfigFields,
  type ConfigOwner,
  configNameSchema,
  type DeleteConfigOutcome,
  MAX_CONFIGS,
  type ProviderConfig,
  type SaveConfigOutcome,
  type TrackerConfig,
} from './stored-config.ts';

type AnyConfig = ProviderConfig | TrackerConfig;

/** Where the configs of one sort are kept. */
export interface ConfigStore<Config extends AnyConfig> {
  get(owner: ConfigOwner, name: string): Promise<Config | undefined>;
  list(owner: ConfigOwner): Promise<Config[]>;
  save(
    owner: ConfigOwner,
    fields: ConfigFields<Config>,
    seen?: Config,
  ): Promise<SaveConfigOutcome<Config>>;
  remove(seen: Config): Promise<DeleteConfigOutcome<Config>>;
}

/** `undefined`, or `missing`, where there is no such config or owner. */
export interface Connections<Shown> {
  /** By name; an owner has at most 50. */
  list(owner: ConfigOwner): Promise<Shown[]>;
  get(owner: ConfigOwner, name: string): Promise<Shown | undefined>;
  /** A new one without `seen`, else over that revision. Rejects with `InvalidInputError` that names every problem. */
  save(
    owner: ConfigOwner,
    name: string,
    input: unknown,
    seen?: number,
  ): Promise<SaveConfigOutcome<Shown>>;
  remove(owner: ConfigOwner, name: string, seen: number): Promise<DeleteConfigOutcome<Shown>>;
}

export interface ConnectionsOptions<Config extends AnyConfig, Input, Shown> {
  /** What it is, for messages: `provider`. */
  subject: string;
  store: ConfigStore<Config>;
  /** Throws `InvalidInputError`. */
  parse(owner: ConfigOwner, name: string, input: unknown): Input;
  /** What is to be stored; `seen` is what was there. */
  toFields(
    place: { owner: ConfigOwner; name: string },
    input: Input,
    seen: Config | undefined,
  ): Promise<ConfigFields<Config>>;
  /** Leaves the secret out. */
  toShown(config: Config): Shown;
}

export function createConnections<Config extends AnyConfig, Input, Shown>(
  options: ConnectionsOptions<Config, Input, Shown>,
): Connections<Shown> {
  const { store, parse, toFields, toShown } = options;

  async function find(owner: ConfigOwner, name: string, revision: number) {
    const config = await store.get(owner, name);
    if (!config) return { kind: 'missing' as const };
    if (config.revision === revision) return { kind: 'found' as const, config };
    return { kind: 'outdated' as const, config: toShown(config) };
  }

  async function checkRoom(owner: ConfigOwner, name: string): Promise<void> {
    const stored = await store.list(owner);
    if (stored.length < MAX_CONFIGS || stored.some((config) => config.name === name)) return;
    throw new InvalidInputError(options.subject, [
      `there are ${MAX_CONFIGS} already: remove one first`,
    ]);
  }

  async function save(owner: ConfigOwner, name: string, given: unknown, revision?: number) {
    const input = parse(owner, name, given);
    const before = revision === undefined ? undefined : await find(owner, name, revision);
    if (before && before.kind !== 'found') return before;
    if (!before) await checkRoom(owner, name);
    const fields = await toFields({ owner, name }, input, before?.config);
    const outcome = await store.save(owner, fields, before?.config);
    if (outcome.kind === 'missing') return outcome;
    return { ...outcome, config: toShown(outcome.config) };
  }

  async function remove(owner: ConfigOwner, name: string, revision: number) {
    const before = await find(owner, name, revision);
    if (before.kind !== 'found') return before;
    const outcome = await store.remove(before.config);
    if (outcome.kind !== 'outdated') return outcome;
    return { ...outcome, config: toShown(outcome.config) };
  }

  return {
    list: async (owner) => (await store.list(owner)).map(toShown),
    async get(owner, name) {
      const config = await store.get(owner, name);
      return config && toShown(config);
    },
    save,
    remove,
  };
}

/** What is wrong with a name, as sentences that begin with it. */
export function problemsOfName(name: string): string[] {
  const named = configNameSchema.safeParse(name);
  return named.success ? [] : named.error.issues.map(({ message }) => `name ${message}`);
}
