/** From Slack's messages to the core's: who wrote, what, where, and whether to the bot. */
import type { Attachment, Author, IncomingMessage } from '../../src/core/message.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { identityOf } from '../../src/core/user.ts';
import type { Clients, Installation } from './clients.ts';
import { isPosted, isSpoken, type SaidMessage } from './events.ts';
import { isForwarded, markupOf } from './layout.ts';
import type { MovedChannels } from './moved-channels.ts';
import { timeOf } from './own-messages.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';

export interface Inbound {
  /** `undefined` for what nobody said. `begins`: the message begins a conversation whether it addresses the bot or not. */
  read(
    workspaceId: string,
    message: SaidMessage,
    options?: { begins?: boolean },
  ): Promise<IncomingMessage | undefined>;
  /** The same of a thread's history, where what other apps posted is material too. Never the bot's own. */
  readEarlier(workspaceId: string, message: SaidMessage): Promise<IncomingMessage | undefined>;
  /** Who wrote it: a person, or an app. */
  authorOf(workspaceId: string, message: Written): Promise<Author | undefined>;
  isOwn(workspaceId: string, message: Written): Promise<boolean>;
  /** All that a message says: its text, what it forwards, what another app laid out. */
  wordsOf(workspaceId: string, message: Written): Promise<string>;
  /** Slack's markup as people read it: names for mentions, links as Markdown, the bot's own mention left out. */
  textOf(workspaceId: string, text: string): Promise<string>;
}

type Written = Omit<SaidMessage, 'channel'>;

export interface InboundOptions {
  clients: Clients;
  people: People;
  places: Places;
  moved: Pick<MovedChannels, 'knownAs'>;
}

/** Names looked up for one message; of more the account is shown. */
const MOST_NAMES = 20;

export function createInbound({ clients, people, places, moved }: InboundOptions): Inbound {
  async function read(workspaceId: string, message: SaidMessage, { begins = false } = {}) {
    if (!isSpoken(message)) return undefined;
    const incoming = await translate(workspaceId, message, begins);
    return incoming?.author.standing === 'bot' ? undefined : incoming;
  }

  async function readEarlier(workspaceId: string, message: SaidMessage) {
    if (isSpoken(message)) return read(workspaceId, message);
    if (!isPosted(message) || (await isOwn(workspaceId, message))) return undefined;
    const incoming = await translate(workspaceId, message, false);
    // A picture or a row of buttons says nothing.
    return incoming?.text || incoming?.attachments ? incoming : undefined;
  }

  async function translate(workspaceId: string, message: SaidMessage, begins: boolean) {
    const { ts, channel, text, thread_ts } = message;
    const installation = await clients.installationOf(workspaceId);
    // A line of its own: whoever is mentioned by name in the text is looked up meanwhile.
    const [author, place, words] = await Promise.all([
      authorOf(workspaceId, message),
      places.placeOf(workspaceId, channel, message.channel_type),
      wordsOf(workspaceId, message),
    ]);
    if (!author) return undefined;
    const attachments = filesOf(message).map(toAttachment);
    const mentioned = text?.includes(`<@${installation.botUserId}`) ?? false;
    const incoming: IncomingMessage = {
      ...{ id: ts, sentAt: timeOf(ts), place, author, text: words },
      thread: threadRefOf(workspaceId, channel, thread_ts ?? ts),
      ...(attachments.length > 0 && { attachments }),
      addressed: begins || mentioned || place.visibility === 'dm',
      topLevel: thread_ts === undefined || thread_ts === ts,
      permalink: permalinkOf(installation, { ...message, channel: moved.knownAs(channel) }),
    };
    return incoming;
  }

  async function authorOf(workspaceId: string, { user, bot_id, username, bot_profile }: Written) {
    if (!bot_id) return user === undefined ? undefined : people.authorOf(workspaceId, user);
    const identity = identityOf('slack', workspaceId, bot_id);
    const name = username || bot_profile?.name || 'an app';
    return { identity, name, standing: 'bot' } as const;
  }

  async function isOwn(workspaceId: string, { user, bot_id }: Written): Promise<boolean> {
    const { botId, botUserId } = await clients.installationOf(workspaceId);
    return bot_id === botId || user === botUserId;
  }

  /** The bot's own are laid out as cards, which are no material. */
  async function wordsOf(workspaceId: string, message: Written): Promise<string> {
    const own = await isOwn(workspaceId, message);
    return textOf(workspaceId, own ? (message.text ?? '') : markupOf(message));
  }

  async function textOf(workspaceId: string, text: string): Promise<string> {
    const { botUserId } = await clients.installationOf(workspaceId);
    const mentioned = [...text.matchAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g)].map(([, id = '']) => id);
    const others = [...new Set(mentioned)].filter((id) => id !== botUserId).slice(0, MOST_NAMES);
    const names = await Promise.all(
      others.map(async (id) => [id, (await people.authorOf(workspaceId, id)).name] as const),
    );
    return toPlainText(text, botUserId, new Map(names));
  }

  return { read, readEarlier, authorOf, isOwn, wordsOf, textOf };
}

export function threadRefOf(workspaceId: string, channelId: string, threadId: string): ThreadRef {
  return { platform: 'slack', workspaceId, channelId, threadId };
}

function toPlainText(text: string, botUserId: string, names: Map<string, string>): string {
  return text
    .replaceAll(/<@([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id, label) =>
      id === botUserId ? '' : `@${names.get(id) ?? (label || id)}`,
    )
    .replaceAll(/<#[A-Z0-9]+\|([^>]*)>/g, '#$1')
    .replaceAll(/<#([A-Z0-9]+)>/g, '#$1')
    .replaceAll(/<!subteam\^[A-Z0-9]+(?:\|@?([^>]*))?>/g, (_, label) => `@${label || 'group'}`)
    .replaceAll(/<!(here|channel|everyone)(?:\|[^>]*)?>/g, '@$1')
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<(https?:[^|>]+)\|([^>]*)>/g, '[$2]($1)')
    .replaceAll(/<mailto:[^|>]+\|([^>]*)>/g, '$1')
    .replaceAll(/<(https?:[^|>]+)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

/** Those of what it forwards too. */
function filesOf({ files = [], attachments = [] }: SaidMessage) {
  return [...files, ...attachments.filter(isForwarded).flatMap((one) => one.files ?? [])];
}

/** Files of Slack Connect come without an address: whoever reads them asks for it by their id. */
function toAttachment(file: NonNullable<SaidMessage['files']>[number]): Attachment {
  return {
    id: file.id,
    name: file.name ?? 'file',
    mimeType: file.mimetype ?? 'application/octet-stream',
    bytes: file.size ?? 0,
    url: file.url_private_download ?? file.url_private ?? '',
  };
}

/** As Slack itself writes it, without a request for each message. */
function permalinkOf({ url }: Installation, { channel, ts, thread_ts }: SaidMessage): string {
  const link = `${url}archives/${channel}/p${ts.replace('.', '')}`;
  return thread_ts && thread_ts !== ts ? `${link}?thread_ts=${thread_ts}&cid=${channel}` : link;
}
