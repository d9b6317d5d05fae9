/** Everything kept about a user, one JSON document a line: a person's right, and a way out. */
import type { Page, Repositories } from '../core/repositories.ts';
import { resolveUserId } from './access.ts';
import { describeUser } from './change.ts';
import { toConversationView, toMessageView } from './conversations.ts';
import { ProblemError } from './problem.ts';
import { createRoutes, defineRoute, userParams } from './route.ts';
import { toTicketView } from './tickets.ts';

const exportRoute = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/export',
  audit: ['exported'],
  summary: 'Everything a user has here: settings, conversations, messages, tickets',
  request: { params: userParams },
  responses: {
    200: { description: 'application/x-ndjson: a JSON document a line, each with a `kind`.' },
  },
});

export interface ExportOptions {
  repositories: Pick<Repositories, 'users' | 'conversations' | 'messages' | 'tickets'>;
}

export function createExport({ repositories }: ExportOptions) {
  const app = createRoutes();

  app.openapi(exportRoute, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    const user = await repositories.users.getUserById(userId);
    if (!user) throw new ProblemError('not-found');
    c.get('record')({ action: 'exported', subject: describeUser(c, userId) });
    return c.body(toStream(exportUser(repositories, userId)), 200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="prompt-to-issue.ndjson"',
    });
  });

  return app;
}

type Line = { kind: string } & Record<string, unknown>;

async function* exportUser(
  { users, conversations, messages, tickets }: ExportOptions['repositories'],
  userId: string,
): AsyncGenerator<Line> {
  const known = await users.getConfiguration(userId);
  if (!known) return;
  yield { kind: 'user', ...known.user };
  yield { kind: 'settings', ...known.settings };
  for (const { name, kind: vendor, model, keyEnding } of known.providers) {
    yield { kind: 'provider', name, vendor, model, keyEnding };
  }
  for await (const conversation of all((cursor) =>
    conversations.listConversations(userId, cursor),
  )) {
    yield { kind: 'conversation', ...toConversationView(conversation) };
    const { id: conversationId } = conversation;
    for await (const message of all((cursor) => messages.listMessages(conversationId, cursor))) {
      yield { kind: 'message', conversationId, ...toMessageView(message) };
    }
    for await (const ticket of all((cursor) => tickets.listTickets(conversationId, cursor))) {
      yield { kind: 'ticket', ...toTicketView(ticket) };
    }
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
