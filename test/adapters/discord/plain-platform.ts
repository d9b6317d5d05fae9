/**
 * The ChatPlatform port on Discord's REST API at its plainest, for tests of the receiving half: every
 * reply is one message, every card a line.
 */
import { type APIMessage, ComponentType, Routes, TextInputStyle } from 'discord.js';
import type { PlatformParts } from '../../../adapters/discord/adapter.ts';
import { type CardAction, formatCardAction } from '../../../adapters/discord/card-action.ts';
import { threadRefOf, timeOf } from '../../../adapters/discord/inbound.ts';
import type { Modals } from '../../../adapters/discord/modals.ts';
import { ChatError } from '../../../src/core/errors.ts';
import type { ChatPlatform } from '../../../src/core/platform.ts';
import type { Place } from '../../../src/core/thread.ts';
import type { Ticket } from '../../../src/core/ticket.ts';

const SILENT = { allowed_mentions: { parse: [] } };

export function createPlainPlatform({ rest, threads, readMessage }: PlatformParts): ChatPlatform {
  async function write(
    threadId: string,
    place: Place | undefined,
    nonce: string,
    content: string,
    id?: string,
    components: object[] = [],
  ): Promise<string> {
    const body = { ...SILENT, content: content.slice(0, 2_000) || '…', components };
    return threads.within(threadId, place, async () => {
      if (id) {
        await rest.patch(Routes.channelMessage(threadId, id), { body });
        return id;
      }
      const once = { nonce: nonce.slice(0, 25), enforce_nonce: true };
      const sent = await rest.post(Routes.channelMessages(threadId), {
        body: { ...body, ...once },
      });
      return (sent as APIMessage).id;
    });
  }

  return {
    name: 'discord',
    editIntervalMs: () => 50,
    openReply({ thread, place, turnId, replyId }) {
      let id = replyId;
      return {
        async show({ text, status, retry }) {
          const row = { type: 1, components: [button('Retry', { kind: 'retry', turnId })] };
          const shown = text || (status ?? '');
          id = await write(thread.threadId, place, turnId, shown, id, retry ? [row] : []);
          return id;
        },
      };
    },
    showCard: ({ thread, ticket }) =>
      write(
        thread.threadId,
        undefined,
        ticket.id,
        `card: ${ticket.title} (${ticket.status})`,
        ticket.cardId,
        [{ type: 1, components: buttonsOf(ticket) }],
      ),
    async postNotice({ thread, text }) {
      await write(thread.threadId, undefined, `${Math.random()}`, text);
    },
    async readThread(thread, before, limit) {
      const query = new URLSearchParams({ limit: String(Math.min(limit, 100)), before });
      const path = Routes.channelMessages(thread.threadId);
      const found = (await rest.get(path, { query })) as APIMessage[];
      const read = await Promise.all(found.toReversed().map((one) => readMessage(thread, one)));
      return { messages: read.filter((one) => one !== undefined), omitted: false };
    },
    async openThread({ id, place, text }) {
      const path = Routes.channelMessages(place.channelId);
      const body = { ...SILENT, content: text, nonce: id, enforce_nonce: true };
      const root = (await rest.post(path, { body })) as APIMessage;
      await threads.prepare(root.id, { channelId: place.channelId, name: text }).open();
      return { thread: threadRefOf(root.id), messageId: root.id, sentAt: timeOf(root.id) };
    },
    readAttachment: () => Promise.reject(new ChatError('not here')),
  };
}

function buttonsOf({ id, revision }: Ticket) {
  const ticket = { ticketId: id, revision };
  return [
    button('Approve', { kind: 'command', command: { kind: 'approve', target: ticket } }),
    button('Edit', { kind: 'open', modal: 'edit', ticket }),
  ];
}

const button = (label: string, action: CardAction) => ({
  ...{ type: 2, style: 1, label, custom_id: formatCardAction(action) },
});

/** One field, of the title. */
export const plainModals: Modals = {
  render: async (opening, { ticket }) => ({
    kind: 'window',
    view: {
      custom_id: formatCardAction(opening),
      title: 'Edit',
      components: [
        {
          ...{ type: ComponentType.Label, label: 'Title' },
          component: {
            ...{ type: ComponentType.TextInput, custom_id: 'title', style: TextInputStyle.Short },
            value: ticket.title,
          },
        },
      ],
    },
  }),
  async parse(submitted) {
    const title = submitted.fields.getTextInputValue('title');
    if (title.includes('!')) return 'No exclamation marks.';
    return [(target) => ({ kind: 'edit', target, changes: { title } })];
  },
  keep() {},
  typedIn: () => undefined,
  forget() {},
};
