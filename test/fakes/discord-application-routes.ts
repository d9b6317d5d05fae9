/** The application itself in the stand-in Discord: who it is, where it is, its commands. */

import { toApiChannel, toApiGuild, toApiMember, toApiUser, userOf } from './discord-payload.ts';
import { permissionsOf } from './discord-permissions.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import type { DiscordCall, DiscordRoutes } from './discord-route.ts';
import type { DiscordGuild, DiscordWorld } from './discord-world.ts';

/** Bits of the application's flags: the message-content intent, and the one of small apps. */
const MESSAGE_CONTENT_LIMITED = 1 << 19;
const MAX_COMMANDS = { 1: 100, 2: 15, 3: 15 } as const;
const MAX_COMMAND_TEXT = 8_000;

export const APPLICATION_ROUTES: DiscordRoutes = {
  'GET /gateway/bot': ({ world, origin }) => ({
    url: origin.replace('http', 'ws'),
    shards: world.shards,
    session_start_limit: {
      total: 1_000,
      remaining: world.identifiesLeft,
      reset_after: 86_400_000,
      max_concurrency: 16,
    },
  }),
  'GET /users/@me': ({ world }) => toApiUser(userOf(world, world.applicationId)),
  'GET /users/@me/guilds': ({ world }) =>
    [...world.guilds.values()].map((guild) => ({
      ...{ id: guild.id, name: guild.name, icon: null, owner: false, features: [] },
      permissions: String(guildPermissions(world, guild)),
    })),
  'GET /applications/@me': ({ world }) => toApplication(world),
  'GET /oauth2/applications/@me': ({ world }) => toApplication(world),
  'GET /guilds/{guild_id}': ({ world, params }) => toApiGuild(world, guildOf(world, params)),
  'GET /guilds/{guild_id}/channels': ({ world, params }) =>
    [...world.channels.values()]
      .filter(({ guildId, thread }) => guildId === guildOf(world, params).id && !thread)
      .map((channel) => toApiChannel(world, channel)),
  'GET /guilds/{guild_id}/members/{user_id}': ({ world, params }) => {
    const guild = guildOf(world, params);
    const userId = params.user_id ?? '';
    if (!guild.members.has(userId)) refuse(REFUSALS.unknownMember);
    return { ...toApiMember(guild, userId), user: toApiUser(userOf(world, userId)) };
  },
  'GET /applications/{application_id}/commands': (call) => commandsOf(call, 'global'),
  'PUT /applications/{application_id}/commands': (call) => putCommands(call, 'global'),
  'GET /applications/{application_id}/guilds/{guild_id}/commands': (call) =>
    commandsOf(call, guildOf(call.world, call.params).id),
  'PUT /applications/{application_id}/guilds/{guild_id}/commands': (call) =>
    putCommands(call, guildOf(call.world, call.params).id),
};

function toApplication(world: DiscordWorld) {
  return {
    ...{ id: world.applicationId, name: 'prompt-to-issue', icon: null, description: '' },
    ...{ bot_public: true, bot_require_code_grant: false, verify_key: '', team: null },
    flags: world.messageContent ? MESSAGE_CONTENT_LIMITED : 0,
    approximate_guild_count: world.guilds.size,
  };
}

function guildOf(world: DiscordWorld, { guild_id = '' }: Record<string, string>): DiscordGuild {
  const guild = world.guilds.get(guild_id);
  if (!guild) return refuse(REFUSALS.unknownGuild);
  return guild.members.has(world.applicationId) ? guild : refuse(REFUSALS.missingAccess);
}

function guildPermissions(world: DiscordWorld, guild: DiscordGuild): bigint {
  const anywhere = { ...{ id: '', type: 0, name: '', guildId: guild.id }, messages: [] };
  return permissionsOf(world, { ...anywhere, overwrites: new Map() }, world.applicationId);
}

function commandsOf({ world, params }: DiscordCall, scope: string) {
  if (params.application_id !== world.applicationId) refuse(REFUSALS.unknownApplication);
  return world.commands.get(scope) ?? [];
}

/** Replaces all of them; those that keep their name keep their id. */
function putCommands(call: DiscordCall, scope: string) {
  const known = commandsOf(call, scope);
  const given = call.body as unknown as Record<string, unknown>[];
  for (const command of given) checkCommand(command);
  for (const type of [1, 2, 3] as const) {
    const ofType = given.filter((command) => (command.type ?? 1) === type);
    const names = new Set(ofType.map(({ name }) => name));
    if (ofType.length > MAX_COMMANDS[type]) refuse(REFUSALS.invalidBody, 'too many commands');
    if (names.size < ofType.length) refuse(REFUSALS.invalidBody, 'two commands share a name');
  }
  const stored = given.map((command) => {
    const type = command.type ?? 1;
    const before = known.find((one) => one.name === command.name && one.type === type);
    return {
      ...{ id: before?.id ?? call.world.nextId(), application_id: call.world.applicationId },
      ...{ version: call.world.nextId(), default_member_permissions: null, nsfw: false },
      ...{ contexts: null, integration_types: [0], dm_permission: true, description: '' },
      ...(scope !== 'global' && { guild_id: scope }),
      ...command,
      type,
    };
  });
  call.world.commands.set(scope, stored);
  return stored;
}

/** Names of slash commands are lower case; the other kinds have no description. */
function checkCommand({ type = 1, name, description, ...rest }: Record<string, unknown>): void {
  const wrong = (why: string) => refuse(REFUSALS.invalidBody, `${String(name)}: ${why}`);
  if (type !== 1) {
    if (description || rest.options) wrong('takes no description and no options');
    return;
  }
  if (!description) wrong('a slash command has a description');
  if (!/^[-_'\p{Ll}\p{Lm}\p{Lo}\p{N}]{1,32}$/u.test(String(name))) wrong('the name is not valid');
  if (textOf({ name, description, ...rest }) > MAX_COMMAND_TEXT)
    wrong('more than 8,000 characters');
}

function textOf(command: unknown): number {
  if (typeof command !== 'object' || command === null) return 0;
  return Object.entries(command).reduce((sum, [key, value]) => {
    if (typeof value === 'string' && /^(name|description|value)$/.test(key)) {
      return sum + value.length;
    }
    return sum + textOf(value);
  }, 0);
}
