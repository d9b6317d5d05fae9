/** Buttons: of cards, replies, modals and the Home. */
import type { App, BlockAction } from '@slack/bolt';
import { z } from 'zod';
import type { SeenTicket } from '../../src/core/action.ts';
import { REFUSED } from '../../src/core/settings-change.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { CARD_ACTION, type CardAction, parseCardAction } from './card-action.ts';
import { renderEditModal } from './edit-modal.ts';
import { threadRefOf } from './inbound.ts';
import {
  type ModalView,
  parseModalContext,
  renderLoadingModal,
  renderMessageModal,
} from './modal.ts';
import { hand, workspaceOf } from './on-message.ts';
import { timeOf } from './own-messages.ts';
import {
  act,
  type Given,
  meet,
  type Receiving,
  sentenceOf,
  tell,
  tellPerson,
} from './receiving.ts';
import { refusalOf } from './refusals.ts';
import { renderSettingsModal } from './settings-modal.ts';
import {
  renderChooseChannelModal,
  renderFillModal,
  renderNewTicketModal,
  renderProjectModal,
  renderReadingModal,
} from './small-modals.ts';

/** Where the button was, as far as Slack says: under a message, in a modal, or in the Home. */
const pressedSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  container: z
    .object({ message_ts: z.string().optional(), thread_ts: z.string().optional() })
    .optional(),
  view: z
    .object({ id: z.string(), type: z.string(), private_metadata: z.string().optional() })
    .optional(),
});

interface Pressed extends Given {
  triggerId: string;
  userId: string;
  /** The message under which it was. */
  messageTs: string | undefined;
  inModal: boolean;
}

type Opening = Exclude<CardAction, { kind: 'command' | 'retry' | 'link' }>;

export function listenToActions(app: App, receiving: Receiving): void {
  app.action<BlockAction>(CARD_ACTION, async ({ action, body, context, ack }) => {
    await ack();
    const chosen = parseCardAction('value' in action ? (action.value ?? undefined) : undefined);
    if (!chosen || chosen.kind === 'link') return;
    const pressed = await readPressed(receiving, workspaceOf(context), body, chosen).catch(
      (error: unknown) => {
        // Who it was is not known, so nobody can be told; the person sees that nothing happened.
        receiving.log.error('slack-button-not-read', { code: refusalOf(error) }, error);
      },
    );
    if (!pressed) return;
    await press(receiving, pressed, chosen).catch((error: unknown) =>
      tellPerson(receiving, pressed, sentenceOf(receiving, error)),
    );
  });
}

async function readPressed(
  receiving: Receiving,
  workspaceId: string,
  body: unknown,
  chosen: CardAction,
): Promise<Pressed> {
  const { trigger_id, user, channel, message, container, view } = pressedSchema.parse(body);
  const remembered = parseModalContext(view?.private_metadata ?? '');
  const named = 'thread' in chosen ? chosen.thread : undefined;
  const messageTs = message?.ts ?? container?.message_ts;
  const root = message?.thread_ts ?? container?.thread_ts ?? messageTs ?? '';
  const known = named ?? remembered?.thread;
  const channelId = known?.channelId ?? channel?.id ?? '';
  const { place, actor } = await meet(
    receiving,
    known?.workspaceId ?? workspaceId,
    channelId,
    user.id,
  );
  const thread: ThreadRef = known ?? threadRefOf(place.workspaceId, channelId, root);
  const inModal = view?.type === 'modal';
  return { thread, place, actor, triggerId: trigger_id, userId: user.id, messageTs, inModal };
}

async function press(
  receiving: Receiving,
  pressed: Pressed,
  chosen: Exclude<CardAction, { kind: 'link' }>,
): Promise<void> {
  if (chosen.kind === 'retry') return retry(receiving, pressed, chosen.turnId);
  if (chosen.kind !== 'command') return open(receiving, pressed, chosen);
  const outcome = await act(receiving, pressed, chosen.command);
  // The card shows what was edited or discarded; a sentence besides would say it twice.
  const isShown =
    outcome.kind === 'done' && ['discard', 'edit', 'stop'].includes(chosen.command.kind);
  if (!isShown) await tell(receiving, pressed, chosen.command, outcome);
}

