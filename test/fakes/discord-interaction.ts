/** One interaction in the stand-in Discord: given by a person, answered once and in time, then written to. */
import { InteractionResponseType, MessageFlags } from 'discord.js';
import type { DiscordMessage, DiscordWorld } from './discord-world.ts';

export type InteractionKind = 'command' | 'autocomplete' | 'component' | 'modal';

export interface DiscordInteraction {
  id: string;
  token: string;
  kind: InteractionKind;
  userId: string;
  channelId: string;
  /** Milliseconds since the epoch. */
  givenAt: number;
  /** The message whose component was used. */
  source?: DiscordMessage;
  /** The first answer; absent: the person sees that the application did not respond. */
  callback?: { type: InteractionResponseType; data: Record<string, unknown> };
  /** What was answered with, or the placeholder of what will be. */
  original?: DiscordMessage;
  /** Later messages, in order. */
  followUps: DiscordMessage[];
  /** Resolves with the first answer. */
  answered: Promise<void>;
  answer(): void;
}

export function newInteraction(
  world: DiscordWorld,
  about: Pick<DiscordInteraction, 'kind' | 'userId' | 'channelId'> & { source?: DiscordMessage },
): DiscordInteraction {
  const { promise, resolve } = Promise.withResolvers<void>();
  const id = world.nextId();
  return {
    ...{ id, token: `interaction-${id}`, givenAt: Date.now(), followUps: [] },
    ...{ answered: promise, answer: resolve },
    ...about,
  };
}

const { ChannelMessageWithSource, DeferredChannelMessageWithSource } = InteractionResponseType;
const { DeferredMessageUpdate, UpdateMessage, Modal } = InteractionResponseType;

/** Whether this kind of interaction may be answered so. */
export function allowsAnswer(
  { kind, source }: DiscordInteraction,
  type: InteractionResponseType,
): boolean {
  if (kind === 'autocomplete') {
    return type === InteractionResponseType.ApplicationCommandAutocompleteResult;
  }
  if (type === ChannelMessageWithSource || type === DeferredChannelMessageWithSource) return true;
  // A modal cannot follow a modal; only what came from a message can change it.
  if (type === Modal) return kind !== 'modal';
  return (type === DeferredMessageUpdate || type === UpdateMessage) && source !== undefined;
}

export function isHidden({ flags }: DiscordMessage): boolean {
  return (flags & MessageFlags.Ephemeral) !== 0;
}

export function isLoading({ flags }: DiscordMessage): boolean {
  return (flags & MessageFlags.Loading) !== 0;
}
