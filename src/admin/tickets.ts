/** Tickets of a conversation: read, edited, approved and discarded by the same rules as in the thread. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ActionOutcome, Command, SeenTicket } from '../core/action.ts';
import type { Bot } from '../core/bot.ts';
import type { Conversation } from '../core/conversation.ts';
import type { Author } from '../core/message.ts';
import type { Repositories } from '../core/repositories.ts';
import type { Ticket } from '../core/ticket.ts';
import {
  fieldsOf,
  MAX_NAME_LENGTH,
  type TicketChanges,
  ticketFieldsSchema,
} from '../core/ticket-fields.ts';
import { accountIn, type User } from '../core/user.ts';
import type { ApiEnv } from './access.ts';
import { resolveUserId } from './access.ts';
import { conversationParams, findConversation } from './conversations.ts';
import { ProblemError } from './problem.ts';
import {
  checkRevision,
  createRoutes,
  defineRoute,
  etagOf,
  idParam,
  jsonAnswer,
  jsonBody,
  neededIfMatchHeaders,
  pageOf,
  pageQuery,
  userParams,
} from './route.ts';

export const ticketSchema = z
  .object({
    id: z.string(),
    conversationId: z.string(),
    ordinal: z.int(),
    revision: z.int(),
    status: z.enum(['draft', 'publishing', 'published', 'discarded']),
    fields: z.strictObject(ticketFieldsSchema.shape).openapi('TicketFields'),
    requester: z.string(),
    refusal: z.string().optional(),
    issue: z.object({ id: z.string(), url: z.string() }).optional(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .openapi('Ticket');

const changesSchema = z
  .strictObject(ticketFieldsSchema.shape)
  .partial()
  .extend({
    estimate: ticketFieldsSchema.shape.estimate.nullable(),
    milestone: ticketFieldsSchema.shape.milestone.nullable(),
    project: ticketFieldsSchema.shape.project.nullable(),
    reasoning: ticketFieldsSchema.shape.reasoning.nullable(),
  })
  .openapi('TicketChanges');

/** A problem's `confirm`, sent back: what it warned of is meant. */
const approvalSchema = z
  .strictObject({ confirmed: z.string().min(1).max(500).optional() })
  .openapi('Approval');

const ticketParams = conversationParams.extend({ ticketId: idParam('ticketId') });
const one = { 200: jsonAnswer(ticketSchema, 'The ticket; the ETag names the revision.') };
const acted = {
  200: jsonAnswer(
    z.object({ message: z.string(), ticket: ticketSchema }).openapi('TicketOutcome'),
    'What came of it, and the ticket as it is now.',
  ),
};

const list = defineRoute('read', {
  method: 'get',
  path: '/conversations/{conversationId}/tickets',
  summary: "A conversation's tickets",
  request: { params: conversationParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageOf(ticketSchema, 'Ticket'), 'A page of them.') },
});
const listDrafts = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/drafts',
  summary: "Open drafts in a user's conversations",
  request: { params: userParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageOf(ticketSchema, 'Ticket'), 'A page of open drafts.') },
});
const read = defineRoute('read', {
  method: 'get',
  path: '/conversations/{conversationId}/tickets/{ticketId}',
  summary: 'One ticket',
  request: { params: ticketParams },
  responses: one,
});
const edit = defineRoute('write', {
  method: 'patch',
  path: '/conversations/{conversationId}/tickets/{ticketId}',
  audit: ['edited'],
  summary: 'Changes a draft; `null` clears an optional field',
  request: { params: ticketParams, headers: neededIfMatchHeaders, body: jsonBody(changesSchema) },
  responses: one,
});
const approve = defineRoute('write', {
  method: 'post',
  path: '/conversations/{conversationId}/tickets/{ticketId}/approve',
  audit: ['approved', 'published'],
  summary: 'Files the revision named in If-Match, once',
  request: {
    params: ticketParams,
    headers: neededIfMatchHeaders,
    body: { ...jsonBody(approvalSchema), required: false },
  },
  responses: acted,
});
const addTo = defineRoute('write', {
  method: 'post',
  path: '/conversations/{conversationId}/tickets/{ticketId}/add-to',
  audit: ['commented'],
  summary: 'Adds the revision named in If-Match to an issue that is there, as a comment',
  request: {
    params: ticketParams,
    headers: neededIfMatchHeaders,
    body: jsonBody(approvalSchema.extend({ issue: z.string().min(1).max(500) }).openapi('AddTo')),
  },
  responses: acted,
});
const createName = defineRoute('write', {
  method: 'post',
  path: '/conversations/{conversationId}/tickets/{ticketId}/create-name',
  audit: ['created'],
  summary: 'Creates a label or milestone that the draft names and its project does not have',
  request: {
    params: ticketParams,
    headers: neededIfMatchHeaders,
    body: jsonBody(
      approvalSchema
        .extend({
          field: z.enum(['labels', 'milestone']),
          name: z.string().min(1).max(MAX_NAME_LENGTH),
        })
        .openapi('NewName'),
    ),
  },
  responses: acted,
});
const discard = defineRoute('write', {
  method: 'post',
  path: '/conversations/{conversationId}/tickets/{ticketId}/discard',
  audit: ['discarded'],
  summary: 'Drops a draft',
  request: { params: ticketParams, headers: neededIfMatchHeaders },
  responses: acted,
});

