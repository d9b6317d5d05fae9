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

/** Decides every setting by the order above. */
export function resolveSettings(levels: SettingsLevels, shared: boolean): EffectiveSettings {
  const { conversation, channel, workspace, environment } = levels;
  const forProject = [conversation, channel, levels.user, workspace, environment];
  const forPerson = [conversation, levels.user, channel, workspace, environment];
  const forPlace = [channel, workspace, environment];
  const personal = !shared || first(forPlace, 'allowPersonalProviders') === true;
  const forProvider = personal ? forPerson : [conversation, channel, workspace, environment];
  const chooser = forProvider.findIndex((level) => level.provider !== undefined);
  // A model is one of its own level's provider, or, where that names none, of the one decided below.
  const forModel = chooser < 0 ? forProvider : forProvider.slice(0, chooser + 1);
  const project = first(forProject, 'project');
  return {
    mode: first(forPerson, 'mode') ?? 'ticket',
    language: first(forPerson, 'language'),
    provider: forProvider[chooser]?.provider,
    model: first(forModel, 'model'),
    personalProviders: personal,
    project,
    isProjectChosen: conversation.project !== undefined,
    isProjectBound: forPlace.some((level) => level.project === project),
    routes: first(forPlace, 'routes') ?? [],
    issueNotice: first(forPlace, 'issueNotice') ?? true,
    answer: first(forPlace, 'answer') ?? 'every',
    approvers: first(forPlace, 'approvers') ?? 'members',
    allowedProjects: first(forPlace, 'allowedProjects'),
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

function first<Key extends keyof Settings>(levels: Settings[], key: Key): Settings[Key] {
  return levels.find((level) => level[key] !== undefined)?.[key];
}
