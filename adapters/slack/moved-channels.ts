/**
 * Channels whose id changed: Slack gives a private channel a new one when it is shared with another organisation.
 * Its first id stays its name in the product, so that threads and settings go on; Slack is told its newest.
 * Ids are Slack's own and the same in every workspace (docs.slack.dev/reference/events/channel_id_changed).
 */
import { createCache } from '../../src/core/cache.ts';
import type { MarkRepository } from '../../src/core/mark.ts';

export interface MovedChannels {
  /** Slack says that a channel has another id from now on. */
  moved(from: string, to: string): Promise<void>;
  /** What Slack sent, with the first id of its channel wherever it names a newer one. */
  translate(body: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The id that Slack knows it by now; `undefined` when it has not moved. */
  newestOf(channelId: string): Promise<string | undefined>;
  /** The same as far as this process knows: for addresses. */
  knownAs(channelId: string): string;
}

/** Milliseconds. An id that is new to us is no other channel's: what was looked up once seldom changes. */
const CACHE_MS = 600_000;
const CACHE_ENTRIES = 20_000;

export function createMovedChannels({
  marks,
}: {
  marks: Pick<MarkRepository, 'get' | 'put'>;
}): MovedChannels {
  const firsts = createCache(readFirst, CACHE_MS, CACHE_ENTRIES);
  /** By their first ids. */
  const newest = new Map<string, string>();

  async function readFirst(channelId: string): Promise<string> {
    const first = await marks.get('slack', firstMark(channelId));
    if (first) newest.set(first, channelId);
    return first ?? channelId;
  }

  /** While the table is away a channel is taken for what it is called: what is said there is not stored anyway. */
  const firstOf = (channelId: string) => firsts.get(channelId, channelId).catch(() => channelId);

  async function moved(from: string, to: string): Promise<void> {
    const first = (await marks.get('slack', firstMark(from))) ?? from;
    await marks.put('slack', newestMark(first), to);
    await marks.put('slack', firstMark(to), first);
    newest.set(first, to);
    firsts.clear();
  }

  async function translate(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    let translated = body;
    for (const channelId of channelsIn(body)) {
      const first = await firstOf(channelId);
      if (first !== channelId) translated = replaceIn(translated, channelId, first);
    }
    return translated;
  }

  async function newestOf(channelId: string): Promise<string | undefined> {
    const found = await marks.get('slack', newestMark(channelId));
    if (found) newest.set(channelId, found);
    return found;
  }

  return { moved, translate, newestOf, knownAs: (channelId) => newest.get(channelId) ?? channelId };
}

const firstMark = (channelId: string) => `first-channel:${channelId}`;
const newestMark = (channelId: string) => `newest-channel:${channelId}`;

interface Named {
  id?: unknown;
}
interface Body {
  channel_id?: unknown;
  channel?: Named;
  event?: { type?: string; channel?: string | Named; item?: { channel?: unknown } };
  view?: {
    state?: { values?: Record<string, Record<string, { selected_conversation?: unknown }>> };
  };
}

/** The channels that an event, a command, a button or a window is about; direct messages keep their ids. */
function channelsIn(body: Body): string[] {
  const { event, view } = body;
  const of = event?.channel;
  const chosen = Object.values(view?.state?.values ?? {}).flatMap((block) => Object.values(block));
  const ids = [
    body.channel_id,
    body.channel?.id,
    typeof of === 'object' ? of?.id : of,
    event?.item?.channel,
    ...chosen.map((input) => input.selected_conversation),
  ];
  return ids.filter((id): id is string => typeof id === 'string' && !id.startsWith('D'));
}

/** Every text that is this id and nothing else. */
function replaceIn<Value>(value: Value, from: string, to: string): Value {
  if (typeof value === 'string') return (value === from ? to : value) as Value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => replaceIn(one, from, to)) as Value;
  const entries = Object.entries(value).map(([name, one]) => [name, replaceIn(one, from, to)]);
  return Object.fromEntries(entries) as Value;
}
