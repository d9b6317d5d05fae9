/**
 * The verbs people type. Strict on purpose: what is not exactly a command is a message, so that
 * nobody's sentence is taken for one.
 */
import type { Command, TicketTarget } from './action.ts';
import { isLinkCode } from './link-code.ts';
import { MODES } from './settings.ts';
import { parseSetting } from './settings-change.ts';
import { TICKET_FIELDS, type TicketChanges, type TicketField } from './ticket-fields.ts';

const HELP_LINES: [string, string][] = [
  [
    'approve 2',
    'file draft 2 (`approve` alone when there is only one, `approve all` for every draft)',
  ],
  ['edit 2 title: New title', `change a field: ${TICKET_FIELDS.join(', ')}`],
  ['add 2 to #123', 'add draft 2 to an issue that is there, as a comment, instead of filing it'],
  ['fill 2 Version: 1.4', "answer a field of the project's template"],
  [
    'create 2 label: ux',
    'create a label that draft 2 names and its project does not have (`create 2 milestone: 1.2` a milestone)',
  ],
  ['discard 2', 'drop draft 2'],
  ['drafts', 'show the open drafts again'],
  ['mode assistant', 'discuss; `mode ticket` drafts tickets again'],
  ['project github:owner/repo', 'where this conversation files its issues'],
  [
    'provider openai',
    'who answers in this conversation; `provider` shows what there is, `provider openai gpt-5` chooses the model too, `provider default` hands it back',
  ],
  [
    'set channel answer mentions',
    'a setting of this channel (`set my …`: your own, `set workspace …`, `set …`: this conversation); the value "default" hands it back',
  ],
  ['share', 'a link by which anybody can read this conversation; `unshare` ends it'],
  ['link', 'a code that makes your account on another platform yours here too'],
  [
    'link #12',
    'this thread follows that issue (also `link github:owner/repo#12`, or its address); `unlink` ends it',
  ],
  ['sign in', 'a link to the console, for you alone'],
  ['stop', 'stop the running answer'],
  ['list', 'your conversations, the newest twenty; `list 2` shows the next'],
  ['settings', 'what applies here, and why'],
  [
    'archive',
    'put this conversation away; `delete conversation` removes it with everything beneath',
  ],
  ['help', 'this list'],
];

/** Markdown, one line each. `prefix` is how a command begins on the platform, for instance `/`. */
export function renderHelp(prefix = ''): string {
  const lines = HELP_LINES.map((line) => `- ${renderUsage(line, prefix)}`);
  return [
    'Say what is wrong or wanted, in your own words. Nothing is filed until a person approves.',
    ...lines,
  ].join('\n');
}

/** How the verb that `words` begin with is used, where there is one: for whoever mistyped the rest. */
export function findUsages(words: string, prefix = ''): string[] {
  const [verb = ''] = words.trim().toLowerCase().split(/\s/);
  return HELP_LINES.filter(([usage]) => usage.split(' ')[0] === verb).map((line) =>
    renderUsage(line, prefix),
  );
}