export interface TicketsOptions {
  repositories: Pick<Repositories, 'conversations' | 'tickets'>;
  bot: Pick<Bot, 'handleAction'>;
}

export function createTickets({ repositories, bot }: TicketsOptions) {
  const { conversations, tickets } = repositories;
  const app = createRoutes();

  async function find(c: Context<ApiEnv>, params: z.infer<typeof ticketParams>) {
    const conversation = await findConversation(c, conversations, params.conversationId);
    const ticket = await tickets.getTicket(conversation.id, params.ticketId);
    if (!ticket) throw new ProblemError('not-found');
    return { conversation, ticket };
  }

  /** The same core as the buttons: who may, on which revision, is decided there. */
  async function act(
    c: Context<ApiEnv>,
    params: z.infer<typeof ticketParams>,
    toCommand: (target: SeenTicket) => Command,
  ) {
    const { conversation, ticket } = await find(c, params);
    checkRevision(c, ticket.revision);
    const { thread, place } = conversation;
    const actor = toActor(c.get('user'), conversation);
    const command = toCommand({ ticketId: ticket.id, revision: ticket.revision });
    const outcome = await bot.handleAction({ thread, place, actor, command });
    return settle(outcome, (await find(c, params)).ticket);
  }

  app.openapi(list, async (c) => {
    const { conversationId } = c.req.valid('param');
    const { id } = await findConversation(c, conversations, conversationId);
    const page = await tickets.listTickets(id, c.req.valid('query'));
    return c.json({ ...page, items: page.items.map(toTicketView) }, 200);
  });

  app.openapi(listDrafts, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    const page = await tickets.listOpenDrafts(userId, c.req.valid('query'));
    return c.json({ ...page, items: page.items.map(toTicketView) }, 200);
  });

  app.openapi(read, async (c) => {
    const { ticket } = await find(c, c.req.valid('param'));
    return c.json(toTicketView(ticket), 200, { etag: etagOf(ticket.revision) });
  });

  app.openapi(edit, async (c) => {
    const changes = c.req.valid('json') as TicketChanges;
    const toCommand = (target: SeenTicket): Command => ({
      kind: 'edit',
      target,
      changes,
    });
    const { ticket } = await act(c, c.req.valid('param'), toCommand);
    return c.json(ticket, 200, { etag: etagOf(ticket.revision) });
  });

  app.openapi(approve, async (c) => {
    const { confirmed } = c.req.valid('json');
    const toCommand = (target: SeenTicket): Command => ({
      ...{ kind: 'approve', target },
      ...(confirmed !== undefined && { confirmed }),
    });
    return c.json(await act(c, c.req.valid('param'), toCommand), 200);
  });

  app.openapi(addTo, async (c) => {
    const { confirmed, issue } = c.req.valid('json');
    const toCommand = (target: SeenTicket): Command => ({
      ...{ kind: 'add-to', target, issue },
      ...(confirmed !== undefined && { confirmed }),
    });
    return c.json(await act(c, c.req.valid('param'), toCommand), 200);
  });

  app.openapi(createName, async (c) => {
    const { confirmed, field, name } = c.req.valid('json');
    const toCommand = (target: SeenTicket): Command => ({
      ...{ kind: 'create-name', target, field, name },
      ...(confirmed !== undefined && { confirmed }),
    });
    return c.json(await act(c, c.req.valid('param'), toCommand), 200);
  });

  app.openapi(discard, async (c) =>
    c.json(await act(c, c.req.valid('param'), (target) => ({ kind: 'discard', target })), 200),
  );

  return app;
}

/** By the account they have where the conversation is, so that approvers named there are recognised. */
function toActor(user: User, { thread }: Conversation): Author {
  const { name, role } = user;
  const identity = accountIn(user, thread);
  return { identity, name, standing: 'member', manages: role === 'admin' };
}

function settle({ kind, message, confirm }: ActionOutcome, ticket: Ticket) {
  if (kind === 'refused') {
    const meant = confirm && 'confirmed' in confirm ? confirm.confirmed : undefined;
    const again = meant === undefined ? {} : { confirm: meant };
    throw new ProblemError('refused', { detail: message, ...again });
  }
  return { message, ticket: toTicketView(ticket) };
}

export function toTicketView(ticket: Ticket) {
  const { id, conversationId, ordinal, revision, status, origin, createdAt, updatedAt } = ticket;
  return {
    ...{ id, conversationId, ordinal, revision, status, createdAt, updatedAt },
    fields: fieldsOf(ticket),
    requester: origin.requester.name,
    ...(ticket.status === 'draft' && ticket.refusal && { refusal: ticket.refusal }),
    ...(ticket.status === 'published' && {
      issue: { id: ticket.issue.externalId, url: ticket.issue.externalUrl },
    }),
  };
}
