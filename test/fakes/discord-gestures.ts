/** What people press, choose and type into in the stand-in Discord: everything that is an interaction. */
import { type ApplicationCommandOptionType, ChannelType, ComponentType } from 'discord.js';
import {
  type DiscordInteraction,
  type InteractionKind,
  newInteraction,
} from './discord-interaction.ts';
import { type Component, flatten } from './discord-limits.ts';
import { type Inputs, submissionOf } from './discord-modal.ts';
import { toApiActor, toApiChannel, toApiMessage } from './discord-payload.ts';
import { permissionsOf } from './discord-permissions.ts';
import type { DiscordServer } from './discord-server.ts';
import type { DiscordChannel, DiscordFile, DiscordMessage } from './discord-world.ts';
import { newFile } from './discord-writing.ts';

/** Options by name; `subcommand` names one, `focused` the one that is being typed into. */
export interface Typed {
  subcommand?: string;
  options?: Record<string, string | number | boolean>;
}

/**
 * Each resolves when the app has answered, or after Discord's three seconds: then there is no
 * `callback`, and the person sees that the application did not respond.
 */
export interface DiscordGestures {
  /** A registered slash command. */
  slash(
    userId: string,
    channelId: string,
    name: string,
    typed?: Typed,
  ): Promise<DiscordInteraction>;
  /** The choices for an option while somebody types into it. */
  autocomplete(
    userId: string,
    channelId: string,
    name: string,
    typed: Typed & { focused: string },
  ): Promise<{ name: string; value: string }[]>;
  /** A registered command from a message's menu. */
  contextCommand(
    userId: string,
    message: DiscordMessage,
    name: string,
  ): Promise<DiscordInteraction>;
  click(userId: string, message: DiscordMessage, customId: string): Promise<DiscordInteraction>;
  choose(
    userId: string,
    message: DiscordMessage,
    customId: string,
    values: string[],
  ): Promise<DiscordInteraction>;
  /** Submits the modal that this interaction was answered with, with these inputs over what it shows. */
  submit(opened: DiscordInteraction, inputs?: Inputs): Promise<DiscordInteraction>;
  /** A file of a person's own, to be given to a modal. */
  file(name: string, content: string | Uint8Array): DiscordFile;
  /** The same interaction again, as another connection of the app gets it. */
  repeat(interaction: DiscordInteraction): void;
}

const TYPES = { command: 2, component: 3, autocomplete: 4, modal: 5 } as const;

type RegisteredOption = {
  name: string;
  type: ApplicationCommandOptionType;
  required?: boolean;
  autocomplete?: boolean;
  choices?: { value: unknown }[];
  options?: RegisteredOption[];
};

