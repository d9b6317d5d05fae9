/** The bot's own place in Slack: a person's drafts, conversations and settings. */
import type { KnownBlock, View } from '@slack/web-api';
import type { Conversation } from '../../src/core/conversation.ts';
import type { Home } from '../../src/core/home.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { context, section } from './blocks.ts';
import { toButton, toLinkButton } from './card-action.ts';
import { escapeWithin, linkMrkdwn } from './markdown.ts';

export interface HomeViewOptions {
  home: Home;
  /** People manage the rest there; absent: nowhere. */
  publicUrl?: string | undefined;
}

const PLATFORM_NAMES = { slack: 'Slack', discord: 'Discord', terminal: 'terminal' } as const;

export function renderHome({ home, publicUrl }: HomeViewOptions): View {
  return {
    type: 'home',
    blocks: [
      ...renderBeginning(publicUrl),
      { type: 'divider' },
      ...renderDrafts(home),
      { type: 'divider' },
      ...renderConversations(home.conversations),
      { type: 'divider' },
      ...renderSettings(home),
    ],
  };
}

function renderBeginning(publicUrl: string | undefined): KnownBlock[] {
  return [
    section(
      '*Say what is wrong or wanted, in your own words.* Mention me in a thread, write to me under Messages, or begin here. Nothing is filed until a person approves.',
    ),
    {
      type: 'actions',
      elements: [
        toButton({
          ...{ id: 'new', text: 'New ticket', style: 'primary' },
          action: { kind: 'open-new-ticket' },
        }),
        toButton({
          id: 'settings',
          text: 'My settings',
          action: { kind: 'open-settings', scope: 'user' },
        }),
        toButton({
          id: 'channel-settings',
          text: 'Channel settings',
          action: { kind: 'open-settings', scope: 'channel' },
        }),
        toButton({
          ...{ id: 'link', text: 'Link another account' },
          action: { kind: 'command', command: { kind: 'link' } },
        }),
        ...(publicUrl
          ? [
              toButton({
                ...{ id: 'sign-in', text: 'Open the console' },
                action: { kind: 'command', command: { kind: 'sign-in' } },
              }),
            ]
          : []),
      ],
    },
  ];
}

function renderDrafts({ drafts, conversations }: Home): KnownBlock[] {
  const heading = header('Open drafts');
  if (drafts.length === 0) return [heading, context('None. What you ask for next shows up here.')];
  const threads = new Map(conversations.map(({ id, thread }) => [id, thread]));
  return [heading, ...drafts.map((draft) => renderDraft(draft, threads.get(draft.conversationId)))];
}

function renderDraft(draft: Ticket, thread: ThreadRef | undefined): KnownBlock {
  const { title, type, priority, origin } = draft;
  const url = origin.permalink ?? (thread && threadUrlOf(thread));
  const text = `*${escapeWithin(title, 500)}*\n${type} · ${priority}`;
  return section(text, url ? toLinkButton(`draft-${draft.id}`, 'Open', url) : undefined);
}

function renderConversations(conversations: Conversation[]): KnownBlock[] {
  const heading = header('Conversations');
  if (conversations.length === 0) return [heading, context('None yet.')];
  return [
    heading,
    ...conversations.map(({ id, title, status, updatedAt, thread }) => {
      const url = threadUrlOf(thread);
      const where = PLATFORM_NAMES[thread.platform];
      const archived = status === 'archived' ? ' · archived' : '';
      const name = url ? linkMrkdwn(title, url) : escapeWithin(title, 500);
      const facts = `${where} · ${renderTime(updatedAt)}${archived}`;
      return { ...section(`${name}\n${facts}`), block_id: `conversation-${id}` } as KnownBlock;
    }),
  ];
}

/** Slack shows it in the reader's own time zone. */
function renderTime(iso: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1_000);
  return `<!date^${seconds}^{date_short_pretty} {time}|${iso.slice(0, 16).replace('T', ' ')} UTC>`;
}

function renderSettings({ settings }: Home): KnownBlock[] {
  const { mode, project, provider, model, language } = settings;
  const facts: [string, string | undefined][] = [
    ['Mode', mode],
    ['Project', project],
    ['Provider', provider],
    ['Model', model],
    ['Language', language],
  ];
  const lines = facts.map(
    ([name, value]) =>
      `*${name}:* ${value ? escapeWithin(value, 300) : '_as the channel decides_'}`,
  );
  return [header('My settings'), section(lines.join('\n'))];
}

function header(text: string): KnownBlock {
  return { type: 'header', text: { type: 'plain_text', text } };
}

/** An address that opens a thread in Slack; other platforms' threads have none here. */
export function threadUrlOf({
  platform,
  workspaceId,
  channelId,
  threadId,
}: ThreadRef): string | undefined {
  if (platform !== 'slack' || threadId === '') return undefined;
  return `https://app.slack.com/client/${workspaceId}/${channelId}/thread/${channelId}-${threadId}`;
}
