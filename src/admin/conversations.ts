/** Conversations: their owner's, and an admin's. What is somebody else's does not exist. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Conversation, ConversationKey } from '../core/conversation.ts';
import type { Message } from '../core/message.ts';
import type { Repositories } from '../core/repositories.ts';
import type { Sharing } from '../core/sharing.ts';
import { formatThreadRef } from '../core/thread.ts';
import { type ApiEnv, resolveUserId } from './access.ts';
import { placeOf } from './change.ts';
import { checkContent, contentTag } from './content-tag.ts';
import { ProblemError } from './problem.ts';
import {
  createRoutes,
  defineRoute,
  idParam,
  ifMatchHeaders,
  jsonAnswer,
  jsonBody,
  NO_CONTENT,
  pageOf,
  pageQuery,
  userParams,
} from './route.ts';

/** Rounds of reading and changing before giving up: each means somebody else was faster. */
const MAX_ROUNDS = 5;

export const conversationSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    title: z.string(),
    status: z.enum(['active', 'archived']),
    thread: z.string().openapi({ example: 'slack:T1:C1:1770000000.000100' }),
    visibility: z.enum(['public', 'private', 'dm']),
    shared: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .openapi('Conversation');

export const messageSchema = z
  .object({
    id: z.string(),
    sentAt: z.string(),
    role: z.enum(['user', 'assistant']),
    text: z.string(),
    author: z.object({ identity: z.string(), name: z.string() }).optional(),
    attachments: z.array(z.object({ name: z.string(), mimeType: z.string() })).optional(),
    outcome: z.enum(['answered', 'stopped', 'failed', 'gave-up']).optional(),
  })
  .openapi('Message');

const changesSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).optional(),
    status: z.enum(['active', 'archived']).optional(),
  })
  .openapi('ConversationChanges');

const shareSchema = z.object({ url: z.string() }).openapi('Share');

export const conversationParams = z.object({ conversationId: idParam('conversationId') });

const list = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/conversations',
  summary: "A user's conversations, newest first",
  request: { params: userParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageOf(conversationSchema, 'Conversation'), 'A page of them.') },
});
const read = defineRoute('read', {
  method: 'get',
  path: '/conversations/{conversationId}',
  summary: 'One conversation',
  request: { params: conversationParams },
  responses: {
    200: jsonAnswer(conversationSchema, 'The conversation; the ETag stands for title and status.'),
  },
});
const listMessages = defineRoute('read', {
  method: 'get',
  path: '/conversations/{conversationId}/messages',
  summary: 'Its messages, oldest first',
  request: { params: conversationParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageOf(messageSchema, 'Message'), 'A page of them.') },
});
const change = defineRoute('write', {
  method: 'patch',
  path: '/conversations/{conversationId}',
  audit: ['renamed', 'archived', 'restored'],
  summary: 'Renames, archives or brings back',
  request: { params: conversationParams, headers: ifMatchHeaders, body: jsonBody(changesSchema) },
  responses: { 200: jsonAnswer(conversationSchema, 'The conversation as it is now.') },
});
const remove = defineRoute('write', {
  method: 'delete',
  path: '/conversations/{conversationId}',
  audit: ['deleted'],
  summary: 'Deletes it with its messages and tickets; issues already filed stay',
  request: { params: conversationParams },
  responses: NO_CONTENT,
});
const share = defineRoute('write', {
  method: 'put',
  path: '/conversations/{conversationId}/share',
  audit: ['shared'],
  summary: 'A link by which anybody can read it; the same one while it is shared',
  request: { params: conversationParams },
  responses: { 200: jsonAnswer(shareSchema, 'The link.') },
});
const unshare = defineRoute('write', {
  method: 'delete',
  path: '/conversations/{conversationId}/share',
  audit: ['unshared'],
  summary: 'Ends the link at once',
  request: { params: conversationParams },
  responses: NO_CONTENT,
});

export interface ConversationsOptions {
  repositories: Pick<Repositories, 'conversations' | 'messages'>;
  sharing: Sharing;
}

