/** Carries out what a person commands in a thread. What they did wrong becomes a sentence. */
import type { Action, ActionOutcome } from './action.ts';
import { renderHelp } from './commands.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadSettings, ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import { mayConfigure, ownsConversation } from './permission.ts';
import type { Repositories } from './repositories.ts';
import type { Review } from './review.ts';
import { allowsProject, projectRefSchema } from './settings.ts';
import { openDrafts } from './targets.ts';
import { conversationIdOf } from './thread.ts';
import type { Turns } from './turns.ts';

const LIST_LENGTH = 20;
const STOP_ATTEMPTS = 3;

export interface ActionsOptions {
  repositories: Repositories;
  configuration: Configuration;
  review: Review;
  turns: Turns;
}

export interface Actions {
  /** Rejects with `ChatError` for what a person did wrong. */
  perform(action: Action): Promise<ActionOutcome>;
}

export function createActions(options: ActionsOptions): Actions {
  const { repositories, review } = options;

  async function perform(action: Action): Promise<ActionOutcome> {
    const { command } = action;
    if (command.kind === 'help') return say(renderHelp());
    if (command.kind === 'list') return list(options, action, command.cursor);
    const thread = await repositories.threads.get(conversationIdOf(action.thread));
    if (!thread || thread.deleting) throw new ChatError('There is no conversation here yet.');
    return performIn(thread, action);
  }

  async function performIn(thread: ThreadState, action: Action): Promise<ActionOutcome> {
    const { command } = action;
    switch (command.kind) {
      case 'approve':
        return review.approve(action, thread, command.target);
      case 'approve-all':
        return review.approveAll(action, thread);
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
        return describeSettings(options, action, thread);
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

async function list(
  { repositories, configuration }: ActionsOptions,
  { actor }: Action,
  cursor: string | undefined,
): Promise<ActionOutcome> {
  const user = await configuration.userOf(actor);
  const page = { limit: LIST_LENGTH, ...(cursor && { cursor }) };
  const conversations = await repositories.conversations.listConversations(user.id, page);
  const { length } = conversations.items;
  const message =
    length > 0 ? 'Your conversations, newest first:' : 'You have no conversation yet.';
  return { ...say(message), conversations };
}

async function showDrafts({ repositories }: ActionsOptions, thread: ThreadState) {
  const tickets = await openDrafts(repositories, thread);
  return { ...say(tickets.length > 0 ? 'Open drafts:' : 'There is no open draft here.'), tickets };
}

/** A turn that runs in another process is taken from it; between reading and taking it may be renewed. */
async function stop({ turns, repositories }: ActionsOptions, { conversationId }: ThreadState) {
  if (turns.stop(conversationId)) return say('Stopping.');
  for (let attempt = 0; attempt < STOP_ATTEMPTS; attempt += 1) {
    const claim = (await repositories.threads.get(conversationId))?.claim;
    if (!claim) return say('Nothing is running here.');
    const taken = turns.takeOver(claim);
    const claimedAt = performance.now();
    if (await repositories.threads.takeClaim(conversationId, taken, claim)) {
      turns.start({ conversationId, claim: taken, claimedAt, taken: 'stopped' });
      return say('Stopping.');
    }
  }
  throw new ChatError('I could not stop it. Try again.');
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
      throw new ChatError(`${change.project} is not one of the projects this place may file to.`);
    }
  }
  const settings = { ...thread.settings, ...change };
  const saved = await repositories.threads.saveSettings(thread.conversationId, settings);
  if (!saved) throw new ChatError('This conversation was deleted.');
  const [name, value] = Object.entries(change)[0] ?? [];
  return say(`This conversation now has ${name} \`${value}\`.`);
}

async function describeSettings(
  { configuration }: ActionsOptions,
  { actor }: Action,
  thread: ThreadState,
): Promise<ActionOutcome> {
  const scope = { platform: thread.thread.platform, place: thread.place };
  const settings = await configuration.resolve(scope, actor, thread.settings);
  const approvers =
    typeof settings.approvers === 'string'
      ? settings.approvers
      : settings.approvers.people.join(', ');
  const lines: [string, string][] = [
    ['mode', settings.mode],
    ['project', settings.project ?? 'none yet'],
    ['provider', settings.provider ?? 'the default'],
    ['model', settings.model ?? "the provider's default"],
    ['language', settings.language ?? "the thread's"],
    ['answers', settings.answer === 'every' ? 'every message' : 'mentions only'],
    ['who approves', approvers],
    ['allowed projects', settings.allowedProjects?.join(', ') ?? 'all'],
  ];
  return say(lines.map(([name, value]) => `- ${name}: ${value}`).join('\n'));
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
  throw new ChatError('Only the person who began this conversation can do that.');
}

function say(message: string): ActionOutcome {
  return { kind: 'done', message, tickets: [] };
}
