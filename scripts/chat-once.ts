/** One turn without a person: a prompt in, a reply and its tickets out. */
import { text } from 'node:stream/consumers';
import { newThread, PLACE, toIncoming } from '../adapters/terminal/inbound.ts';
import type { App } from '../src/app.ts';
import type { ActionOutcome, Command } from '../src/core/action.ts';
import { ChatError, InvalidInputError } from '../src/core/errors.ts';
import type { Author, Message } from '../src/core/message.ts';
import { conversationIdOf, type ThreadRef } from '../src/core/thread.ts';
import { fieldsOf, type Ticket } from '../src/core/ticket.ts';

export interface OnceOptions {
  app: App;
  author: Author;
  prompt: string;
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
  messages: { id: string; role: string; author?: string; text: string; sentAt: string }[];
  tickets: TicketDocument[];
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
  thread,
  approve,
}: OnceOptions): Promise<OnceResult> {
  const { bot } = app;
  const handled = await bot.handleMessage(toIncoming(prompt, thread, author));
  if (handled.kind === 'command') {
    throw new ChatError(
      'That is a command, not something to draft from; commands work in `npm run chat`.',
    );
  }
  await bot.idle();
  const act = (command: Command) =>
    bot.handleAction({ thread, place: PLACE, actor: author, command });
  const approved = approve === undefined ? undefined : await act(toApproval(approve));
  const document = await toDocument(app, conversationIdOf(thread), author);
  const problem = problemOf(document, approved);
  return { document, ...(problem && { problem }) };
}

function toApproval(approve: 'all' | number): Command {
  return approve === 'all'
    ? { kind: 'approve-all' }
    : { kind: 'approve', target: { ordinal: approve } };
}

/** A turn that drafted nothing has nothing to approve: that is no mistake of whoever said "all". */
function problemOf({ messages, tickets }: ChatDocument, approved: ActionOutcome | undefined) {
  const outcome = messages.at(-1);
  if (outcome?.role !== 'assistant') return 'The turn was not answered.';
  if (approved?.kind !== 'refused' || tickets.length === 0) return undefined;
  return approved.message;
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

function toMessage({
  id,
  role,
  author,
  text: said,
  sentAt,
}: Message): ChatDocument['messages'][number] {
  return { id, role, ...(author && { author: author.name }), text: said, sentAt };
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
