/** Carries out what a person commands in a thread. What they did wrong becomes a sentence. */
import { createAccountLinking } from './account-linking.ts';
import type { Action, ActionOutcome } from './action.ts';
import { renderHelp } from './commands.ts';
import type { ChooseProvider } from './compose.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadSettings, ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import type { Following } from './following.ts';
import { mayConfigure, ownsConversation } from './permission.ts';
import type { ChatPlatform } from './platform.ts';
import { checkProvider, describeProviders } from './provider-choice.ts';
import type { Repositories } from './repositories.ts';
import type { Review } from './review.ts';
import { allowsProject, describeNotAllowed, projectRefSchema, type Settings } from './settings.ts';
import { createSettingsChange, type SettingsChanges } from './settings-change.ts';
import { describeSettings, renderSetting } from './settings-text.ts';
import type { Sharing } from './sharing.ts';
import { createSignIn } from './sign-in.ts';
import { NO_DRAFT, openDrafts } from './targets.ts';
import { conversationIdOf, type PlatformName } from './thread.ts';
import { stopTurn } from './turn-stopping.ts';
import type { Turns } from './turns.ts';

const LIST_LENGTH = 20;
/** A page of the table holds so many of these. */
const LIST_PAGES = 10;

export interface ActionsOptions {
  repositories: Repositories;
  configuration: Configuration;
  review: Review;
  sharing: Sharing;
  following: Following;
  chooseProvider: ChooseProvider;
  publicUrl?: string | undefined;
  turns: Turns;
  /** `undefined`: no adapter is connected for it. */
  platformNamed(name: PlatformName): ChatPlatform | undefined;
}

export interface Actions {
  /** Rejects with `ChatError` for what a person did wrong. */
  perform(action: Action): Promise<ActionOutcome>;
}

export function createActions(options: ActionsOptions): Actions {
  const { repositories, configuration, review } = options;
  const change = createSettingsChange(options);
  const linking = createAccountLinking(options);
  const offerSignIn = createSignIn(options);

  async function link(actor: Action['actor'], code: string | undefined): Promise<ActionOutcome> {
    if (code !== undefined) return say(await linking.accept(actor, code));
    return { ...say(await linking.offer(actor)), secret: true };
  }

  async function perform(action: Action): Promise<ActionOutcome> {
    const { command } = action;
    if (command.kind === 'help') return say(renderHelp());
    if (command.kind === 'sign-in') {
      return { ...say(await offerSignIn(action.actor)), secret: true };
    }
    if (command.kind === 'link') return link(action.actor, command.code);
    if (command.kind === 'list') return list(options, action, command.page);
    if (command.kind === 'configure') {
      await checkProvider(options, action, command.scope, command.changes);
    }
    if (command.kind === 'configure' && command.scope !== 'conversation') {
      const settings = await change(action, command.scope, command.changes);
      return say(describeChange(WHOSE[command.scope], command.changes, settings));
    }
    const thread = await repositories.threads.get(conversationIdOf(action.thread));
    if (command.kind === 'settings' && !thread) return explainSettings(options, action, {});
    if (command.kind === 'providers') {
      return say(await describeProviders(configuration, action, thread?.settings ?? {}));
    }
    if (!thread || thread.deleting) throw new ChatError(describeAbsence(action));
    return performIn(thread, action);
  }

  async function performIn(thread: ThreadState, action: Action): Promise<ActionOutcome> {
    const { command } = action;
    switch (command.kind) {
      case 'approve':
        return review.approve(action, thread, command.target, { confirmed: command.confirmed });
      case 'add-to': {
        const { target, issue, confirmed } = command;
        return review.approve(action, thread, target, { addTo: toIssueNumber(issue), confirmed });
      }
      case 'fill':
        return review.fill(action, thread, command.target, command);
      case 'create-name':
        return review.createName(action, thread, command.target, command);
      case 'approve-all':
        return review.approveAll(action, thread, command);
      case 'edit':
        return review.edit(action, thread, command.target, command.changes);
      case 'discard':
        return review.discard(action, thread, command.target);
      case 'drafts':
        return showDrafts(options, thread);
      case 'stop':
        return stop(options, thread);
      case 'mode':
        return configure(options, action, thread, { mode: command.mode });
      case 'project':
        return configure(options, action, thread, { project: command.project });
      case 'settings':
        return explainSettings(options, action, thread.settings);
      case 'configure':
        return configure(options, action, thread, toThreadSettings(command.changes));
      case 'share':
        return share(options, action, thread);
      case 'unshare':
        await checkOwner(options, action.actor, thread);
        await options.sharing.unshare(thread.owner);
        return say('The link does not work any more.');
      case 'follow':
        return say(await options.following.follow(action, thread, command));
      case 'unfollow':
        return say(await options.following.unfollow(action, thread));
      case 'archive':
        return archive(options, action, thread);
      case 'delete':
        return remove(options, action, thread);
      default:
        throw new ChatError('That is not possible here.');
    }
  }

  return { perform };
}

/** Outside of any thread no conversation can be meant. */
function describeAbsence({ thread, command }: Action): string {
  if (thread.threadId !== '') {
    return 'There is no conversation here yet. Say what is wrong or wanted, and one begins.';
  }
  const sets = ['mode', 'project', 'configure'].includes(command.kind);
  const others = sets
    ? ' `set my …` changes it for all that you begin, `set channel …` for this channel.'
    : '';
  return `That is about one conversation: mention me in its thread with the same words.${others}`;
}

function toIssueNumber(issue: string): string {
  const number = /^#?([1-9]\d{0,9})$/.exec(issue.trim())?.[1];
  if (number) return number;
  throw new ChatError('Name the issue by its number, for instance `add 2 to #123`.');
}

