/**
 * From an incoming message to a stored one: put once, and in the same transaction either claim the
 * conversation's turn or join the one that runs. On any doubt: claim first, read after.
 */
import type { Handled } from './action.ts';
import type { Configuration } from './configuration.ts';
import { type ConversationKey, type ThreadState, type TurnClaim, titleOf } from './conversation.ts';
import { StoreUnavailableError } from './errors.ts';
import { type IncomingMessage, type Message, messageKeyOf } from './message.ts';
import { participantsOf } from './participation.ts';
import { TAIL_LIMIT } from './reading.ts';
import { toMessage } from './received.ts';
import type { Repositories } from './repositories.ts';
import { conversationIdOf } from './thread.ts';
import type { OpenOutcome } from './thread-repository.ts';
import type { Turns } from './turns.ts';

/** Rounds of open, join and open again before the store counts as failing: each means somebody else moved. */
const MAX_ROUNDS = 8;

export interface InboxOptions {
  repositories: Repositories;
  configuration: Configuration;
  turns: Turns;
}

export interface Inbox {
  /** Resolves when the message is stored; its turn, if it starts one, runs on. */
  receive(incoming: IncomingMessage): Promise<Handled>;
}

/** Conversations remembered as bound: of the others, and after a start, one read more is made. */
const MOST_KNOWN = 20_000;

export function createInbox(options: InboxOptions): Inbox {
  const bound = createBound();

  async function receive(incoming: IncomingMessage): Promise<Handled> {
    if (incoming.topLevel && !incoming.addressed) return { kind: 'ignored' };
    const { addressed } = incoming;
    const conversationId = conversationIdOf(incoming.thread);
    if (!addressed && !(await answersEvery(options, incoming))) {
      return remember(options, toMessage(incoming));
    }
    // Most threads that people talk in are none of ours, and one small read says so.
    if (!addressed && !bound.has(conversationId)) {
      if (!(await options.repositories.threads.get(conversationId))) return { kind: 'ignored' };
    }
    const handled = await store(options, incoming, toMessage(incoming));
    if (handled.kind !== 'ignored') bound.add(conversationId);
    return handled;
  }
  return { receive };
}

