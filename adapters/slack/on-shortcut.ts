/** The shortcuts: "Draft a ticket" in the menu of a message, "New ticket" from anywhere; and the emoji. */
import type { App } from '@slack/bolt';
import { requestDraftFrom } from '../../src/core/draft-request.ts';
import { interactionMessageSchema, reactionSchema, type SaidMessage } from './events.ts';
import { threadRefOf } from './inbound.ts';
import { hand, workspaceOf } from './on-message.ts';
import { timeOf } from './own-messages.ts';
import { meet, type Receiving, sentenceOf, tellPerson } from './receiving.ts';
import { renderNewTicketModal } from './small-modals.ts';

/** `callback_id`s, as the manifest has them. */
export const SHORTCUTS = { draft: 'draft_ticket', newTicket: 'new_ticket' } as const;

export function listenToShortcuts(app: App, receiving: Receiving): void {
  app.shortcut({ callback_id: SHORTCUTS.draft, type: 'message_action' }, async (given) => {
    const { shortcut, context, ack } = given;
    const workspaceId = workspaceOf(context);
    const message = {
      ...interactionMessageSchema.parse(shortcut.message),
      channel: shortcut.channel.id,
    };
    const asked = { userId: shortcut.user.id, ts: shortcut.action_ts };
    const drafting = draftFrom(receiving, workspaceId, message, asked);
    await drafting.then(
      () => ack(),
      async (error: unknown) => {
        await ack();
        await tellAsker(receiving, workspaceId, message, shortcut.user.id, error);
      },
    );
  });
  app.shortcut(
    { callback_id: SHORTCUTS.newTicket, type: 'shortcut' },
    async ({ shortcut, context, ack }) => {
      await ack();
      const workspaceId = workspaceOf(context);
      const client = await receiving.clients.clientOf(workspaceId);
      const place = { workspaceId, channelId: '', visibility: 'dm' } as const;
      const thread = threadRefOf(workspaceId, '', '');
      const view = renderNewTicketModal({ thread, place, project: undefined, chooseChannel: true });
      await client.views
        .open({ trigger_id: shortcut.trigger_id, view })
        // Too late for a window: it is said in a direct message.
        .catch(async (error: unknown) => {
          const actor = await receiving.people.authorOf(workspaceId, shortcut.user.id);
          await tellPerson(receiving, { thread, place, actor }, sentenceOf(receiving, error));
        });
    },
  );
  app.event('reaction_added', ({ event, context }) =>
    receiveReaction(receiving, workspaceOf(context), event),
  );
}

async function tellAsker(
  receiving: Receiving,
  workspaceId: string,
  { channel, thread_ts, ts }: SaidMessage,
  userId: string,
  error: unknown,
): Promise<void> {
  const { place, actor } = await meet(receiving, workspaceId, channel, userId);
  const thread = threadRefOf(place.workspaceId, channel, thread_ts ?? ts);
  await tellPerson(receiving, { thread, place, actor }, sentenceOf(receiving, error));
}

/** A message of its own in the thread of the one it is about: who asked, and when. */
async function draftFrom(
  receiving: Receiving,
  workspaceId: string,
  message: SaidMessage,
  asked: { userId: string; ts: string },
): Promise<void> {
  const { channel, ts, thread_ts } = message;
  const [{ place, actor: author }, words, writer] = await Promise.all([
    meet(receiving, workspaceId, channel, asked.userId),
    receiving.inbound.wordsOf(workspaceId, message),
    receiving.inbound.authorOf(workspaceId, message),
  ]);
  await hand(receiving, {
    ...{ id: `${asked.ts}-draft`, sentAt: timeOf(asked.ts), place, author },
    thread: threadRefOf(place.workspaceId, channel, thread_ts ?? ts),
    text: requestDraftFrom(words, writer?.name),
    addressed: true,
    topLevel: false,
  });
}

/** The channel's emoji on a message begins a draft from it, for whoever put it there. */
async function receiveReaction(receiving: Receiving, workspaceId: string, event: unknown) {
  const { user, reaction, item, event_ts } = reactionSchema.parse(event);
  const { channel, ts } = item;
  if (item.type !== 'message' || !channel || !ts) return;
  // Most emojis mean nothing here: Slack is asked of the place once one does.
  const place = { workspaceId, channelId: channel, visibility: 'private' } as const;
  const beginnings = await receiving.bot.readBeginnings({ platform: 'slack', place });
  if (beginnings.reaction !== reaction) return;
  const client = await receiving.clients.clientOf(workspaceId);
  const { messages = [] } = await client.conversations.replies({ channel, ts, limit: 1 });
  // Of a reply in a thread Slack gives that reply alone.
  const found = messages.find((one) => one.ts === ts);
  if (!found) return;
  const message = { ...interactionMessageSchema.parse(found), channel };
  if (await receiving.inbound.isOwn(workspaceId, message)) return;
  // An app that marks its own alerts would begin a turn with each.
  if ((await receiving.people.authorOf(workspaceId, user)).standing === 'bot') return;
  await draftFrom(receiving, workspaceId, message, { userId: user, ts: event_ts });
}