/** For the actor's eyes only: among them are conversations that others know nothing of. */
async function list(
  { repositories, configuration, platformNamed }: ActionsOptions,
  { actor }: Action,
  page = 1,
): Promise<ActionOutcome> {
  const user = await configuration.userOf(actor);
  const upTo = { limit: page * LIST_LENGTH };
  const found = await repositories.conversations.listConversations(user.id, upTo);
  const items = found.items.slice((page - 1) * LIST_LENGTH).map((conversation) => {
    const { thread, place } = conversation;
    const url = platformNamed(thread.platform)?.linkTo?.(thread, place);
    return url ? { ...conversation, url } : conversation;
  });
  const message = describeList(page, items.length, found.cursor !== undefined);
  return { ...say(message), secret: true, conversations: { ...found, items } };
}

function describeList(page: number, count: number, hasMore: boolean): string {
  const isFirst = page === 1;
  if (count === 0) {
    return isFirst ? 'You have no conversation yet.' : 'You have no more conversations than that.';
  }
  const more = page < LIST_PAGES ? `\`list ${page + 1}\` shows more` : 'the console has the rest';
  const which = isFirst ? 'Your conversations, newest first' : 'More of your conversations';
  return `${which}${hasMore ? ` (${more})` : ''}:`;
}

async function showDrafts({ repositories }: ActionsOptions, thread: ThreadState) {
  const tickets = await openDrafts(repositories, thread);
  const lines = tickets.map(({ ordinal, title, type, priority }) => {
    return `- ${ordinal}: ${title.replaceAll(/\s+/g, ' ')} (${type}, ${priority})`;
  });
  const message = ['Open drafts:', ...lines].join('\n');
  return { ...say(tickets.length > 0 ? message : NO_DRAFT), tickets };
}

async function stop(options: ActionsOptions, { conversationId }: ThreadState) {
  const outcome = await stopTurn(options, conversationId);
  if (outcome === 'missed') throw new ChatError('I could not stop it. Try again.');
  return say(outcome === 'stopping' ? 'Stopping.' : 'Nothing is running here.');
}

async function configure(
  { repositories, configuration }: ActionsOptions,
  { actor }: Action,
  thread: ThreadState,
  change: ThreadSettings,
): Promise<ActionOutcome> {
  if (!mayConfigure(actor)) throw new ChatError('Only members change settings here.');
  if (change.project !== undefined) {
    const parsed = projectRefSchema.safeParse(change.project);
    if (!parsed.success) throw new ChatError(`The project ${parsed.error.issues[0]?.message}.`);
    const scope = { platform: thread.thread.platform, place: thread.place };
    const { allowedProjects } = await configuration.resolve(scope, actor, thread.settings);
    if (!allowsProject(allowedProjects, change.project)) {
      throw new ChatError(describeNotAllowed(change.project, allowedProjects));
    }
  }
  const saved = await repositories.threads.saveSettings(thread.conversationId, change);
  if (!saved) throw new ChatError('This conversation was deleted.');
  return say(describeChange('This conversation', change, { ...thread.settings, ...change }));
}

const WHOSE = { user: 'Your account', channel: 'This channel', workspace: 'This workspace' };

/** What was changed, as it is now; what was handed back is said to be. */
function describeChange(whose: string, changes: object, settings: Settings): string {
  const now = Object.keys(changes).map((name) => {
    const value = settings[name as keyof Settings];
    return value === undefined ? `no ${name} of its own` : `${name} \`${renderSetting(value)}\``;
  });
  return `${whose} now has ${now.join(', ')}.`;
}

const CONVERSATION_SETTINGS = ['mode', 'project', 'provider', 'model', 'language'] as const;

function toThreadSettings(changes: SettingsChanges): ThreadSettings {
  const others = Object.keys(changes).filter(
    (name) => !CONVERSATION_SETTINGS.some((one) => one === name),
  );
  if (others.length > 0) {
    throw new ChatError(
      `\`${others[0]}\` is set for a channel or the workspace, not for one thread.`,
    );
  }
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [name, value ?? undefined]),
  );
}

async function explainSettings(
  { configuration }: ActionsOptions,
  { actor, thread, place }: Action,
  conversation: ThreadSettings,
): Promise<ActionOutcome> {
  const scope = { platform: thread.platform, place };
  const levels = await configuration.levelsOf(scope, actor, conversation);
  return say(describeSettings(levels, place.visibility !== 'dm'));
}

async function share(options: ActionsOptions, { actor }: Action, thread: ThreadState) {
  await checkOwner(options, actor, thread);
  const link = await options.sharing.share(thread.owner);
  return say(`Anybody with this link can read this conversation: ${link}\n\`unshare\` ends it.`);
}

async function archive(options: ActionsOptions, { actor }: Action, thread: ThreadState) {
  await checkOwner(options, actor, thread);
  await options.repositories.conversations.setStatus(thread.owner, 'archived');
  return say('Archived. Writing here brings it back.');
}

async function remove(options: ActionsOptions, { actor }: Action, thread: ThreadState) {
  await checkOwner(options, actor, thread);
  options.turns.stop(thread.conversationId);
  await options.repositories.conversations.deleteConversation(thread.owner);
  return say('Deleted, with its messages and tickets. Issues already filed stay where they are.');
}

async function checkOwner(
  { configuration }: ActionsOptions,
  actor: Action['actor'],
  thread: ThreadState,
): Promise<void> {
  if (ownsConversation(await configuration.userOf(actor), thread)) return;
  throw new ChatError('Only the person who began this conversation can do that. Ask them.');
}

function say(message: string): ActionOutcome {
  return { kind: 'done', message, tickets: [] };
}