export function createGestures({ world, gateway, origin }: DiscordServer): DiscordGestures {
  const payloads = new Map<string, [DiscordChannel, object]>();

  function channelOf(id: string): DiscordChannel {
    const channel = world.channels.get(id);
    if (!channel) throw new Error(`the stand-in has no channel ${id}`);
    return channel;
  }

  async function give(
    kind: InteractionKind,
    userId: string,
    channelId: string,
    data: object,
    source?: DiscordMessage,
  ): Promise<DiscordInteraction> {
    const channel = channelOf(channelId);
    const from = source && { source };
    const interaction = newInteraction(world, { kind, userId, channelId, ...from });
    world.interactions.set(interaction.token, interaction);
    const isDm = channel.type === ChannelType.DM;
    const payload = {
      ...{ id: interaction.id, token: interaction.token, type: TYPES[kind], version: 1, data },
      ...{ application_id: world.applicationId, channel_id: channelId, context: isDm ? 1 : 0 },
      ...{ channel: toApiChannel(world, channel), locale: 'en-US', entitlements: [] },
      ...{ authorizing_integration_owners: { 0: channel.guildId ?? '0' } },
      app_permissions: String(permissionsOf(world, channel, world.applicationId)),
      attachment_size_limit: 10_485_760,
      ...(channel.guildId && {
        guild_id: channel.guildId,
        guild: { id: channel.guildId, locale: 'en-US', features: [] },
        guild_locale: 'en-US',
      }),
      ...toApiActor(world, channel, userId),
      ...(source && { message: toApiMessage(world, source, { origin }) }),
    };
    payloads.set(interaction.id, [channel, payload]);
    deliver(interaction);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, Math.max(1, world.answerWithinMs));
    await Promise.race([interaction.answered, late.promise]);
    clearTimeout(timer);
    return interaction;
  }

  function deliver({ id }: DiscordInteraction): void {
    const [channel, payload] = payloads.get(id) ?? [undefined, {}];
    // Interactions come whatever the app may see of the channel.
    const place = channel?.guildId ? { ...channel, overwrites: new Map() } : channel;
    gateway.dispatch('INTERACTION_CREATE', place, 0, payload);
  }

  function registered(channelId: string, name: string, type: number) {
    const scopes = ['global', channelOf(channelId).guildId ?? ''];
    const commands = scopes.flatMap((scope) => world.commands.get(scope) ?? []);
    const command = commands.find((one) => one.name === name && one.type === type);
    if (!command) throw new Error(`no command ${name} of type ${type} is registered`);
    if (channelOf(channelId).thread?.archived) throw new Error('no commands in archived threads');
    return command as { id: string; name: string; options?: RegisteredOption[] };
  }

  function commandData(channelId: string, name: string, typed: Typed, focused?: string) {
    const command = registered(channelId, name, 1);
    const sub = command.options?.find((option) => option.name === typed.subcommand);
    if (typed.subcommand && !sub) throw new Error(`/${name} has no ${typed.subcommand}`);
    const known = (sub ?? command).options ?? [];
    const options = toOptions(known, typed.options ?? {}, focused);
    return {
      ...{ id: command.id, name, type: 1 },
      options: sub ? [{ name: sub.name, type: sub.type, options }] : options,
    };
  }

  function componentOf({ components }: DiscordMessage, customId: string): Component {
    const found = flatten(components as Component[]).find((one) => one.custom_id === customId);
    if (!found || found.disabled) throw new Error(`there is no ${customId} to use`);
    return found;
  }

  const use = (userId: string, message: DiscordMessage, customId: string, values?: string[]) => {
    const { type, options } = componentOf(message, customId);
    const offered = (options as { value: string }[] | undefined)?.map(({ value }) => value);
    const strange = values?.find((value) => offered && !offered.includes(value));
    if (strange) throw new Error(`${strange} is not offered`);
    const data = { custom_id: customId, component_type: type, ...(values && { values }) };
    return give('component', userId, message.channelId, data, message);
  };

  return {
    slash: (userId, channelId, name, typed = {}) =>
      give('command', userId, channelId, commandData(channelId, name, typed)),
    async autocomplete(userId, channelId, name, { focused, ...typed }) {
      const data = commandData(channelId, name, typed, focused);
      const { callback } = await give('autocomplete', userId, channelId, data);
      return (callback?.data.choices ?? []) as { name: string; value: string }[];
    },
    contextCommand(userId, message, name) {
      const { id } = registered(message.channelId, name, 3);
      // Its words come along whatever the intents are.
      const resolved = { messages: { [message.id]: toApiMessage(world, message, { origin }) } };
      const data = { id, name, type: 3, target_id: message.id, resolved };
      return give('command', userId, message.channelId, data);
    },
    click(userId, message, customId) {
      const { type } = componentOf(message, customId);
      if (type !== ComponentType.Button) throw new Error(`${customId} is no button`);
      return use(userId, message, customId);
    },
    choose: use,
    file(name, content) {
      const about = { name, contentType: 'text/markdown', content: Buffer.from(content) };
      const file = newFile(world, about);
      world.uploads.push(file);
      return file;
    },
    async submit(opened, inputs = {}) {
      const { callback, userId, channelId, source } = opened;
      if (callback?.type !== 9) throw new Error('no modal was opened');
      return give('modal', userId, channelId, submissionOf(callback.data, inputs, origin), source);
    },
    repeat: deliver,
  };
}

/** As Discord's client sends them: known, of the right type, none missing that is required. */
function toOptions(known: RegisteredOption[], given: Typed['options'] = {}, focused?: string) {
  const missing = known.find(({ name, required }) => required && !(name in given));
  if (missing && !focused) throw new Error(`the option ${missing.name} is missing`);
  return Object.entries(given).map(([name, value]) => {
    const option = known.find((one) => one.name === name);
    if (!option) throw new Error(`there is no option ${name}`);
    const fixed = option.choices?.map((choice) => choice.value);
    if (fixed && !fixed.includes(value)) throw new Error(`${value} is not offered for ${name}`);
    if (name === focused && !option.autocomplete) throw new Error(`${name} has no autocomplete`);
    return { name, type: option.type, value, ...(name === focused && { focused: true }) };
  });
}
