/**
 * `npm run db:seed`: a demo user with a conversation, messages and tickets, stored by the same
 * requests as real ones. Ids and times are fixed, so that a second run finds everything there; a run
 * that was cut off is completed by the next one.
 */
import { randomUUID } from 'node:crypto';
import { parseConfig } from '../src/config.ts';
import type { ConversationKey, ThreadState, TurnClaim } from '../src/core/conversation.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import { type Message, messageKeyOf, replyPlaceOf } from '../src/core/message.ts';
import type { Repositories } from '../src/core/repositories.ts';
import { conversationIdOf } from '../src/core/thread.ts';
import type { OpenOutcome } from '../src/core/thread-repository.ts';
import { type Ticket, ticketIdOf } from '../src/core/ticket.ts';
import type { TicketFields } from '../src/core/ticket-fields.ts';
import { createRepositories, UserRepository } from '../src/db/index.ts';
import { ensureTable } from '../src/db/table.ts';
import { openTable } from '../src/open-table.ts';
import {
  DEMO_AUTHOR,
  DEMO_EMAIL,
  DEMO_PLACE,
  DEMO_THREAD,
  DEMO_TITLE,
  DEMO_TURNS,
  DEMO_USER_ID,
  type DemoTurn,
} from './demo-data.ts';

/** Milliseconds; a run that was killed blocks the next one no longer. */
const LEASE_MS = 5_000;

const conversationId = conversationIdOf(DEMO_THREAD);
const owner: ConversationKey = {
  userId: DEMO_USER_ID,
  createdAt: DEMO_TURNS[0].sentAt,
  conversationId,
};

const config = parseConfig(process.env);
if (config.production) {
  throw new InvalidInputError('db:seed', [
    'demo data is not for production; npm run dynamodb:setup makes the table alone',
  ]);
}
const { table, place, close } = await openTable(config);
try {
  await ensureTable(table);
  await new UserRepository(table).createUser({
    id: DEMO_USER_ID,
    name: DEMO_AUTHOR.name,
    email: DEMO_EMAIL,
    identities: [DEMO_AUTHOR.identity],
  });
  const repositories = createRepositories(table);
  const stored = await repositories.messages.listMessages(conversationId);
  const missing = DEMO_TURNS.filter(
    (turn) => !stored.items.some(({ id }) => id === replyIdOf(turn)),
  );
  for (const turn of missing) await storeTurn(repositories, turn);
  const what = missing.length > 0 ? 'stored' : 'is there already';
  console.log(`The demo user, with a conversation, messages and tickets, ${what} (${place}).`);
} finally {
  await close();
}

async function storeTurn(repositories: Repositories, turn: DemoTurn): Promise<void> {
  const claim = newClaim(turn);
  const message = toMessage(turn);
  await claimTurn(repositories, message, claim);
  const thread = await repositories.threads.get(conversationId);
  if (!thread) throw new Error('the demo conversation was deleted meanwhile; run this again');
  const covers = [messageKeyOf(message)];
  const outcome = await repositories.threads.close({
    thread,
    claim,
    reply: toReply(turn, covers),
    covers,
    newTickets: turn.tickets.map((fields, index) => toTicket(thread, turn, fields, index)),
    changedTickets: [],
    newParticipants: [],
    endedAt: Date.now(),
  });
  if (outcome.kind !== 'closed')
    throw new Error('somebody writes to the demo thread; run this again');
}

/** Stores the message and takes the right to answer it, or takes it over from a run that was cut off. */
async function claimTurn(
  { threads }: Repositories,
  message: Message,
  claim: TurnClaim,
): Promise<void> {
  const bound = await threads.get(conversationId);
  const outcome: OpenOutcome = bound
    ? await threads.open({ message, claim })
    : await threads.bind({
        owner,
        thread: DEMO_THREAD,
        place: DEMO_PLACE,
        title: DEMO_TITLE,
        message,
        claim,
        historyPending: false,
      });
  if (outcome.kind === 'opened') return;
  const lapsed = bound?.claim && bound.claim.expiresAt < Date.now() ? bound.claim : undefined;
  const free = bound && (lapsed || !bound.claim);
  if (free && (await threads.takeClaim(conversationId, claim, lapsed))) return;
  throw new Error('somebody writes to the demo thread; run this again in a few seconds');
}

function newClaim({ id }: DemoTurn): TurnClaim {
  const claimedAt = Date.now();
  const expiresAt = claimedAt + LEASE_MS;
  return { token: randomUUID(), turnId: `turn-${id}`, attempt: 1, claimedAt, expiresAt };
}

function toMessage({ id, sentAt, text }: DemoTurn): Message {
  return { id, conversationId, sentAt, role: 'user', text, author: DEMO_AUTHOR };
}

function toReply(turn: DemoTurn, covers: string[]): Message {
  return {
    ...replyPlaceOf(covers),
    conversationId,
    role: 'assistant',
    text: turn.reply,
    answer: { turnId: `turn-${turn.id}`, covers, outcome: 'answered' },
  };
}

function replyIdOf(turn: DemoTurn): string {
  return replyPlaceOf([messageKeyOf(toMessage(turn))]).id;
}

function toTicket(
  { ticketCount }: ThreadState,
  { id, sentAt }: DemoTurn,
  fields: TicketFields,
  index: number,
): Ticket {
  return {
    ...fields,
    id: ticketIdOf(`turn-${id}`, index),
    conversationId,
    ordinal: ticketCount + index + 1,
    revision: 1,
    status: 'draft',
    origin: { requester: DEMO_AUTHOR, turnId: `turn-${id}` },
    editedFields: [],
    createdAt: sentAt,
    updatedAt: sentAt,
  };
}