/** That a thread is bound may be remembered; that it is not may change at any moment, elsewhere. */
function createBound() {
  const known = new Set<string>();
  return {
    has: (conversationId: string) => known.has(conversationId),
    add(conversationId: string) {
      known.delete(conversationId);
      known.add(conversationId);
      const [oldest] = known;
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}

function answersEvery({ configuration }: InboxOptions, { thread, place }: IncomingMessage) {
  return configuration.answersEvery({ platform: thread.platform, place });
}

/** In a thread that answers mentions only, the rest is stored but does not wait. */
async function remember(
  { repositories, configuration }: InboxOptions,
  message: Message,
): Promise<Handled> {
  const { conversationId } = message;
  const thread = await repositories.threads.get(conversationId);
  if (!thread || thread.deleting) return { kind: 'ignored' };
  const participants = await participantsOf(configuration, thread, [message]);
  await repositories.messages.putMessages([message], participants);
  return { kind: 'stored', conversationId };
}

async function store(
  options: InboxOptions,
  incoming: IncomingMessage,
  message: Message,
): Promise<Handled> {
  const { conversationId } = message;
  // A turn that runs here needs no asking after: most likely the message joins it.
  let outcome: OpenOutcome = options.turns.runs(conversationId)
    ? { kind: 'held' }
    : await openBeside(options, message);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    switch (outcome.kind) {
      case 'opened':
        return { kind: 'stored', conversationId };
      case 'duplicate':
        return retake(options, message);
      case 'held': {
        const joined = await options.repositories.threads.join(message);
        if (joined.kind === 'joined') return { kind: 'stored', conversationId };
        if (joined.kind === 'duplicate') return retake(options, message);
        outcome = await openBefore(options, message);
        break;
      }
      case 'lapsed':
        outcome = await openBefore(options, message, outcome.claim);
        break;
      case 'read-after':
        outcome = await openBefore(options, message);
        break;
      case 'unbound':
        if (!incoming.addressed) return { kind: 'ignored' };
        outcome = await bind(options, incoming, message);
        break;
      default:
        // Said to the bot, it begins a new conversation, as it would a moment later.
        if (!incoming.addressed) return { kind: 'ignored' };
        await options.repositories.conversations.finishDeletion(conversationId);
        outcome = await openBefore(options, message);
    }
  }
  throw new StoreUnavailableError('open', new Error(`no decision after ${MAX_ROUNDS} rounds`));
}

/** The common case: open and tail at once, so that one await stands before the provider. */
async function openBeside(options: InboxOptions, message: Message): Promise<OpenOutcome> {
  const { turns, repositories } = options;
  const { conversationId } = message;
  const claim = turns.newClaim();
  const claimedAt = performance.now();
  const tailSentAt = Date.now();
  // One more, in whose place the new message may be read already.
  const tail = repositories.threads.readTail(conversationId, TAIL_LIMIT + 1);
  // When the open does not need it, nobody else looks at its failure.
  tail.catch(() => undefined);
  const outcome = await repositories.threads.open({ message, claim, tailSentAt });
  if (outcome.kind === 'opened') {
    turns.start({ conversationId, claim, claimedAt, beside: { tail, message } });
  }
  return outcome;
}

/** Claims first; the turn reads after. */
async function openBefore(
  { turns, repositories }: InboxOptions,
  message: Message,
  replaces?: TurnClaim,
): Promise<OpenOutcome> {
  const { conversationId } = message;
  const claim = replaces ? turns.takeOver(replaces) : turns.newClaim();
  const claimedAt = performance.now();
  const outcome = await repositories.threads.open({
    message,
    claim,
    ...(replaces && { replaces }),
  });
  if (outcome.kind === 'opened') turns.start({ conversationId, claim, claimedAt });
  return outcome;
}

async function bind(
  { turns, repositories }: InboxOptions,
  incoming: IncomingMessage,
  message: Message,
): Promise<OpenOutcome> {
  const { thread, place, author, topLevel } = incoming;
  const conversationId = conversationIdOf(thread);
  // Not from the cache: under somebody who was deleted or linked meanwhile nobody would find it again.
  const { id: userId } = await repositories.users.ensureUser(author);
  const owner: ConversationKey = { userId, createdAt: incoming.sentAt, conversationId };
  const claim = turns.newClaim();
  const claimedAt = performance.now();
  const title = titleOf(message.text);
  // A top-level message begins its thread: nothing can have been said in it before.
  const historyPending = !topLevel;
  const input = { owner, thread, place, title, message, claim, historyPending };
  const outcome = await repositories.threads.bind(input);
  if (outcome.kind === 'opened') turns.start({ conversationId, claim, claimedAt });
  return outcome;
}

/** Delivered before: answered, or waiting under a live claim, is done; waiting without one takes the claim. */
async function retake({ turns, repositories }: InboxOptions, message: Message): Promise<Handled> {
  const { conversationId } = message;
  const thread = await repositories.threads.get(conversationId);
  if (thread && isAbandoned(thread, message)) {
    const claim = thread.claim ? turns.takeOver(thread.claim) : turns.newClaim();
    const claimedAt = performance.now();
    const taken = await repositories.threads.takeClaim(conversationId, claim, thread.claim);
    if (taken) turns.start({ conversationId, claim, claimedAt });
  }
  return { kind: 'duplicate', conversationId };
}

function isAbandoned(thread: ThreadState, message: Message): boolean {
  const claimed = thread.claim !== undefined && thread.claim.expiresAt > Date.now();
  return !thread.deleting && !claimed && thread.waiting.includes(messageKeyOf(message));
}