/** The conversation, if it is theirs or they are an admin; else a 404, as for one that is not there. */
export async function findConversation(
  c: Context<ApiEnv>,
  conversations: Repositories['conversations'],
  conversationId: string,
): Promise<Conversation> {
  const { id, role } = c.get('user');
  const found = await conversations.findConversation(conversationId);
  if (!found || (found.userId !== id && role !== 'admin')) throw new ProblemError('not-found');
  return found;
}

export function createConversations({ repositories, sharing }: ConversationsOptions) {
  const { conversations, messages } = repositories;
  const app = createRoutes();
  const find = (c: Context<ApiEnv>, id: string) => findConversation(c, conversations, id);

  app.openapi(list, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    const page = await conversations.listConversations(userId, c.req.valid('query'));
    return c.json({ ...page, items: page.items.map(toConversationView) }, 200);
  });

  app.openapi(read, async (c) => {
    const found = await find(c, c.req.valid('param').conversationId);
    return show(c, found);
  });

  app.openapi(listMessages, async (c) => {
    const { id } = await find(c, c.req.valid('param').conversationId);
    const page = await messages.listMessages(id, c.req.valid('query'));
    return c.json({ ...page, items: page.items.map(toMessageView) }, 200);
  });

  app.openapi(change, async (c) => {
    const { conversationId } = c.req.valid('param');
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const found = await find(c, conversationId);
      checkContent(c, changeable(found));
      const to = { ...changeable(found), ...c.req.valid('json') };
      const action = actionOf(found, to);
      if (!action) return show(c, found);
      if (!(await conversations.change(keyOf(found), found, to))) continue;
      c.get('record')({ action, ...placeOf(found) });
      return show(c, await find(c, conversationId));
    }
    throw new ProblemError('outdated');
  });

  app.openapi(remove, async (c) => {
    const found = await find(c, c.req.valid('param').conversationId);
    const deleted = await conversations.deleteConversation(keyOf(found));
    if (deleted) c.get('record')({ action: 'deleted', ...placeOf(found) });
    return c.body(null, 204);
  });

  app.openapi(share, async (c) => {
    const found = await find(c, c.req.valid('param').conversationId);
    const url = await sharing.share(keyOf(found));
    if (found.shareId === undefined) c.get('record')({ action: 'shared', ...placeOf(found) });
    return c.json({ url }, 200);
  });

  app.openapi(unshare, async (c) => {
    const found = await find(c, c.req.valid('param').conversationId);
    await sharing.unshare(keyOf(found));
    if (found.shareId !== undefined) c.get('record')({ action: 'unshared', ...placeOf(found) });
    return c.body(null, 204);
  });

  return app;
}

/** What two people can change at the same time; the ETag stands for it. */
const changeable = ({ title, status }: Conversation) => ({ title, status });

function show(c: Context, found: Conversation) {
  return c.json(toConversationView(found), 200, { etag: contentTag(changeable(found)) });
}

/** Of both at once, the one that others notice. */
function actionOf(before: Conversation, after: Pick<Conversation, 'title' | 'status'>) {
  if (after.status !== before.status) return after.status === 'archived' ? 'archived' : 'restored';
  return after.title === before.title ? undefined : 'renamed';
}

function keyOf({ userId, createdAt, id }: Conversation): ConversationKey {
  return { userId, createdAt, conversationId: id };
}

export function toConversationView(conversation: Conversation) {
  const { id, userId, title, status, thread, place, shareId, createdAt, updatedAt } = conversation;
  const { visibility } = place;
  const shared = shareId !== undefined;
  const ref = formatThreadRef(thread);
  return { id, userId, title, status, thread: ref, visibility, shared, createdAt, updatedAt };
}

/** Without the platform's own addresses of attachments: they may carry a signature. */
export function toMessageView({ id, sentAt, role, text, author, attachments, answer }: Message) {
  return {
    ...{ id, sentAt, role, text },
    ...(author && { author: { identity: author.identity, name: author.name } }),
    ...(attachments && {
      attachments: attachments.map(({ name, mimeType }) => ({ name, mimeType })),
    }),
    ...(answer && { outcome: answer.outcome }),
  };
}
