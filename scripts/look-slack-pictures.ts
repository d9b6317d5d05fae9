/** What `npm run look:slack` looks at: real renderings of tickets as teams have them. */
import type { KnownBlock, View } from '@slack/web-api';
import { renderCard } from '../adapters/slack/card.ts';
import { renderEditModal } from '../adapters/slack/edit-modal.ts';
import { renderHome } from '../adapters/slack/home-view.ts';
import { renderSettingsModal } from '../adapters/slack/settings-modal.ts';
import {
  renderChooseChannelModal,
  renderFillModal,
  renderNewTicketModal,
} from '../adapters/slack/small-modals.ts';
import type { Conversation } from '../src/core/conversation.ts';
import type { Card } from '../src/core/platform.ts';
import type { Ticket } from '../src/core/ticket.ts';
import { ADVISED, DRAFT, FIELDS, LONG, PROJECT, PUBLISHED, PUBLISHING } from './look-tickets.ts';

const thread = {
  platform: 'slack',
  workspaceId: 'T1',
  channelId: 'C1',
  threadId: '1700000000.000100',
} as const;
const place = { workspaceId: 'T1', channelId: 'C1', visibility: 'public' } as const;
const card = (ticket: Ticket, rest: Partial<Card> = {}) =>
  renderCard({ thread, ticket, project: PROJECT, resumed: false, ...rest }).blocks;

const conversation = (id: string, title: string, platform: 'slack' | 'discord'): Conversation => ({
  ...{
    id,
    userId: 'u',
    title,
    status: 'active',
    place,
    createdAt: FIELDS.createdAt,
    updatedAt: FIELDS.updatedAt,
  },
  thread: { ...thread, platform },
});
const home = {
  conversations: [
    conversation('c1', 'Checkout hangs on Safari 17', 'slack'),
    conversation('c2', 'Dark mode for the admin pages', 'discord'),
  ],
  drafts: [DRAFT, { ...LONG, id: 'other' }],
  settings: { mode: 'ticket' as const, project: PROJECT },
};

export const SLACK_PICTURES: { name: string; shown: KnownBlock[] | View }[] = [
  { name: 'slack-card-draft', shown: card(DRAFT) },
  { name: 'slack-card-advice', shown: card(...ADVISED) },
  { name: 'slack-card-long', shown: card(LONG, { openDrafts: 4 }) },
  {
    name: 'slack-card-publishing',
    shown: card(PUBLISHING),
  },
  { name: 'slack-card-published', shown: card(PUBLISHED) },
  {
    name: 'slack-modal-edit',
    shown: renderEditModal({ thread, place, ticket: DRAFT, project: PROJECT, part: 'all' }),
  },
  {
    name: 'slack-modal-fill',
    shown: renderFillModal({ thread, place, ticket: DRAFT, fields: ['Version', 'Browser'] }),
  },
  {
    name: 'slack-modal-new',
    shown: renderNewTicketModal({ thread, place, project: PROJECT, chooseChannel: true }),
  },
  {
    name: 'slack-modal-channel-settings',
    shown: renderSettingsModal({
      thread,
      place,
      scope: 'channel',
      settings: { answer: 'mentions', project: PROJECT },
    }),
  },
  { name: 'slack-modal-choose-channel', shown: renderChooseChannelModal({ thread, place }) },
  { name: 'slack-home', shown: renderHome({ home, publicUrl: 'https://tickets.acme.example' }) },
];
