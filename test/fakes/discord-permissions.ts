/** Who may do what in the stand-in Discord: roles, overwrites of channels, threads. */
import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { REFUSALS, refuse } from './discord-refusal.ts';
import type { DiscordChannel, DiscordWorld } from './discord-world.ts';

const ALL = ~0n & ((1n << 53n) - 1n);
const IN_DMS =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.AddReactions;

/** The permissions of a user in a channel, or in a thread by its parent. */
export function permissionsOf(
  world: DiscordWorld,
  channel: DiscordChannel,
  userId: string,
): bigint {
  if (channel.type === ChannelType.DM) return channel.recipients?.length ? IN_DMS : 0n;
  const ruling = world.channels.get(channel.parentId ?? '') ?? channel;
  const guild = world.guilds.get(channel.guildId ?? '');
  const member = guild?.members.get(userId);
  if (!guild || !member) return 0n;
  if (guild.ownerId === userId) return ALL;
  const roles = [guild.id, ...member.roles];
  let granted = roles.reduce((sum, id) => sum | (guild.roles.get(id)?.permissions ?? 0n), 0n);
  if (granted & PermissionFlagsBits.Administrator) return ALL;
  // Everybody's overwrite first, then those of roles together, then the member's own.
  for (const ids of [[guild.id], member.roles, [userId]]) {
    const rules = ids.map((id) => ruling.overwrites.get(id));
    for (const rule of rules) granted &= ~(rule?.deny ?? 0n);
    for (const rule of rules) granted |= rule?.allow ?? 0n;
  }
  return granted;
}

/** The channel, if this user sees it; a private thread only from within. */
export function visibleChannel(world: DiscordWorld, id: string, userId: string): DiscordChannel {
  const channel = world.channels.get(id);
  if (!channel) return refuse(REFUSALS.unknownChannel);
  const granted = permissionsOf(world, channel, userId);
  if (!(granted & PermissionFlagsBits.ViewChannel)) return refuse(REFUSALS.missingAccess);
  const outside =
    channel.type === ChannelType.PrivateThread &&
    !channel.thread?.members.has(userId) &&
    !(granted & PermissionFlagsBits.ManageThreads);
  return outside ? refuse(REFUSALS.missingAccess) : channel;
}

/** Throws the refusal unless the bot has every one of these in the channel. */
export function requireBot(world: DiscordWorld, channel: DiscordChannel, needed: bigint): void {
  const granted = permissionsOf(world, channel, world.applicationId);
  if ((granted & needed) !== needed) refuse(REFUSALS.missingPermissions);
}

/** What writing there takes: in a thread another right than in a channel. */
export function writingRight({ thread }: DiscordChannel): bigint {
  return thread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages;
}
