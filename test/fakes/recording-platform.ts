/** A chat platform in memory for tests of one process: keeps what was shown, in order. */
import { ChatError } from '../../src/core/errors.ts';
import type { Card, ChatPlatform, EarlierMessages, ReplyView } from '../../src/core/platform.ts';

export interface ShownReply {
  id: string;
  turnId: string;
  /** What it was told of the replies before it. */
  others: string[];
  views: ReplyView[];
}

export interface RecordingPlatform extends ChatPlatform {
  replies: ShownReply[];
  /** The last view of each card, by its id. */
  cards: Map<string, Card>;
  notices: string[];
  /** Notices for one person's eyes only. */
  secrets: string[];
  /** What `readThread` answers. */
  earlier: EarlierMessages;
  /** What `readAttachment` answers, by the attachment's id. */
  files: Map<string, Uint8Array>;
}

export function createRecordingPlatform(): RecordingPlatform {
  const replies: ShownReply[] = [];
  const cards = new Map<string, Card>();
  const notices: string[] = [];
  const secrets: string[] = [];

  function findReply(turnId: string, others: string[]): ShownReply {
    const found = replies.find((reply) => reply.turnId === turnId);
    if (found) return found;
    const begun = { id: `reply-${replies.length + 1}`, turnId, others, views: [] };
    replies.push(begun);
    return begun;
  }

  function findCard(ticketId: string): string | undefined {
    return [...cards].find(([, { ticket }]) => ticket.id === ticketId)?.[0];
  }

  const platform: RecordingPlatform = {
    name: 'terminal',
    editIntervalMs: () => 0,
    replies,
    cards,
    notices,
    secrets,
    files: new Map(),
    earlier: { messages: [], omitted: false },
    openReply: ({ turnId, others = [] }) => ({
      async show(view) {
        const reply = findReply(turnId, others);
        reply.views.push(view);
        return reply.id;
      },
    }),
    async showCard(card) {
      const { ticket, resumed } = card;
      const known = ticket.cardId ?? (resumed ? findCard(ticket.id) : undefined);
      const id = known ?? `card-${cards.size + 1}`;
      cards.set(id, card);
      return id;
    },
    async postNotice({ text, secret }) {
      (secret ? secrets : notices).push(text);
    },
    readThread: async () => platform.earlier,
    async openThread({ id, place, givenAt }) {
      const { workspaceId, channelId } = place;
      const thread = { platform: 'terminal' as const, workspaceId, channelId, threadId: id };
      return { thread, messageId: id, sentAt: givenAt };
    },
    async readAttachment(_, { id }) {
      const file = platform.files.get(id);
      if (!file) throw new ChatError('That file is not there any more.');
      return file;
    },
  };
  return platform;
}
