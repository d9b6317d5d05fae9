/** Messages: said, changed and deleted, in channels, threads and direct messages. */
import type { App } from '@slack/bolt';
import { ChatError } from '../../src/core/errors.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import {
  changedSchema,
  deletedSchema,
  isSpoken,
  messageSchema,
  type SaidMessage,
} from './events.ts';
import { threadRefOf } from './inbound.ts';
import { timeOf } from './own-messages.ts';
import type { Receiving } from './receiving.ts';

export function listenToMessages(app: App, receiving: Receiving): void {
  const once = createOnce();
  const receive = (workspaceId: string, event: unknown) => {
    const message = messageSchema.parse(event);
    const { channel, ts } = message;
    if (!isSpoken(message)) return Promise.resolve();
    return once(`${workspaceId}:${channel}:${ts}`, () =>
      receiveMessage(receiving, workspaceId, message),
    );
  };
  app.event('app_mention', ({ event, context }) => receive(workspaceOf(context), event));
  app.event('message', async ({ event, context }) => {
    const workspaceId = workspaceOf(context);
    switch (event.subtype) {
      case 'message_changed':
        return receiveChange(receiving, workspaceId, event);
      case 'message_deleted':
        return receiveDeletion(receiving, workspaceId, event);
      default:
        return receive(workspaceId, event);
    }
  });
}

export const workspaceOf = ({ teamId, enterpriseId }: { teamId?: string; enterpriseId?: string }) =>
  teamId ?? enterpriseId ?? '';

async function receiveMessage(
  receiving: Receiving,
  workspaceId: string,
  message: SaidMessage,
): Promise<void> {
  const begins = await beginsHere(receiving, workspaceId, message);
  const incoming = await receiving.inbound.read(workspaceId, message, { begins });
  if (incoming && (incoming.addressed || !incoming.topLevel)) await hand(receiving, incoming);
}

/** In an intake channel whatever is said outside of a thread begins one. */
async function beginsHere(
  { bot, places }: Receiving,
  workspaceId: string,
  { channel, channel_type, thread_ts, ts }: SaidMessage,
): Promise<boolean> {
  if (thread_ts !== undefined && thread_ts !== ts) return false;
  const place = await places.placeOf(workspaceId, channel, channel_type);
  if (place.visibility === 'dm') return false;
  return (await bot.readBeginnings({ platform: 'slack', place })).intake;
}

/** What the person can do something about is said to them; everything else makes Slack deliver again. */
export async function hand({ bot, platform }: Receiving, incoming: IncomingMessage): Promise<void> {
  try {
    await bot.handleMessage(incoming);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const { thread, author } = incoming;
    await platform.postNotice({ thread, text: error.message, to: author });
  }
}

async function receiveChange(receiving: Receiving, workspaceId: string, event: unknown) {
  const { channel, message, previous_message: before } = changedSchema.parse(event);
  const { ts, thread_ts, text } = message;
  const thread = threadRefOf(workspaceId, channel, thread_ts ?? ts);
  const named = { thread, id: ts, sentAt: timeOf(ts) };
  // The first message of a thread leaves a stone behind when it is deleted.
  if (message.subtype === 'tombstone') return receiving.bot.handleDeletion(named);
  // Slack says the same when it has looked at a link; then nobody edited anything.
  if (!isSpoken(message) || text === before?.text) return undefined;
  const words = await receiving.inbound.wordsOf(workspaceId, message);
  await receiving.bot.handleEdit({ ...named, text: words });
}

async function receiveDeletion({ bot, inbound }: Receiving, workspaceId: string, event: unknown) {
  const { channel, deleted_ts: ts, previous_message: before } = deletedSchema.parse(event);
  if (before && (await inbound.isOwn(workspaceId, before))) return;
  const thread = threadRefOf(workspaceId, channel, before?.thread_ts ?? ts);
  await bot.handleDeletion({ thread, id: ts, sentAt: timeOf(ts) });
}

/** Milliseconds; the two events of a mention come within a second of one another. */
const REMEMBERED_MS = 60_000;

/**
 * A mention comes twice, as a mention and as a message. The table would notice; this saves it the
 * trouble in one process. What failed is forgotten, so that it can come again.
 */
function createOnce() {
  const running = new Map<string, Promise<void>>();

  return function once(key: string, work: () => Promise<void>): Promise<void> {
    const known = running.get(key);
    if (known) return known;
    const begun = work();
    running.set(key, begun);
    begun.then(
      () => void setTimeout(() => running.delete(key), REMEMBERED_MS).unref(),
      () => running.delete(key),
    );
    return begun;
  };
}