/** One for each turn, however often it is pressed: its place is the reply's it is under. */
async function retry(receiving: Receiving, pressed: Pressed, turnId: string): Promise<void> {
  const { thread, place, actor, messageTs = thread.threadId } = pressed;
  await hand(receiving, {
    ...{ id: `${messageTs}-retry-${turnId}`, sentAt: timeOf(messageTs), thread, place },
    author: actor,
    text: 'Try again.',
    addressed: true,
    topLevel: false,
  });
}

/** A window at once, within the three seconds that Slack gives; what belongs into it follows. */
async function open(receiving: Receiving, pressed: Pressed, opening: Opening): Promise<void> {
  const { clients } = receiving;
  const client = await clients.clientOf(pressed.place.workspaceId);
  const shown = { trigger_id: pressed.triggerId, view: renderLoadingModal(TITLES[opening.kind]) };
  const { view } = await (pressed.inModal ? client.views.push(shown) : client.views.open(shown));
  if (!view?.id) return;
  const next = await render(receiving, pressed, opening).catch((error: unknown) =>
    renderMessageModal(TITLES[opening.kind], sentenceOf(receiving, error)),
  );
  await client.views.update({ view_id: view.id, view: next }).catch((error: unknown) => {
    // The person has closed it already.
    if (refusalOf(error) !== 'not_found') throw error;
  });
}

const TITLES: Record<Opening['kind'], string> = {
  'open-edit': 'Edit draft',
  'open-fill': 'Fill in',
  'open-project': 'Change project',
  'open-reading': 'Draft',
  'open-settings': 'Settings',
  'open-new-ticket': 'New ticket',
};

async function render(
  receiving: Receiving,
  pressed: Pressed,
  opening: Opening,
): Promise<ModalView> {
  const { thread, place } = pressed;
  const origin = { thread, place };
  switch (opening.kind) {
    case 'open-new-ticket':
      return renderNewTicketModal({ ...origin, project: undefined, chooseChannel: true });
    case 'open-settings':
      return opening.scope === 'channel'
        ? renderChannelSettings(receiving, pressed)
        : renderSettingsModal({
            ...{ ...origin, scope: 'user' },
            settings: (await receiving.bot.readHome(pressed.actor)).settings,
          });
    default:
      return renderForTicket(receiving, origin, opening);
  }
}

async function renderForTicket(
  { bot }: Receiving,
  origin: Pick<Given, 'thread' | 'place'>,
  opening: Extract<Opening, { ticket: SeenTicket }>,
): Promise<ModalView> {
  const ticket = await bot.readTicket(origin.thread, opening.ticket.ticketId);
  if (!ticket) return renderMessageModal(TITLES[opening.kind], 'That draft is not there any more.');
  const project = await bot.findProject(origin.thread, ticket);
  switch (opening.kind) {
    case 'open-edit':
      return renderEditModal({ ...origin, ticket, project, part: opening.part });
    case 'open-fill':
      return renderFillModal({ ...origin, ticket, fields: opening.fields });
    case 'open-project':
      return renderProjectModal({ ...origin, ticket, project });
    default:
      return renderReadingModal(ticket);
  }
}

/** From the Home the channel is asked for first. */
async function renderChannelSettings(
  { bot }: Receiving,
  { thread, place, actor }: Pressed,
): Promise<ModalView> {
  if (place.channelId === '') return renderChooseChannelModal({ thread, place });
  const found = await bot.readPlaceSettings(actor, { platform: 'slack', place });
  if (!found) return renderMessageModal(TITLES['open-settings'], REFUSED.channel);
  return renderSettingsModal({ thread, place, scope: 'channel', ...found });
}