function renderUsage([usage, what]: [string, string], prefix: string): string {
  return `\`${prefix}${usage}\`: ${what.replaceAll(/`([^`]+)`/g, `\`${prefix}$1\``)}`;
}

/** Reads a typed command; `undefined` when the text is an ordinary message. */
export function parseCommand(text: string): Command | undefined {
  const words = text.trim();
  return parsePlain(words.toLowerCase()) ?? parseTargeted(words) ?? parseArgument(words);
}

function parsePlain(words: string): Command | undefined {
  switch (words) {
    case 'help':
    case 'stop':
    case 'drafts':
    case 'archive':
    case 'settings':
    case 'list':
    case 'link':
    case 'share':
    case 'unshare':
      return { kind: words };
    case 'provider':
      return { kind: 'providers' };
    case 'approve all':
      return { kind: 'approve-all' };
    case 'unlink':
      return { kind: 'unfollow' };
    case 'sign in':
      return { kind: 'sign-in' };
    case 'delete conversation':
      return { kind: 'delete' };
    default:
      return undefined;
  }
}

function parseTargeted(words: string): Command | undefined {
  const simple = /^(approve|discard)(?:\s+#?(\d{1,6}))?$/i.exec(words);
  if (simple) {
    const kind = simple[1]?.toLowerCase() === 'approve' ? 'approve' : 'discard';
    return { kind, target: toTarget(simple[2]) };
  }
  const agreed = parseApproval(words) ?? parseFill(words) ?? parseCreate(words);
  if (agreed) return agreed;
  const edit = /^edit(?:\s+#?(\d{1,6}))?\s+([a-z]+)\s*:([\s\S]*)$/i.exec(words);
  const field = TICKET_FIELDS.find((name) => name.toLowerCase() === edit?.[2]?.toLowerCase());
  if (!edit || !field) return undefined;
  return { kind: 'edit', target: toTarget(edit[1]), changes: toChanges(field, edit[3] ?? '') };
}

/** With the project that words from a private place may go to, as it was warned of. */
function parseApproval(words: string): Command | undefined {
  const [, which = '', confirmed] =
    /^approve\s+(all|#?\d{1,6})\s+in\s+(\w+:\S+)$/i.exec(words) ?? [];
  if (confirmed && which.toLowerCase() === 'all') return { kind: 'approve-all', confirmed };
  if (confirmed) return { kind: 'approve', target: toTarget(which.replace('#', '')), confirmed };
  const [, ordinal, issue, project] =
    /^add(?:\s+#?(\d{1,6}))?\s+to\s+#(\d{1,10})(?:\s+in\s+(\w+:\S+))?$/i.exec(words) ?? [];
  if (!issue) return undefined;
  return {
    kind: 'add-to',
    target: toTarget(ordinal),
    issue,
    ...(project && { confirmed: project }),
  };
}

function parseFill(words: string): Command | undefined {
  const [, ordinal, field = '', text = ''] =
    /^fill\s+#?(\d{1,6})\s+([^\n:]{1,120}):\s*(\S[\s\S]*)$/i.exec(words) ?? [];
  if (!field.trim()) return undefined;
  return { kind: 'fill', target: toTarget(ordinal), field: field.trim(), text };
}

const CREATED = { label: 'labels', milestone: 'milestone' } as const;

/** With the project that the name may go to from a private place, as it was warned of. */
function parseCreate(words: string): Command | undefined {
  const [, ordinal, what = '', project, name] =
    /^create(?:\s+#?(\d{1,6}))?\s+(label|milestone)(?:\s+in\s+(\w+:\S+))?:[^\S\n]*(\S[^\n]{0,99})$/i.exec(
      words,
    ) ?? [];
  if (!name) return undefined;
  return {
    ...{ kind: 'create-name', target: toTarget(ordinal), name: name.trim() },
    field: CREATED[what.toLowerCase() as keyof typeof CREATED],
    ...(project && { confirmed: project }),
  };
}

const SCOPES = { my: 'user', channel: 'channel', workspace: 'workspace' } as const;

function parseSet(words: string): Command | undefined {
  const set = /^set\s+(?:(my|channel|workspace)\s+)?([a-z]+)\s+(?:to\s+)?(\S[\s\S]*)$/i.exec(words);
  const [, whose = '', name = '', value = ''] = set ?? [];
  const changes = parseSetting(name, value);
  if (!changes) return undefined;
  const scope = SCOPES[whose.toLowerCase() as keyof typeof SCOPES] ?? 'conversation';
  return { kind: 'configure', scope, changes };
}

function parseArgument(words: string): Command | undefined {
  const page = /^list\s+([1-9]|10)$/i.exec(words)?.[1];
  if (page) return { kind: 'list', page: Number(page) };
  const code = /^link\s+(\S+)$/i.exec(words)?.[1];
  if (code && isLinkCode(code)) return { kind: 'link', code };
  const follow = parseFollow(words);
  if (follow) return follow;
  const set = parseSet(words);
  if (set) return set;
  const provider = parseProvider(words);
  if (provider) return provider;
  const mode = /^mode\s+(\S+)$/i.exec(words)?.[1]?.toLowerCase();
  const known = MODES.find((name) => name === mode);
  if (known) return { kind: 'mode', mode: known };
  const project = /^project\s+(\S+:\S+)$/i.exec(words)?.[1];
  return project ? { kind: 'project', project } : undefined;
}

/** With the project that replies from a private place may go to, as it was warned of. */
function parseFollow(words: string): Command | undefined {
  const [, issue, project] =
    /^link\s+(#\d{1,9}|<?https?:\/\/\S+|[a-z]+:\S+#\d{1,9})(?:\s+in\s+(\w+:\S+))?$/i.exec(words) ??
    [];
  if (!issue) return undefined;
  return { kind: 'follow', issue, ...(project && { confirmed: project }) };
}

/** Another provider has other models: what is not named is handed back with it. */
function parseProvider(words: string): Command | undefined {
  const [, name, model = null] = /^provider\s+(\S+)(?:\s+(\S+))?$/i.exec(words) ?? [];
  if (!name) return undefined;
  const isDefault = name.toLowerCase() === 'default' && !model;
  const changes = isDefault ? { provider: null, model: null } : { provider: name, model };
  return { kind: 'configure', scope: 'conversation', changes };
}

function toTarget(ordinal: string | undefined): TicketTarget {
  return { ordinal: ordinal === undefined ? undefined : Number(ordinal) };
}

/** Lists are written one item a line, or, for short names, separated by commas; nothing clears. */
export function toChanges(field: TicketField, text: string): TicketChanges {
  const value = text.trim();
  switch (field) {
    case 'acceptanceCriteria':
    case 'tasks':
      return { [field]: splitLines(value) };
    case 'labels':
    case 'assignees':
      return {
        [field]: value
          .split(/[,\n]/)
          .map((name) => name.trim())
          .filter(Boolean),
      };
    case 'estimate':
    case 'milestone':
    case 'project':
    case 'reasoning':
      return { [field]: value === '' ? null : value };
    case 'parent':
      return { parent: value === '' ? null : Number(value) };
    default:
      return { [field]: value };
  }
}

function splitLines(text: string): string[] {
  return text
    .split(/\n|;\s/)
    .map((line) => line.replace(/^\s*(?:[-*]\s+(?:\[[ x]\]\s*)?|\d+[.)]\s+)/i, '').trim())
    .filter(Boolean);
}
