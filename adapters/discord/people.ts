/** Who wrote or pressed: names, standings and rights of Discord's people, as each event brings them. */
import {
  type APIGuildMember,
  type APIUser,
  type BaseInteraction,
  type Client,
  type Guild,
  GuildMember,
  PermissionFlagsBits,
} from 'discord.js';
import type { Author } from '../../src/core/message.ts';
import { identityOf } from '../../src/core/user.ts';

type Named = Pick<APIUser, 'id' | 'username' | 'global_name' | 'bot'>;

export interface People {
  /** REST leaves the member out of messages. */
  authorOf(user: Named, guildId: string | undefined, member?: Partial<APIGuildMember>): Author;
  actorOf(interaction: BaseInteraction): Author;
}

export function createPeople({ client }: { client: Client }): People {
  function authorOf(
    user: Named,
    guildId: string | undefined,
    member: Partial<APIGuildMember> = {},
  ): Author {
    const guild = client.guilds.cache.get(guildId ?? '');
    const roles = member.roles ?? [];
    const isGuest = member.pending === true;
    return {
      identity: identityOf('discord', '', user.id),
      name: member.nick ?? user.global_name ?? user.username,
      standing: user.bot ? 'bot' : isGuest ? 'guest' : 'member',
      ...(guild && manages(guild, user.id, roles) && { manages: true }),
      ...(guild && roles.length > 0 && { groups: roles.map((id) => `role:${id}`) }),
    };
  }

  function actorOf({ user, guildId, member }: BaseInteraction): Author {
    const { id, username, globalName: global_name, bot } = user;
    const isCached = member instanceof GuildMember;
    return authorOf({ id, username, global_name, bot }, guildId ?? undefined, {
      roles: isCached ? [...member.roles.cache.keys()] : (member?.roles ?? []),
      nick: (isCached ? member.nickname : member?.nick) ?? null,
      pending: member?.pending ?? false,
    });
  }

  return { authorOf, actorOf };
}

/** Owners, and whoever has Manage Server or Administrator by a role. */
function manages(guild: Guild, userId: string, roleIds: string[]): boolean {
  if (guild.ownerId === userId) return true;
  const roles = [guild.id, ...roleIds].flatMap((id) => guild.roles.cache.get(id) ?? []);
  return roles.some(({ permissions }) => permissions.has(PermissionFlagsBits.ManageGuild));
}
