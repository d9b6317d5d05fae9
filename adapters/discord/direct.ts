/**
 * Direct messages: one conversation with each person, until `new` starts another. Discord knows one
 * channel only, so where each conversation began is remembered in the table.
 */
import { createCache } from '../../src/core/cache.ts';
import type { MarkRepository } from '../../src/core/mark.ts';

export interface Direct {
  /** With which message the conversation began that this message belongs to; empty: the first one. */
  beginOf(channelId: string, messageId: string): Promise<string>;
  /** From this message on, it is another conversation. */
  begin(channelId: string, messageId: string): Promise<void>;
  /** Channels in which somebody wrote, the newest last. */
  channels(): Promise<string[]>;
  /** Remembers the channel: Discord does not list them. */
  remember(channelId: string): Promise<void>;
}

/** The newest are kept; who goes back further is in the oldest of them. */
const MOST_BEGINS = 50;
const MOST_CHANNELS = 200;
const CHANNELS = 'direct-channels';

export function createDirect({ marks }: { marks: MarkRepository }): Direct {
  const cache = createCache((name: string) => readList(marks, name));
  const known = new Set<string>();
  const nameOf = (channelId: string) => `direct:${channelId}`;

  async function add(name: string, id: string, most: number): Promise<void> {
    const list = (await readList(marks, name)).filter((one) => one !== id);
    const next = [...list, id].sort(byAge).slice(-most);
    await marks.put('discord', name, JSON.stringify(next));
    cache.clear();
  }

  return {
    async beginOf(channelId, messageId) {
      const begins = await cache.get(nameOf(channelId), nameOf(channelId));
      return begins.findLast((begin) => byAge(begin, messageId) <= 0) ?? '';
    },
    begin: (channelId, messageId) => add(nameOf(channelId), messageId, MOST_BEGINS),
    channels: () => readList(marks, CHANNELS),
    async remember(channelId) {
      if (known.has(channelId)) return;
      const listed = await readList(marks, CHANNELS);
      if (!listed.includes(channelId)) await add(CHANNELS, channelId, MOST_CHANNELS);
      known.add(channelId);
    },
  };
}

async function readList(marks: MarkRepository, name: string): Promise<string[]> {
  const parsed: unknown = JSON.parse((await marks.get('discord', name)) ?? '[]');
  return Array.isArray(parsed) ? parsed.map(String) : [];
}

/** Snowflakes by their age: they have no fixed width. */
export function byAge(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other));
}
