/**
 * Starts that wait for their thread: `START#platform#workspace#id` / `START`. The claim and the
 * pending marker stay until the thread is bound; what is left then only tells a redelivery apart, says
 * neither who nor what, and expires after a day.
 */
import { z } from 'zod';
import type { StartClaim, StartRepository, ThreadStart } from '../core/start.ts';
import { PLATFORMS } from '../core/thread.ts';
import type { Table } from './client.ts';
import { type Key, startKey } from './keys.ts';
import { attachmentSchema } from './message-item.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { type Action, getItem, type Item, type Write, write } from './requests.ts';
import { threadSettingsSchema } from './thread-item.ts';

/** Seconds; platforms redeliver an interaction within minutes. */
const REMEMBERED_SECONDS = 86_400;

const claimSchema = z.object({
  token: z.string(),
  attempt: z.number(),
  claimedAt: z.number(),
  expiresAt: z.number(),
});

const startSchema = z.object({
  id: z.string(),
  platform: z.enum(PLATFORMS),
  place: z.object({
    workspaceId: z.string(),
    channelId: z.string(),
    visibility: z.enum(['public', 'private', 'dm']),
  }),
  author: z.object({
    identity: z.string(),
    name: z.string(),
    standing: z.enum(['member', 'guest', 'bot']),
  }),
  text: z.string(),
  attachments: z.array(attachmentSchema).optional(),
  settings: threadSettingsSchema,
  givenAt: z.string(),
});

const itemSchema = z.object({
  v: z.literal(1),
  /** Gone with the claim. */
  start: startSchema.optional(),
  claim: claimSchema.optional(),
});

/** The core's port, on the table; each method is one request. */
export function createStartRepository({ table }: { table: Table }): StartRepository {
  return {
    async putStart(start, claim) {
      const put = { ...keyOf(start), ...markerOf(start, claim), v: 1, start, claim };
      const outcome = await write(table, { put, condition: 'attribute_not_exists(PK)' });
      return outcome.ok || isHeldBy(outcome.item, claim);
    },
    async getStart(place) {
      const item = await getItem(table, startKey(place));
      const found = item && itemSchema.parse(item);
      return found?.start && found.claim && { start: found.start, claim: found.claim };
    },
    async takeStart(start, replaces, claim) {
      const marker = markerOf(start, claim);
      const outcome = await write(table, {
        update: keyOf(start),
        change: 'SET claim = :claim, GSI1SK = :since',
        condition: 'claim.#token = :replaced AND claim.expiresAt = :lapsed',
        names: { '#token': 'token' },
        values: {
          ':claim': claim,
          ':since': marker.GSI1SK,
          ':replaced': replaces.token,
          ':lapsed': replaces.expiresAt,
        },
      });
      return outcome.ok || isHeldBy(outcome.item, claim);
    },
    async renewStart(start, claim) {
      const outcome = await write(table, {
        update: keyOf(start),
        change: 'SET claim = :claim',
        condition: 'claim.#token = :token',
        names: { '#token': 'token' },
        values: { ':claim': claim, ':token': claim.token },
      });
      return outcome.ok;
    },
    async endStart(start, claim) {
      await write(table, endingStart(start, claim.token, Date.now()));
    },
  };
}

/** Ends the start under this claim; `now` in milliseconds since the epoch. */
export function endingStart(start: ThreadStart, token: string, now: number): Write & Action {
  return {
    update: keyOf(start),
    change: 'SET expiresAt = :expiresAt REMOVE claim, #start, GSI1PK, GSI1SK',
    condition: 'claim.#token = :token',
    names: { '#token': 'token', '#start': 'start' },
    values: { ':token': token, ':expiresAt': Math.ceil(now / 1000) + REMEMBERED_SECONDS },
  };
}

function keyOf({ platform, place, id }: ThreadStart): Key {
  return startKey({ platform, workspaceId: place.workspaceId, id });
}

function markerOf({ id }: ThreadStart, { claimedAt }: StartClaim) {
  return pendingIndexKey(id, claimedAt);
}

/** A failed condition that finds our own token: the answer was lost, not the write. */
function isHeldBy(item: Item | undefined, { token }: StartClaim): boolean {
  return item !== undefined && itemSchema.parse(item).claim?.token === token;
}
