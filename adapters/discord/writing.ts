/** Messages of the bot in threads: posted once, edited where they are, never with a ping. */
import {
  type APIMessage,
  type APIMessageTopLevelComponent,
  type RawFile,
  type REST,
  type RESTPostAPIChannelMessageJSONBody,
  Routes,
} from 'discord.js';
import { digestOf, type Place } from '../../src/core/thread.ts';
import { isAmbiguous } from './refusals.ts';
import type { ThreadOpening } from './thread-opening.ts';

export interface Content {
  content?: string;
  embeds?: RESTPostAPIChannelMessageJSONBody['embeds'];
  components?: APIMessageTopLevelComponent[];
  files?: RawFile[];
}

export interface Spot {
  threadId: string;
  /** Where the thread begins, if it may still have to be opened. */
  place?: Place | undefined;
}

export interface Writing {
  /** `name` is what it is, the same whenever it is sent again: within minutes Discord takes it for one message. */
  post(spot: Spot, name: string, content: Content): Promise<string>;
  edit(spot: Spot, messageId: string, content: Content): Promise<void>;
  remove(spot: Spot, messageId: string): Promise<void>;
  /** The bot's own messages after this one, oldest first; at most a hundred. */
  listOwn(spot: Spot, after: string): Promise<APIMessage[]>;
}

/** Discord's, in characters (resources/message). */
const NONCE_LENGTH = 25;
const PAGE = 100;
const SILENT = { parse: [], replied_user: false };

export function createWriting({ rest, threads }: { rest: REST; threads: ThreadOpening }): Writing {
  let own: Promise<string> | undefined;

  function readOwnId(): Promise<string> {
    own ??= rest.get(Routes.user('@me')).then((me) => (me as { id: string }).id);
    own.catch(() => {
      own = undefined;
    });
    return own;
  }

  /** A lost answer is asked for again under the same nonce: it is the same message. */
  async function post(spot: Spot, name: string, { files, ...content }: Content): Promise<string> {
    const nonce = digestOf([spot.threadId, name]).slice(0, NONCE_LENGTH);
    const body = { ...content, allowed_mentions: SILENT, nonce, enforce_nonce: true };
    const send = () =>
      threads.within(spot.threadId, spot.place, () =>
        rest.post(Routes.channelMessages(spot.threadId), { body, ...(files && { files }) }),
      );
    const sent = await send().catch((error: unknown) => {
      if (!isAmbiguous(error)) throw error;
      return send();
    });
    const { id, ...found } = sent as APIMessage;
    // Under a nonce that was used before, Discord answers with the message as it was then.
    if (!shows(found, content)) await edit(spot, id, { ...content, ...(files && { files }) });
    return id;
  }

  async function edit(spot: Spot, messageId: string, { files, ...content }: Content) {
    // What is not named is taken away: else a file that is sent again is there twice.
    const attachments = (files ?? []).map(({ name }, id) => ({ id, filename: name }));
    const body = { ...content, allowed_mentions: SILENT, ...(files && { attachments }) };
    await threads.within(spot.threadId, spot.place, () =>
      rest.patch(Routes.channelMessage(spot.threadId, messageId), {
        body,
        ...(files && { files }),
      }),
    );
  }

  async function remove({ threadId }: Spot, messageId: string): Promise<void> {
    await rest.delete(Routes.channelMessage(threadId, messageId));
  }

  async function listOwn({ threadId }: Spot, after: string): Promise<APIMessage[]> {
    const query = new URLSearchParams({ after, limit: String(PAGE) });
    const [found, id] = await Promise.all([
      rest.get(Routes.channelMessages(threadId), { query }) as Promise<APIMessage[]>,
      readOwnId(),
    ]);
    const mine = found.filter(({ author }) => author.id === id);
    return mine.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
  }

  return { post, edit, remove, listOwn };
}

/** Whether the message says this already. */
function shows(
  found: Pick<APIMessage, 'content' | 'embeds'>,
  { content = '', embeds = [] }: Content,
) {
  const words = (all: { title?: string; description?: string }[]) =>
    JSON.stringify(all.map(({ title, description }) => [title, description]));
  return found.content === content.trim() && words(found.embeds) === words(embeds);
}
