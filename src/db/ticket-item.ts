/**
 * Tickets as items: attributes are named as in `Ticket`, its id and conversation are in the key.
 * `GSI1PK`, `GSI1SK` are the pending marker, while its card is not shown or it is being published.
 */
import { z } from 'zod';
import { CLOSE_REASONS } from '../core/issue-event.ts';
import { PLATFORMS } from '../core/thread.ts';
import type { Ticket, UnsettledTry } from '../core/ticket.ts';
import {
  TICKET_FIELDS,
  TICKET_PRIORITIES,
  TICKET_TYPES,
  type TicketField,
} from '../core/ticket-fields.ts';
import { type IndexKey, type Key, ticketKey } from './keys.ts';
import type { Item } from './requests.ts';

const authorSchema = z.object({
  identity: z.string(),
  name: z.string(),
  standing: z.enum(['member', 'guest', 'bot']),
});

/** Where an approved ticket goes. */
const destinationSchema = z.object({
  project: z.string(),
  digest: z.string(),
  access: z
    .object({
      owner: z.union([
        z.object({ userId: z.string() }),
        z.object({ platform: z.enum(PLATFORMS), workspaceId: z.string() }),
      ]),
      name: z.string(),
    })
    .optional(),
  server: z.string().optional(),
  addTo: z.string().optional(),
});

const approvalSchema = destinationSchema.extend({
  by: authorSchema,
  at: z.string(),
  revision: z.number(),
});
const unsettledSchema = destinationSchema.extend({ since: z.string() });

const claimSchema = z.object({
  token: z.string(),
  expiresAt: z.number(),
  since: z.string(),
  attempt: z.number(),
  silent: z.number().optional(),
  waits: z.string().optional(),
});

const issueSchema = z.object({
  tracker: z.string(),
  host: z.string(),
  projectId: z.string(),
  project: z.string(),
  number: z.string(),
  externalId: z.string(),
  externalUrl: z.string(),
  filedAt: z.string(),
  latest: z
    .object({
      state: z.enum(['open', 'closed', 'deleted']),
      reason: z.enum(CLOSE_REASONS).optional(),
      title: z.string(),
      updatedAt: z.string(),
    })
    .optional(),
});

/** Without the limits of `ticketFieldsSchema`: what was stored under older limits stays readable. */
const recordSchema = z.object({
  PK: z.string(),
  SK: z.string(),
  v: z.literal(1),
  title: z.string(),
  description: z.string(),
  type: z.enum(TICKET_TYPES),
  priority: z.enum(TICKET_PRIORITIES),
  acceptanceCriteria: z.array(z.string()),
  tasks: z.array(z.string()),
  labels: z.array(z.string()),
  assignees: z.array(z.string()),
  estimate: z.string().optional(),
  milestone: z.string().optional(),
  project: z.string().optional(),
  parent: z.number().optional(),
  reasoning: z.string().optional(),
  ordinal: z.number(),
  revision: z.number(),
  origin: z.object({
    requester: authorSchema,
    permalink: z.string().optional(),
    turnId: z.string(),
  }),
  editedFields: z.array(z.enum(TICKET_FIELDS as [TicketField, ...TicketField[]])),
  cardId: z.string().optional(),
  unsettled: z.array(unsettledSchema).optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

const itemSchema = z.discriminatedUnion('status', [
  recordSchema.extend({ status: z.literal('draft'), refusal: z.string().optional() }),
  recordSchema.extend({
    status: z.literal('publishing'),
    approval: approvalSchema,
    claim: claimSchema,
  }),
  recordSchema.extend({
    status: z.literal('published'),
    approval: approvalSchema,
    issue: issueSchema,
  }),
  recordSchema.extend({
    status: z.literal('discarded'),
    addedTo: z.object({ project: z.string(), number: z.string(), url: z.string() }).optional(),
  }),
]);

/** Absent on some tickets: an update removes them where the new version has none. */
const OPTIONAL_ATTRIBUTES = [
  'estimate',
  'milestone',
  'project',
  'parent',
  'reasoning',
  'refusal',
  'approval',
  'claim',
  'issue',
  'addedTo',
] as const;

export function toTicketItem(ticket: Ticket): Key & Item {
  const { id, conversationId, ...attributes } = ticket;
  return { ...ticketKey(conversationId, id), v: 1, ...attributes };
}

export function fromTicketItem(item: Item): Ticket {
  const { PK, SK, v: _, ...ticket } = itemSchema.parse(item);
  return {
    ...ticket,
    id: SK.slice('TICKET#'.length),
    conversationId: PK.slice('CONV#'.length),
  };
}

/** What becomes of the pending marker when the ticket is written. */
export type MarkerChange = 'keep' | 'remove' | IndexKey;

/**
 * The update that makes the stored ticket this one. It leaves `cardId` alone, which is recorded beside and
 * changes no revision, and `unsettled` but for what is given here.
 */
export function toTicketChange(
  ticket: Ticket,
  marker: MarkerChange = 'keep',
  unsettled?: UnsettledTry[],
) {
  const { id, conversationId, cardId: _, unsettled: __, ...attributes } = ticket;
  const sets = { ...attributes, unsettled, ...(typeof marker === 'object' && marker) };
  const present = Object.entries(sets).filter(([, value]) => value !== undefined);
  const kept = present.map(([name]) => name);
  const absent: string[] = OPTIONAL_ATTRIBUTES.filter((name) => !kept.includes(name));
  const gone = marker === 'remove' ? [...absent, 'GSI1PK', 'GSI1SK'] : absent;
  const setting = kept.map((name) => `#${name} = :${name}`).join(', ');
  return {
    update: ticketKey(conversationId, id),
    change: `SET ${setting} REMOVE ${gone.map((name) => `#${name}`).join(', ')}`,
    names: Object.fromEntries([...kept, ...gone].map((name) => [`#${name}`, name])),
    values: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
  };
}
