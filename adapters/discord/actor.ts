/** Who gave an interaction, and where. */
import { type BaseInteraction, GuildMember } from 'discord.js';
import type { Author } from '../../src/core/message.ts';
import type { Place, ThreadRef } from '../../src/core/thread.ts';
import { threadRefOf } from './inbound.ts';
import type { Spot } from './places.ts';
import type { Receiving } from './receiver.ts';

export interface Given {
  actor: Author;
  place: Place;
  /** Outside of any thread, its id is empty. */
  thread: ThreadRef;
  spot: Spot | undefined;
}

/** `about` is the message that the interaction is about, where there is one. */
export async function readGiven(
  { inbound, places, direct }: Receiving,
  interaction: BaseInteraction,
  about?: string,
): Promise<Given> {
  const { user, guildId, member } = interaction;
  const channelId = interaction.channelId ?? '';
  const spot = await places.find(channelId);
  const named = { id: user.id, username: user.username, global_name: user.globalName };
  const shown = { ...named, bot: user.bot, discriminator: '0', avatar: null };
  const isCached = member instanceof GuildMember;
  const roles = isCached ? [...member.roles.cache.keys()] : (member?.roles ?? []);
  const nick = isCached ? member.nickname : member?.nick;
  const pending = member?.pending ?? false;
  const actor = inbound.authorOf(shown, guildId ?? undefined, {
    roles,
    pending,
    nick: nick ?? null,
  });
  const fallback = { workspaceId: guildId ?? '', channelId, visibility: 'private' as const };
  return { actor, spot, place: spot?.place ?? fallback, thread: await threadOf() };

  async function threadOf(): Promise<ThreadRef> {
    if (spot?.kind === 'thread') return threadRefOf(channelId);
    if (spot?.kind !== 'dm') return threadRefOf('');
    return threadRefOf(channelId, await direct.beginOf(channelId, about ?? interaction.id));
  }
}
