/** What the bot needs in a server, the link that gives it, and whether it has it. */
import {
  type APIApplication,
  ApplicationFlags,
  OAuth2Scopes,
  PermissionFlagsBits,
  type REST,
  type RESTGetAPICurrentUserGuildsResult,
  Routes,
} from 'discord.js';

/** By their names in Discord's client. */
export const PERMISSIONS = {
  'View Channels': PermissionFlagsBits.ViewChannel,
  'Send Messages': PermissionFlagsBits.SendMessages,
  'Send Messages in Threads': PermissionFlagsBits.SendMessagesInThreads,
  'Create Public Threads': PermissionFlagsBits.CreatePublicThreads,
  'Read Message History': PermissionFlagsBits.ReadMessageHistory,
  'Embed Links': PermissionFlagsBits.EmbedLinks,
  'Attach Files': PermissionFlagsBits.AttachFiles,
  'Add Reactions': PermissionFlagsBits.AddReactions,
};

export function inviteLinkOf(applicationId: string): string {
  const all = Object.values(PERMISSIONS).reduce((sum, bit) => sum | bit, 0n);
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: `${OAuth2Scopes.Bot} ${OAuth2Scopes.ApplicationsCommands}`,
    permissions: String(all),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}

export interface Standing {
  applicationId: string;
  name: string;
  /** The message-content intent is switched on. */
  hasContent: boolean;
  /** Servers the bot is in, at most 200, and what its role lacks there. */
  servers: { name: string; lacks: string[] }[];
}

/** Rejects when Discord does not take the token. */
export async function readStanding(rest: REST): Promise<Standing> {
  const [application, guilds] = (await Promise.all([
    rest.get(Routes.currentApplication()),
    rest.get(Routes.userGuilds()),
  ])) as [APIApplication, RESTGetAPICurrentUserGuildsResult];
  const { GatewayMessageContent, GatewayMessageContentLimited } = ApplicationFlags;
  const content = GatewayMessageContent | GatewayMessageContentLimited;
  return {
    applicationId: application.id,
    name: application.name,
    hasContent: ((application.flags ?? 0) & content) !== 0,
    servers: guilds.map(({ name, permissions }) => ({ name, lacks: lacksOf(BigInt(permissions)) })),
  };
}

function lacksOf(granted: bigint): string[] {
  if (granted & PermissionFlagsBits.Administrator) return [];
  return Object.entries(PERMISSIONS).flatMap(([name, bit]) => (granted & bit ? [] : name));
}
