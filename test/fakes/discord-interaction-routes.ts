/** How interactions are answered in the stand-in Discord: once, within three seconds, then for fifteen minutes. */
import { InteractionResponseType, MessageFlags } from 'discord.js';
import {
  allowsAnswer,
  type DiscordInteraction,
  isHidden,
  isLoading,
} from './discord-interaction.ts';
import { refuseModal } from './discord-limits.ts';
import { toApiMessage } from './discord-payload.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import type { DiscordCall, DiscordRoutes } from './discord-route.ts';
import { type DiscordMessage, newMessage } from './discord-world.ts';
import { applyBody } from './discord-writing.ts';

type Body = Record<string, unknown>;
const WEBHOOK = '/webhooks/{webhook_id}/{webhook_token}';
const Type = InteractionResponseType;

export const INTERACTION_ROUTES: DiscordRoutes = {
  'POST /interactions/{interaction_id}/{interaction_token}/callback': (call) => {
    const { world, params, body, query } = call;
    const interaction = world.interactions.get(params.interaction_token ?? '');
    if (!interaction || interaction.id !== params.interaction_id) {
      return refuse(REFUSALS.unknownInteraction);
    }
    if (Date.now() - interaction.givenAt > world.answerWithinMs) {
      refuse(REFUSALS.unknownInteraction);
    }
    if (interaction.callback) refuse(REFUSALS.alreadyAcknowledged);
    const type = body.type as InteractionResponseType;
    if (!allowsAnswer(interaction, type)) {
      refuse(REFUSALS.invalidBody, `${interaction.kind} cannot be answered with type ${type}`);
    }
    const data = (body.data ?? {}) as Body;
    perform(call, interaction, type, data);
    interaction.callback = { type, data };
    interaction.answer();
    return query.get('with_response') === 'true' ? withResponse(call, interaction) : undefined;
  },
  [`POST ${WEBHOOK}`]: (call) => {
    const interaction = acknowledged(call);
    const { original } = interaction;
    if (original && isLoading(original)) return settle(call, original);
    const hidden = (Number(call.body.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
    const message = write(call, interaction, hidden, call.body);
    interaction.followUps.push(message);
    return shown(call, message);
  },
  [`GET ${WEBHOOK}/messages/@original`]: (call) => shown(call, originalOf(call)),
  [`PATCH ${WEBHOOK}/messages/@original`]: (call) => settle(call, originalOf(call)),
  [`DELETE ${WEBHOOK}/messages/@original`]: (call) => remove(call, originalOf(call)),
  [`GET ${WEBHOOK}/messages/{message_id}`]: (call) => shown(call, followUpOf(call)),
  [`PATCH ${WEBHOOK}/messages/{message_id}`]: (call) => settle(call, followUpOf(call)),
  [`DELETE ${WEBHOOK}/messages/{message_id}`]: (call) => remove(call, followUpOf(call)),
};

function perform(
  call: DiscordCall,
  interaction: DiscordInteraction,
  type: InteractionResponseType,
  data: Body,
): void {
  const hidden = (Number(data.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  switch (type) {
    case Type.ChannelMessageWithSource:
      interaction.original = write(call, interaction, hidden, data);
      return;
    case Type.DeferredChannelMessageWithSource:
      interaction.original = placeholder(call, interaction, data);
      return;
    case Type.DeferredMessageUpdate:
      interaction.original = interaction.source;
      return;
    case Type.UpdateMessage:
      interaction.original = interaction.source;
      if (interaction.source) change(call, interaction.source, data);
      return;
    case Type.Modal: {
      const wrong = refuseModal(data);
      if (wrong) refuse(REFUSALS.invalidBody, wrong);
    }
  }
}

/** Whether others will see it is decided here, once. */
function placeholder(call: DiscordCall, interaction: DiscordInteraction, { flags = 0 }: Body) {
  if (Number(flags) & ~MessageFlags.Ephemeral) {
    refuse(REFUSALS.invalidBody, 'a deferred answer takes the ephemeral flag only');
  }
  const message = draft(call, interaction, Number(flags) | MessageFlags.Loading);
  keep(call, interaction, message);
  return message;
}

function write(call: DiscordCall, interaction: DiscordInteraction, hidden: boolean, body: Body) {
  const message = draft(call, interaction, hidden ? MessageFlags.Ephemeral : 0);
  applyBody(call, message, body);
  keep(call, interaction, message);
  return message;
}

function draft({ world }: DiscordCall, interaction: DiscordInteraction, flags: number) {
  const { id, userId, channelId } = interaction;
  const { applicationId } = world;
  return newMessage(world, {
    ...{ channelId, authorId: applicationId, webhookId: applicationId, flags },
    interaction: { id, userId },
  });
}

function keep(
  { world, gateway }: DiscordCall,
  { userId }: DiscordInteraction,
  message: DiscordMessage,
) {
  if (isHidden(message)) {
    world.ephemerals.push({ userId, message, deleted: false });
    return;
  }
  world.channels.get(message.channelId)?.messages.push(message);
  gateway.dispatchMessage('MESSAGE_CREATE', message);
}

function settle(call: DiscordCall, message: DiscordMessage) {
  change(call, message, call.body);
  return shown(call, message);
}

function change(call: DiscordCall, message: DiscordMessage, body: Body): void {
  const wasLoading = isLoading(message);
  // What is fixed when deferred cannot be asked for later.
  const { flags = 0, ...rest } = body;
  applyBody(call, message, { ...rest, flags: Number(flags) & ~MessageFlags.Ephemeral });
  message.flags &= ~MessageFlags.Loading;
  if (!wasLoading) message.editedAt = Date.now();
  if (!isHidden(message)) call.gateway.dispatchMessage('MESSAGE_UPDATE', message);
}

function remove({ world, gateway }: DiscordCall, message: DiscordMessage): void {
  const hidden = world.ephemerals.find((one) => one.message === message);
  if (hidden) hidden.deleted = true;
  const channel = world.channels.get(message.channelId);
  if (!channel || hidden) return;
  channel.messages.splice(channel.messages.indexOf(message), 1);
  const { id, channelId: channel_id } = message;
  gateway.dispatch('MESSAGE_DELETE', channel, 0, { id, channel_id, guild_id: channel.guildId });
}

/** The interaction of a webhook's token, while the token lives. */
function acknowledged({ world, params }: DiscordCall): DiscordInteraction {
  const interaction = world.interactions.get(params.webhook_token ?? '');
  if (!interaction?.callback || params.webhook_id !== world.applicationId) {
    return refuse(REFUSALS.unknownWebhook);
  }
  const expired = Date.now() - interaction.givenAt > world.tokenLifetimeMs;
  return expired ? refuse(REFUSALS.expiredToken) : interaction;
}

const originalOf = (call: DiscordCall) =>
  acknowledged(call).original ?? refuse(REFUSALS.unknownMessage);

const followUpOf = (call: DiscordCall) =>
  acknowledged(call).followUps.find(({ id }) => id === call.params.message_id) ??
  refuse(REFUSALS.unknownMessage);

const shown = ({ world, origin }: DiscordCall, message: DiscordMessage) =>
  toApiMessage(world, message, { origin });

function withResponse(call: DiscordCall, { id, kind, callback, original }: DiscordInteraction) {
  const type = { command: 2, component: 3, autocomplete: 4, modal: 5 }[kind];
  return {
    interaction: {
      ...{ id, type },
      ...(original && {
        response_message_id: original.id,
        response_message_loading: isLoading(original),
        response_message_ephemeral: isHidden(original),
      }),
    },
    ...(original && { resource: { type: callback?.type, message: shown(call, original) } }),
  };
}
