/** What `npm run look:discord` looks at: real renderings of tickets as teams have them. */
import { renderCard } from '../adapters/discord/card.ts';
import type { CardAction } from '../adapters/discord/card-action.ts';
import type { ModalView } from '../adapters/discord/modal.ts';
import { createModals } from '../adapters/discord/modals.ts';
import type { Content } from '../adapters/discord/own-messages.ts';
import { renderReply } from '../adapters/discord/reply-view.ts';
import type { Card } from '../src/core/platform.ts';
import type { Ticket } from '../src/core/ticket.ts';
import { ADVISED, DRAFT, LONG, PROJECT, PUBLISHED, PUBLISHING } from './look-tickets.ts';

const thread = { platform: 'discord', workspaceId: '', channelId: '', threadId: '1' } as const;
const card = (ticket: Ticket, rest: Partial<Card> = {}) =>
  renderCard({ thread, ticket, project: PROJECT, resumed: false, ...rest });

const modals = createModals({ readFile: () => Promise.reject(new Error('no file is shown here')) });

async function modal(name: Extract<CardAction, { kind: 'open' }>['modal']): Promise<ModalView> {
  const ticket = { ticketId: DRAFT.id, revision: DRAFT.revision };
  const names = {
    labels: ['bug', 'checkout', 'safari', 'urgent'],
    assignees: ['ann', 'ben'],
    milestone: ['2.4', '2.5'],
  };
  const shown = await modals.render(
    { kind: 'open', modal: name, ticket },
    {
      ...{ userId: '1', ticket: DRAFT, project: PROJECT },
      names: async (field) => names[field],
      missing: async () => ['Version', 'Browser'],
    },
  );
  if (shown.kind !== 'window') throw new Error(`${name} does not fit into a window`);
  return shown.view;
}

const [reply = {}] = renderReply(
  {
    text: 'Two issues look like it: **#482** drops rows too, and #390 was closed in May. I draft a new one, because',
    status: 'Searching issues',
    state: 'streaming',
  },
  'turn',
);

export type DiscordPicture =
  | { name: string; kind: 'message'; shown: Content }
  | { name: string; kind: 'modal'; shown: ModalView };

export const DISCORD_PICTURES: DiscordPicture[] = [
  { name: 'discord-reply', kind: 'message', shown: reply },
  { name: 'discord-card-draft', kind: 'message', shown: card(DRAFT) },
  { name: 'discord-card-advice', kind: 'message', shown: card(...ADVISED) },
  { name: 'discord-card-long', kind: 'message', shown: card(LONG, { openDrafts: 4 }) },
  { name: 'discord-card-publishing', kind: 'message', shown: card(PUBLISHING) },
  { name: 'discord-card-published', kind: 'message', shown: card(PUBLISHED) },
  { name: 'discord-modal-text', kind: 'modal', shown: await modal('text') },
  { name: 'discord-modal-details', kind: 'modal', shown: await modal('edit') },
  { name: 'discord-modal-project', kind: 'modal', shown: await modal('project') },
  { name: 'discord-modal-fill', kind: 'modal', shown: await modal('fill') },
];
