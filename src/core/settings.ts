/**
 * Settings and whose apply. Project: conversation, channel, user, workspace, environment, in this
 * order. Provider, language and mode: conversation, user, channel, workspace, environment.
 * Approvers, allow-list, answering and spending caps: channel, workspace, environment only.
 */
import { z } from 'zod';
import { capsOf, type SpendCap } from './spend-cap.ts';

export const MODES = ['assistant', 'ticket'] as const;
export type Mode = (typeof MODES)[number];

/** `tracker:project`: `github:owner/repo`, `gitlab:group/project`, `local:name`. */
export const projectRefSchema = z
  .string()
  .regex(
    /^(github|gitlab|local):[^\s:#]+$/,
    'must look like github:owner/repo, gitlab:group/project or local:name',
  );

const approversSchema = z.union([
  z.enum(['anyone', 'members', 'requester']),
  z.strictObject({ people: z.array(z.string()).max(200) }),
]);

const wordSchema = z.string().trim().min(1).max(100);

/** Tickets that have the keyword, or the label, go to this project. */
const routeSchema = z
  .strictObject({
    keyword: wordSchema.optional(),
    label: wordSchema.optional(),
    project: projectRefSchema,
  })
  .refine(({ keyword, label }) => (keyword === undefined) !== (label === undefined), {
    error: 'needs either a keyword or a label',
  });

/** US dollars. */
export const dollarsSchema = z.number().nonnegative().max(1_000_000_000);

/** Every setting, all optional: what is absent is decided by the next one in order. */
export const settingsSchema = z.strictObject({
  mode: z.enum(MODES).optional(),
  language: z.string().max(40).optional(),
  provider: z.string().max(100).optional(),
  model: z.string().max(200).optional(),
  project: projectRefSchema.optional(),
  /** In a bound thread: answer every message, or only those that address the bot. */
  answer: z.enum(['every', 'mentions']).optional(),
  /** Every new message of the channel begins a conversation, whether it addresses the bot or not. */
  intake: z.boolean().optional(),
  /** The emoji, by its name, that begins one from the message it is put on; `none` for no emoji. */
  reaction: z
    .string()
    .regex(/^[a-z0-9_+'-]{1,100}$/, 'must be the name of an emoji, without colons')
    .optional(),
  /** Who may approve: everybody, members (not guests), the one who asked, or named identities and groups. */
  approvers: approversSchema.optional(),
  /** Who may change a channel's settings; admins always may. Default: members. */
  configurers: approversSchema.optional(),
  /** Projects that may be filed to and read; `*` at the end matches any rest. */
  allowedProjects: z.array(z.string().max(300)).max(200).optional(),
  /** What people say in a thread about a filed or linked issue is added there as comments. */
  replyComments: z.boolean().optional(),
  /** Where tickets go by keyword or label, before the default: the first that fits counts. */
  routes: z.array(routeSchema).max(50).optional(),
  /** Whether issues say what drafted them. Default: they do. */
  issueNotice: z.boolean().optional(),
  /** A person's own provider may answer in shared threads. */
  allowPersonalProviders: z.boolean().optional(),
  /** What this channel or workspace may cost in a day and in a month, in US dollars. */
  spendCapDaily: dollarsSchema.optional(),
  spendCapMonthly: dollarsSchema.optional(),
});

export type Settings = z.infer<typeof settingsSchema>;
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as (keyof Settings)[];

/** What only a place decides: a person's own settings do not say it. */
export const OF_PLACES = [
  'answer',
  'intake',
  'reaction',
  'approvers',
  'configurers',
  'allowedProjects',
  'routes',
  'issueNotice',
  'allowPersonalProviders',
  'replyComments',
  'spendCapDaily',
  'spendCapMonthly',
] as const satisfies (keyof Settings)[];

export type Route = z.infer<typeof routeSchema>;
export type Approvers = z.infer<typeof approversSchema>;

/** The same settings as decided by each level; a level that says nothing is `{}`. */
export interface SettingsLevels {
  conversation: Settings;
  channel: Settings;
  user: Settings;
  workspace: Settings;
  environment: Settings;
}

/** What applies to one message in one thread. */
export interface EffectiveSettings {
  mode: Mode;
  language: string | undefined;
  provider: string | undefined;
  model: string | undefined;
  /** The person's own provider configs count here. */
  personalProviders: boolean;
  project: string | undefined;
  /** People said so in this conversation: no route leads elsewhere. */
  isProjectChosen: boolean;
  /** The place itself, or the environment, says that it is this one. */
  isProjectBound: boolean;
  routes: Route[];
  /** Issues say what drafted them. */
  issueNotice: boolean;
  answer: 'every' | 'mentions';
  approvers: Approvers;
  allowedProjects: string[] | undefined;
  /** All that were set apply, each to its own level's spending. */
  spendCaps: SpendCap[];
}

export type SettingsLevel = keyof SettingsLevels;

const FOR_PROJECT = ['conversation', 'channel', 'user', 'workspace', 'environment'] as const;
const FOR_PERSON = ['conversation', 'user', 'channel', 'workspace', 'environment'] as const;
export const FOR_PLACES = ['channel', 'workspace', 'environment'] as const;

/** The level that decides each setting; absent: none says anything. */
export type Deciders = { [Name in keyof Settings]?: SettingsLevel | undefined };

/** Who decides every setting, by the order above. */
export function findDeciders(levels: SettingsLevels, shared: boolean): Deciders {
  const find = (name: keyof Settings, order: readonly SettingsLevel[]) =>
    order.find((level) => levels[level][name] !== undefined);
  const byPlace = Object.fromEntries(OF_PLACES.map((name) => [name, find(name, FOR_PLACES)]));
  const personal = isPersonal(levels, byPlace, shared);
  const forProvider = FOR_PERSON.filter((level) => personal || level !== 'user');
  const provider = find('provider', forProvider);
  // A model is one of its own level's provider, or, where that names none, of the one decided below.
  const forModel = provider ? forProvider.slice(0, forProvider.indexOf(provider) + 1) : forProvider;
  return {
    ...byPlace,
    provider,
    model: find('model', forModel),
    mode: find('mode', FOR_PERSON),
    language: find('language', FOR_PERSON),
    project: find('project', FOR_PROJECT),
  };
}

/** Whether the person's own provider counts. */
function isPersonal(levels: SettingsLevels, by: Deciders, shared: boolean): boolean {
  return !shared || decided(levels, by, 'allowPersonalProviders') === true;
}

function decided<Key extends keyof Settings>(
  levels: SettingsLevels,
  by: Deciders,
  key: Key,
): Settings[Key] {
  const level = by[key];
  return level && levels[level][key];
}

/** Decides every setting by the order above. */
export function resolveSettings(levels: SettingsLevels, shared: boolean): EffectiveSettings {
  const by = findDeciders(levels, shared);
  const get = <Key extends keyof Settings>(key: Key) => decided(levels, by, key);
  const project = get('project');
  return {
    mode: get('mode') ?? 'ticket',
    language: get('language'),
    provider: get('provider'),
    model: get('model'),
    personalProviders: isPersonal(levels, by, shared),
    project,
    isProjectChosen: levels.conversation.project !== undefined,
    isProjectBound: FOR_PLACES.some((level) => levels[level].project === project),
    routes: get('routes') ?? [],
    issueNotice: get('issueNotice') ?? true,
    answer: get('answer') ?? 'every',
    approvers: get('approvers') ?? 'members',
    allowedProjects: get('allowedProjects'),
    spendCaps: capsOf(levels),
  };
}

/** An absent list allows everything; an empty one nothing. */
export function allowsProject(allowed: readonly string[] | undefined, project: string): boolean {
  if (!allowed) return true;
  return allowed.some((entry) =>
    entry.endsWith('*') ? project.startsWith(entry.slice(0, -1)) : entry === project,
  );
}

/** Said to whoever named a project that is not allowed: `settings` shows the list to everybody anyway. */
export function describeNotAllowed(project: string, allowed: readonly string[] = []): string {
  const those = allowed.length > 0 ? allowed.join(', ') : 'none';
  return `${project} is not one of the projects this place may use. Allowed: ${those}.`;
}
