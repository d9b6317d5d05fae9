/** Everything kept about a user, one JSON document a line: a person's right, and a way out. */
import type { Bot } from '../core/bot.ts';
import type { Conversation } from '../core/conversation.ts';
import type { Page } from '../core/page.ts';
import type { Repositories } from '../core/repositories.ts';
import { resolveUserId } from './access.ts';
import { describeUser } from './change.ts';
import { toConversationView, toMessageView } from './conversations.ts';
import { ProblemError } from './problem.ts';
import { createRoutes, defineRoute, userParams } from './route.ts';
import { toTicketView } from './tickets.ts';
import { toDayView } from './usage.ts';

const exportRoute = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/export',
  audit: ['exported'],
  summary:
    'Everything kept about a user: settings, connections, conversations, what they wrote, used and did',
  request: { params: userParams },
  responses: {
    200: { description: 'application/x-ndjson: a JSON document a line, each with a `kind`.' },
  },
});

export interface ExportOptions {
  repositories: Pick<Repositories, 'users' | 'conversations' | 'messages' | 'tickets' | 'contexts'>;
  bot: Pick<Bot, 'flushRecords'>;
}

export function createExport({ repositories, bot }: ExportOptions) {
  const app = createRoutes();

  app.openapi(exportRoute, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    const user = await repositories.users.getUserById(userId);
    if (!user) throw new ProblemError('not-found');
    // What waits to be written is among what is kept.
    await bot.flushRecords();
    c.get('record')({ action: 'exported', subject: describeUser(c, userId), about: userId });
    return c.body(toStream(exportUser(repositories, userId)), 200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="prompt-to-issue.ndjson"',
    });
  });

  return app;
}

type Line = { kind: string } & Record<string, unknown>;

/** All that goes when the user is deleted; secrets are the exception, which nobody reads again. */
async function* exportUser(
  repositories: ExportOptions['repositories'],
  userId: string,
): AsyncGenerator<Line> {
  const { users, conversations } = repositories;
  const known = await users.getConfiguration(userId);
  if (!known) return;
  yield { kind: 'user', ...known.user };
  yield { kind: 'settings', ...known.settings };
  for (const { owner: _, kind: vendor, encryptedKey: __, ...shown } of known.providers) {
    yield { ...shown, kind: 'provider', vendor };
  }
  for (const { owner: _, kind: product, encryptedToken: __, ...shown } of known.trackers) {
    yield { ...shown, kind: 'tracker', product };
  }
  for await (const one of all((page) => conversations.listConversations(userId, page))) {
    yield* exportConversation(repositories, one);
  }
  const accounts = new Set(known.user.identities);
  for await (const id of all((page) => conversations.listParticipations(userId, page))) {
    yield* exportParticipation(repositories, id, accounts);
  }
  for await (const trace of users.readTraces(known.user)) {
    const shown = trace.kind === 'usage' ? toDayView(trace.usage) : trace.entry;
    yield { ...shown, kind: trace.kind };
  }
}

async function* exportConversation(
  { messages, tickets, contexts }: ExportOptions['repositories'],
  conversation: Conversation,
): AsyncGenerator<Line> {
  const { id: conversationId } = conversation;
  yield { kind: 'conversation', ...toConversationView(conversation) };
  for await (const message of all((page) => messages.listMessages(conversationId, page))) {
    yield { kind: 'message', conversationId, ...toMessageView(message) };
  }
  for await (const ticket of all((page) => tickets.listTickets(conversationId, page))) {
    yield { kind: 'ticket', ...toTicketView(ticket) };
  }
  const context = await contexts.readContext(conversationId);
  if (context) yield { kind: 'summary', conversationId, text: context.summary };
}

/** Of other people's conversations what this person wrote, and nothing else. */
async function* exportParticipation(
  { messages }: ExportOptions['repositories'],
  conversationId: string,
  accounts: Set<string>,
): AsyncGenerator<Line> {
  yield { kind: 'participation', conversationId };
  for await (const message of all((page) => messages.listMessages(conversationId, page))) {
    if (!message.author || !accounts.has(message.author.identity)) continue;
    yield { kind: 'message', conversationId, ...toMessageView(message) };
  }
}

/** A line at a time, as fast as it is read. */
function toStream(lines: AsyncGenerator<Line>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}

/** Page after page, one in memory at a time. */
async function* all<Item>(
  read: (page: { cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor === undefined ? {} : { cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
