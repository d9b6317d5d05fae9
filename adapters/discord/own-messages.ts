/** The bot's own messages in Discord: posted once, edited where they are, found again, never with a ping. */
import {
  type APIMessage,
  type APIMessageTopLevelComponent,
  type RawFile,
  type REST,
  type RESTPostAPIChannelMessageJSONBody,
  Routes,
} from 'discord.js';
import { digestOf, type Place } from '../../src/core/thread.ts';
import { byAge } from './direct.ts';
import { isAmbiguous } from './refusals.ts';
import type { ThreadOpening } from './thread-opening.ts';

export interface Content {
  content?: string;
  embeds?: RESTPostAPIChannelMessageJSONBody['embeds'];
  components?: APIMessageTopLevelComponent[];
  files?: RawFile[];
  /** The message this one replies to. */
  replyTo?: string;
}

export interface Spot {
  threadId: string;
  /** Where the thread begins, if it may still have to be opened. */
  place?: Place | undefined;
}

export interface OwnMessages {
  /** `name` is what it is, the same whenever it is sent again: within minutes Discord takes it for one message. */
  post(spot: Spot, name: string, content: Content): Promise<string>;
  edit(spot: Spot, messageId: string, content: Content): Promise<void>;
  remove(spot: Spot, messageId: string): Promise<void>;
  /** The bot's own messages after this one, oldest first. */
  list(spot: Spot, after: string): Promise<APIMessage[]>;
}

/** Discord's, in characters (resources/message). */
const NONCE_LENGTH = 25;
const PAGE = 100;
/** Where a thread's later messages are: far more than a turn's or a draft's lifetime brings. */
const MAX_PAGES = 20;
const SILENT = { parse: [], replied_user: false };

export function createOwnMessages({
  rest,
  threads,
}: {
  rest: REST;
  threads: ThreadOpening;
}): OwnMessages {
  let own: Promise<string> | undefined;

  function readOwnId(): Promise<string> {
    own ??= rest.get(Routes.user('@me')).then((me) => (me as { id: string }).id);
    own.catch(() => {
      own = undefined;
    });
    return own;
  }

  /** A lost answer is asked for again under the same nonce: it is the same message. */
  async function post(
    spot: Spot,
    name: string,
    { files, replyTo, ...content }: Content,
  ): Promise<string> {
    const nonce = digestOf([spot.threadId, name]).slice(0, NONCE_LENGTH);
    const message_reference = { message_id: replyTo, fail_if_not_exists: false };
    const body = {
      ...{ ...content, allowed_mentions: SILENT, nonce, enforce_nonce: true },
      ...(replyTo && { message_reference }),
    };
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

  async function edit(spot: Spot, messageId: string, { files, replyTo: _, ...content }: Content) {
    // What is not named is taken away: else a file that is sent again is there twice.
    const attachments = (files ?? []).map(({ name }, id) => ({ id: String(id), filename: name }));
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

  async function list({ threadId }: Spot, after: string): Promise<APIMessage[]> {
    const id = await readOwnId();
    const mine: APIMessage[] = [];
    let cursor = after;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const query = new URLSearchParams({ after: cursor, limit: String(PAGE) });
      const found = (await rest.get(Routes.channelMessages(threadId), { query })) as APIMessage[];
      const page = found.toSorted((one, other) => byAge(one.id, other.id));
      mine.push(...page.filter(({ author }) => author.id === id));
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length < PAGE) break;
    }
    return mine;
  }

  return { post, edit, remove, list };
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
