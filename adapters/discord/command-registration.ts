/** Registers the commands with Discord: only what differs, so that nothing flickers and no quota is used. */
import {
  type APIApplicationCommand,
  type REST,
  type RESTPostAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import { COMMANDS } from './commands.ts';

export interface Registration {
  /** A line for each command that would be added, changed or removed. */
  changes: string[];
  /** Replaces all of them. */
  apply(): Promise<void>;
}

export interface RegistrationOptions {
  rest: REST;
  applicationId: string;
  /** One server only, where they appear at once; absent: everywhere. */
  guildId?: string | undefined;
}

/** Compares what is registered with what should be. */
export async function planRegistration(options: RegistrationOptions): Promise<Registration> {
  const { rest, applicationId, guildId } = options;
  const route = guildId
    ? Routes.applicationGuildCommands(applicationId, guildId)
    : Routes.applicationCommands(applicationId);
  const registered = (await rest.get(route)) as APIApplicationCommand[];
  return {
    changes: compare(registered, COMMANDS),
    apply: async () => void (await rest.put(route, { body: COMMANDS })),
  };
}

function compare(
  registered: APIApplicationCommand[],
  wanted: RESTPostAPIApplicationCommandsJSONBody[],
): string[] {
  const nameOf = ({ type = 1, name }: { type?: number; name: string }) =>
    type === 1 ? `/${name}` : `"${name}" in the menu of messages`;
  const known = new Map(registered.map((one) => [nameOf(one), shapeOf(one)]));
  const added = wanted.flatMap((one) => {
    const before = known.get(nameOf(one));
    if (before === shapeOf(one)) return [];
    return `${before === undefined ? 'add' : 'change'} ${nameOf(one)}`;
  });
  const names = new Set(wanted.map(nameOf));
  const removed = [...known.keys()].filter((name) => !names.has(name));
  return [...added, ...removed.map((name) => `remove ${name}`)];
}

/** What of a command is ours to say; Discord adds the rest. */
const OURS = [
  ...['type', 'name', 'description', 'options', 'required', 'autocomplete', 'choices', 'value'],
  ...['min_length', 'max_length', 'min_value', 'max_value', 'contexts', 'integration_types'],
];

function shapeOf(command: object): string {
  return JSON.stringify(command, (_, value: unknown) => {
    if (Array.isArray(value)) return value.length > 0 ? value : undefined;
    // Absent is the same as no, nothing and the empty word.
    if (value === false || value === '' || value === null) return undefined;
    if (typeof value !== 'object') return value;
    const entries = Object.entries(value as object).filter(([name]) => OURS.includes(name));
    return Object.fromEntries(entries.sort(byName));
  });
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1);
