/** One turn without a person: a prompt in, a reply and its tickets out. */
import { text } from 'node:stream/consumers';
import { toImageAttachment } from '../adapters/terminal/attachment.ts';
import { deliver } from '../adapters/terminal/delivery.ts';
import { newThread, PLACE, toIncoming } from '../adapters/terminal/inbound.ts';
import type { App } from '../src/app.ts';
import type { ActionOutcome, Command } from '../src/core/action.ts';
import { parseCommand } from '../src/core/commands.ts';
import { ChatError, InvalidInputError } from '../src/core/errors.ts';
import { pause } from '../src/core/lease.ts';
import {
  type Author,
  type IncomingMessage,
  type Message,
  messageKeyOf,
  type TurnOutcome,
} from '../src/core/message.ts';
import { conversationIdOf, type ThreadRef } from '../src/core/thread.ts';
import type { Ticket } from '../src/core/ticket.ts';
import { fieldsOf } from '../src/core/ticket-fields.ts';

export interface OnceOptions {
  app: App;
  author: Author;
  prompt: string;
  /** Paths of files to send along. */
  image: string[];
  thread: ThreadRef;
  approve?: 'all' | number;
}

/** What the turn left behind. `problem` is a sentence when something did not work. */
export interface OnceResult {
  document: ChatDocument;
  problem?: string;
}

/** The JSON document of `--json`: a contract for scripts. */
export interface ChatDocument {
  conversation: { id: string; title: string; status: string; createdAt: string; updatedAt: string };
  messages: MessageDocument[];
  tickets: TicketDocument[];
  /** What became of `--approve`, as a person would read it: what the tracker left out too. */
  approval?: { outcome: ActionOutcome['kind']; message: string };
}

/** `outcome` tells how the turn ended that a reply closed. */
export interface MessageDocument {
  id: string;
  role: Message['role'];
  author?: string;
  text: string;
  sentAt: string;
  outcome?: TurnOutcome;
}

/** Every field of the ticket, flat; `externalId` and `externalUrl` once it is filed. */
export type TicketDocument = Record<string, unknown> & {
  id: string;
  number: number;
  status: string;
};

/** The prompt as given, or all of standard input for `-`. Throws `InvalidInputError` when it is empty. */
export async function readPrompt(prompt: string): Promise<string> {
  const given = prompt === '-' ? await text(process.stdin) : prompt;
  if (given.trim() === '') throw new InvalidInputError('--prompt', ['is empty; say what is wrong']);
  if (parseCommand(given)) {
    const problem = 'is a command, not something to draft from; commands work in `npm run chat`';
    throw new InvalidInputError('--prompt', [problem]);
  }
  return given.trim();
}

/** The thread of a conversation that began in a terminal, or a new one. */
export async function findThread(app: App, conversationId: string | undefined): Promise<ThreadRef> {
  if (conversationId === undefined) return newThread();
  const found = await app.repositories.threads.get(conversationId);
  if (!found || found.deleting) {
    throw new InvalidInputError('--conversation', [`there is no conversation ${conversationId}`]);
  }
  if (found.thread.platform === 'terminal') return found.thread;
  throw new InvalidInputError('--conversation', [
    `${conversationId} goes on where it began, in ${found.thread.platform}`,
  ]);
}

export async function runOnce({
  app,
  author,
  prompt,
  image,
  thread,
  approve,
}: OnceOptions): Promise<OnceResult> {
  const attachments = await Promise.all(image.map(toImageAttachment));
  const message = { ...toIncoming(prompt, thread, author), attachments };
  await deliver(app.bot, message);
  await untilAnswered(app, message);
  const act = (command: Command) =>
    app.bot.handleAction({ thread, place: PLACE, actor: author, command });
  const approved = approve === undefined ? undefined : await act(toApproval(approve));
  const approval = approved && { outcome: approved.kind, message: approved.message };
  const stored = await toDocument(app, conversationIdOf(thread), author);
  const document = { ...stored, ...(approval && { approval }) };
  const problem = problemOf(document, approved);
  return { document, ...(problem && { problem }) };
}

/** Milliseconds between two looks at a turn that runs in another process. */
const LOOK_MS = 250;

async function untilAnswered({ bot, repositories }: App, message: IncomingMessage): Promise<void> {
  const patience = new AbortController().signal;
  for (;;) {
    await bot.idle();
    const thread = await repositories.threads.get(conversationIdOf(message.thread));
    if (!thread?.waiting.includes(messageKeyOf(message))) return;
    await pause(LOOK_MS, patience);
  }
}

function toApproval(approve: 'all' | number): Command {
  return approve === 'all'
    ? { kind: 'approve-all' }
    : { kind: 'approve', target: { ordinal: approve } };
}

const NOT_ANSWERED: Record<Exclude<TurnOutcome, 'answered'>, string> = {
  stopped: 'The turn was stopped.',
  failed: 'The turn failed; its reply says why.',
  'gave-up': 'The turn was given up; its reply says why.',
};

/** This process ends: the promise to go on is kept by another one. */
const LEFT =
  'This command ends here: the next process of the bot on this table, or the next `npm run chat`, goes on with it.';

/** A turn that drafted nothing has nothing to approve: that is no mistake of whoever said "all". */
function problemOf({ messages, tickets }: ChatDocument, approved: ActionOutcome | undefined) {
  const outcome = messages.findLast(({ role }) => role === 'assistant')?.outcome;
  if (outcome !== 'answered') return NOT_ANSWERED[outcome ?? 'failed'];
  if (!approved || tickets.length === 0) return undefined;
  if (approved.kind === 'refused') return approved.message;
  const isLeft = tickets.some(({ status }) => status === 'publishing');
  return isLeft ? `${approved.message} ${LEFT}` : undefined;
}

async function toDocument(
  { repositories }: App,
  conversationId: string,
  author: Author,
): Promise<ChatDocument> {
  const thread = await repositories.threads.get(conversationId);
  const conversation = thread && (await repositories.conversations.getConversation(thread.owner));
  if (!conversation) throw new ChatError(`The conversation of ${author.name} is gone.`);
  const { id, title, status, createdAt, updatedAt } = conversation;
  return {
    conversation: { id, title, status, createdAt, updatedAt },
    messages: (await readAll((page) => repositories.messages.listMessages(id, page))).map(
      toMessage,
    ),
    tickets: (await readAll((page) => repositories.tickets.listTickets(id, page)))
      .sort((one, other) => one.ordinal - other.ordinal)
      .map(toTicket),
  };
}

type ReadPage<Item> = (page: {
  limit: number;
  cursor?: string;
}) => Promise<{ items: Item[]; cursor?: string }>;

async function readAll<Item>(read: ReadPage<Item>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit: 200, ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  return items;
}

function toMessage({ id, role, author, text: said, sentAt, answer }: Message): MessageDocument {
  return {
    id,
    role,
    ...(author && { author: author.name }),
    text: said,
    sentAt,
    ...(answer && { outcome: answer.outcome }),
  };
}

function toTicket(ticket: Ticket): TicketDocument {
  const { id, ordinal: number, status, revision, editedFields, createdAt, updatedAt } = ticket;
  const filed = ticket.status === 'published' ? ticket.issue : undefined;
  return {
    id,
    number,
    status,
    revision,
    ...fieldsOf(ticket),
    editedFields,
    createdAt,
    updatedAt,
    ...(filed && { externalId: filed.externalId, externalUrl: filed.externalUrl }),
  };
}
