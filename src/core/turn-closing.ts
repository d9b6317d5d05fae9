/**
 * How a turn ends: its last words are shown, then one transaction writes the reply, the tickets and the
 * end of the claim.
 */
import type { Composed } from './compose.ts';
import type { Configuration } from './configuration.ts';
import type { TurnClaim } from './conversation.ts';
import { StoreUnavailableError } from './errors.ts';
import { type Lease, pause, whileHeld } from './lease.ts';
import type { Log } from './log.ts';
import { type Message, messageKeyOf, replyPlaceOf, type TurnOutcome } from './message.ts';
import type { ReplyView } from './platform.ts';
import type { Reading } from './reading.ts';
import type { Relay } from './relay.ts';
import type { Repositories } from './repositories.ts';
import type { CloseTurn } from './thread-repository.ts';
import type { Ticket } from './ticket.ts';

/** Milliseconds before each further try to show the end of a reply: a platform may be away for a moment. */
const FINAL_EDIT_PAUSES = [300, 1_500];

export interface TurnClosingOptions {
  repositories: Repositories;
  configuration: Configuration;
  log: Log;
  reading: Reading;
  claim: TurnClaim;
  lease: Lease;
  /** The claim to go on with when other messages came meanwhile. */
  nextClaim(): TurnClaim;
}

export type TurnEnd = {
  /** To be shown as cards. */
  tickets: Ticket[];
  /** What is left to do when nothing is held any more. */
  afterwards?(): Promise<void>;
} & (
  | { kind: 'closed'; outcome: TurnOutcome }
  /** Closed, and the claim goes on under this one for the messages that came meanwhile. */
  | { kind: 'continues'; outcome: TurnOutcome; claim: TurnClaim }
  /** Nothing was closed: what it answers has changed, and the reply begun goes on under this claim. */
  | { kind: 'restarted'; claim: TurnClaim }
);

/** What there is to say and to write, whichever way the turn went. */
export interface Ending {
  text: string;
  outcome: TurnOutcome;
  /** Trying again would end the same way. */
  final?: boolean;
  /** Where it was shown. */
  replyId?: string;
  composed?: Composed;
}

/** The last view is forced; a platform that refuses it does not keep the reply from being stored. */
export async function showEnding(
  { lease, log, reading }: TurnClosingOptions,
  relay: Relay,
  ending: Ending,
) {
  for (let attempt = 1; lease.held(); attempt += 1) {
    try {
      return await relay.finish(toView(ending));
    } catch (error) {
      const { conversationId } = reading.thread;
      log.warn('reply-not-finished', { conversationId, attempt }, error);
      const pauseMs = FINAL_EDIT_PAUSES[attempt - 1];
      if (pauseMs === undefined) return;
      await pause(pauseMs, lease.signal);
    }
  }
}

function toView({ text, outcome, final }: Ending): ReplyView {
  if (outcome === 'answered' || outcome === 'stopped') return { text, state: outcome };
  return { text, state: 'failed', ...(!final && { retry: true }) };
}

/** Rejects when the claim is no longer ours. */
export async function closeTurn(
  options: TurnClosingOptions,
  relay: Relay,
  ending: Ending,
): Promise<TurnEnd> {
  const { repositories, lease, nextClaim } = options;
  let current = ending;
  let input = await toClose(options, current);
  for (;;) {
    const attempted = input;
    const outcome = await whileHeld(
      lease,
      () => repositories.threads.close(attempted),
      (error) => error instanceof StoreUnavailableError,
    );
    switch (outcome.kind) {
      case 'closed': {
        const tickets = [...input.newTickets, ...input.changedTickets];
        const { outcome: ended, composed } = current;
        if (input.continueAs) {
          return { kind: 'continues', outcome: ended, tickets, claim: input.continueAs };
        }
        const afterwards = composed?.afterwards;
        return { kind: 'closed', outcome: ended, tickets, ...(afterwards && { afterwards }) };
      }
      case 'more-waiting':
        input = { ...input, continueAs: nextClaim() };
        break;
      case 'outdated':
        current = withoutOutdated(current, outcome.ticketIds);
        input = { ...(await toClose(options, current)), ...pickContinue(input) };
        await showEnding(options, relay, current);
        break;
      default:
        lease.lose();
        throw lease.signal.reason;
    }
  }
}

function pickContinue({ continueAs }: CloseTurn): Partial<CloseTurn> {
  return continueAs ? { continueAs } : {};
}

/** A person was faster: their version stays, and the reply says so. */
function withoutOutdated(ending: Ending, ticketIds: string[]): Ending {
  const { composed } = ending;
  if (!composed) return ending;
  const { changedTickets } = composed.effects;
  const dropped = changedTickets.filter(({ id }) => ticketIds.includes(id));
  const kept = changedTickets.filter(({ id }) => !ticketIds.includes(id));
  const numbers = dropped.map(({ ordinal }) => ordinal).join(', ');
  const notice = `_Draft ${numbers} was changed by somebody in the meantime, so my change was dropped._`;
  const effects = { ...composed.effects, changedTickets: kept };
  return { ...ending, text: `${ending.text}\n\n${notice}`, composed: { ...composed, effects } };
}

async function toClose(options: TurnClosingOptions, ending: Ending): Promise<CloseTurn> {
  const { reading, claim } = options;
  const { thread, covers } = reading;
  const effects = ending.composed?.effects;
  return {
    thread,
    claim,
    reply: toReply(reading, claim, ending),
    covers,
    newTickets: effects?.newTickets ?? [],
    changedTickets: effects?.changedTickets ?? [],
    ...(effects?.settings && { settings: { ...thread.settings, ...effects.settings } }),
    newParticipants: await newParticipants(options),
    endedAt: Date.now(),
  };
}

function toReply(reading: Reading, claim: TurnClaim, ending: Ending): Message {
  const { text, outcome, composed, replyId } = ending;
  return {
    ...replyPlaceOf(reading.covers),
    conversationId: reading.thread.conversationId,
    role: 'assistant',
    text,
    answer: {
      turnId: claim.turnId,
      ...(replyId && { replyId }),
      covers: reading.covers,
      outcome,
      ...(composed && {
        usage: composed.usage,
        provider: composed.provider,
        model: composed.model,
        stopReason: composed.stopReason,
      }),
    },
  };
}

/**
 * People who are answered here for the first time, other than the owner: it becomes their thread too.
 * They may be known already from what was said here before the bot came, or past it.
 */
async function newParticipants({ reading, configuration }: TurnClosingOptions): Promise<string[]> {
  const { messages, covers, thread } = reading;
  const authorsOf = (keys: Set<string>) =>
    messages.flatMap((message) => (keys.has(messageKeyOf(message)) ? (message.author ?? []) : []));
  const answered = new Set(messages.flatMap(({ answer }) => answer?.covers ?? []));
  const known = new Set(authorsOf(answered).map(({ identity }) => identity));
  const fresh = new Map(
    authorsOf(new Set(covers))
      .filter(({ identity }) => !known.has(identity))
      .map((author) => [author.identity, author]),
  );
  const users = await Promise.all([...fresh.values()].map((a) => configuration.userOf(a)));
  return [...new Set(users.map(({ id }) => id))].filter((id) => id !== thread.owner.userId);
}
