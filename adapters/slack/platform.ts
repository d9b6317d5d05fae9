/** The ChatPlatform port on Slack's Web API. */
import type { WebClient } from '@slack/web-api';
import type { Log } from '../../src/core/log.ts';
import type { Card, ChatPlatform, ReplyTarget } from '../../src/core/platform.ts';
import { createReadAttachment } from './attachments.ts';
import { renderCard } from './card.ts';
import { threadUrlOf } from './home-view.ts';
import { createLine, type Line } from './line.ts';
import type { MovedChannels } from './moved-channels.ts';
import { createNotices } from './notices.ts';
import { createOwnMessages, type OwnMessages, toMetadata, toTs } from './own-messages.ts';
import { createPresence } from './presence.ts';
import { FIXED_MESSAGE, isAmbiguous, LOST_MESSAGE, refusalOf } from './refusals.ts';
import { createSlackReply } from './reply.ts';
import { createStreams } from './streams.ts';
import { createThreads, type ReadMessage } from './threads.ts';

export interface SlackPlatformOptions {
  /** The client of a workspace's installation, as `createClient` makes it. */
  clientOf(workspaceId: string): Promise<WebClient>;
  /** The workspace that somebody belongs to. */
  homeOf(workspaceId: string, accountId: string): Promise<string>;
  /** A message of a thread that was there before the bot, translated. */
  readMessage: ReadMessage;
  /** The Web API's base, `SLACK_API_URL`. */
  apiUrl: string;
  /** Channels whose ids changed, for addresses. */
  moved?: Pick<MovedChannels, 'knownAs'>;
  log: Log;
  /** What a post whose answer was lost may still need to appear, in milliseconds. */
  settleMs?: number;
  /** See the line's. */
  keepsTiers?: boolean | undefined;
}

/**
 * 40 edits a minute in a workspace: within tier 4 of `chat.appendStream` (100), and of `chat.update`'s tier 3 (50)
 * it leaves a fifth to the cards.
 */
const EDIT_INTERVAL_MS = 1_500;
const SETTLE_MS = 1_500;
const CARD_PATIENCE = { patienceMs: 65_000 };
/** A card comes after its ticket; clocks may differ by a minute. */
const CLOCK_SKEW_MS = 60_000;

export function createSlackPlatform(options: SlackPlatformOptions): ChatPlatform {
  const { clientOf, readMessage, moved, log, settleMs = SETTLE_MS } = options;
  const line = createLine({ clientOf, keepsTiers: options.keepsTiers });
  const own = createOwnMessages({ line, settleMs });
  const streams = createStreams(options);
  const presence = createPresence({ line, log });
  const notices = createNotices({ line, own, log });
  const threads = createThreads({ line, own, readMessage });

  function openReply(target: ReplyTarget) {
    const { thread, author } = target;
    return createSlackReply({
      ...{ line, own, streams, presence, target },
      async onRefused(sentence) {
        if (!author) return;
        const text = `I could not answer you in the thread you wrote in. ${sentence}`;
        await notices.tell(thread.workspaceId, author, text).catch((error: unknown) => {
          log.warn('slack-person-not-told', { channel: thread.channelId }, error);
        });
      },
    });
  }

  return {
    name: 'slack',
    editIntervalMs: (_, { workspace }) => EDIT_INTERVAL_MS * workspace,
    openReply,
    showCard: (card) => showCard({ line, own }, card),
    postNotice: notices.post,
    linkTo: (thread) =>
      threadUrlOf({ ...thread, channelId: moved?.knownAs(thread.channelId) ?? thread.channelId }),
    readThread: threads.read,
    openThread: threads.open,
    readAttachment: createReadAttachment({ ...options, line }),
  };
}

/** Updates the card on record, or the one found again; where there is none any more, posts one. */
async function showCard({ line, own }: { line: Line; own: OwnMessages }, card: Card) {
  const { thread, ticket, resumed } = card;
  const { workspaceId, channelId: channel } = thread;
  const mark = { kind: 'card', ticketId: ticket.id } as const;
  const since = toTs(Date.parse(ticket.createdAt) - CLOCK_SKEW_MS);
  const found = resumed && !ticket.cardId ? await own.find(thread, mark, since) : undefined;
  const ts = ticket.cardId ?? found;
  const { text, blocks } = renderCard(card);
  if (ts) {
    const edit = () =>
      line.call(workspaceId, 'chat.update', CARD_PATIENCE, (client) =>
        client.chat.update({
          ...{ channel, ts, text, blocks, metadata: toMetadata(mark), parse: 'none' },
        }),
      );
    try {
      // An edit may be repeated: twice the same is the same.
      await edit().catch((error: unknown) => (isAmbiguous(error) ? edit() : Promise.reject(error)));
      return ts;
    } catch (error) {
      const code = refusalOf(error) ?? '';
      if (FIXED_MESSAGE.includes(code)) await own.remove(thread, ts, CARD_PATIENCE);
      else if (!LOST_MESSAGE.includes(code)) throw error;
    }
  }
  return own.post({ thread, text, blocks, mark }, CARD_PATIENCE);
}
