/** What every listener works with, and how people are told what became of what they did. */
import type { BaseInteraction, Client } from 'discord.js';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import type { Bot } from '../../src/core/bot.ts';
import { describeError } from '../../src/core/failure-text.ts';
import type { Log } from '../../src/core/log.ts';
import type { Author, IncomingMessage } from '../../src/core/message.ts';
import type { Place, ThreadRef } from '../../src/core/thread.ts';
import type { Backlog } from './backlog.ts';
import type { Direct } from './direct.ts';
import { type Inbound, threadRefOf } from './inbound.ts';
import type { Modals } from './modals.ts';
import type { Notices } from './notices.ts';
import type { People } from './people.ts';
import type { Places, Spot } from './places.ts';
import type { ThreadOpening } from './thread-opening.ts';

export interface Receiving {
  client: Client;
  bot: Bot;
  backlog: Backlog;
  direct: Direct;
  inbound: Inbound;
  people: People;
  places: Places;
  threads: ThreadOpening;
  notices: Notices;
  log: Log;
  modals: Modals;
  /** A message was stored for the first time. */
  onStored(message: IncomingMessage): Promise<void>;
}

/** Who gave an interaction, and where. */
export interface Given {
  actor: Author;
  place: Place;
  /** Outside of any thread, its id is empty. */
  thread: ThreadRef;
  spot: Spot | undefined;
}

/** `about` is the message that the interaction is about, where there is one. */
export async function readGiven(
  { people, places, direct }: Receiving,
  interaction: BaseInteraction,
  about?: string,
): Promise<Given> {
  const channelId = interaction.channelId ?? '';
  const spot = await places.find(channelId);
  const actor = people.actorOf(interaction);
  const fallback = {
    workspaceId: interaction.guildId ?? '',
    channelId,
    visibility: 'private' as const,
  };
  return { actor, spot, place: spot?.place ?? fallback, thread: await threadOf() };

  async function threadOf(): Promise<ThreadRef> {
    if (spot?.kind === 'thread') return threadRefOf(channelId);
    if (spot?.kind !== 'dm') return threadRefOf('');
    return threadRefOf(channelId, await direct.beginOf(channelId, about ?? interaction.id));
  }
}

export function act(
  { bot }: Receiving,
  { thread, place, actor }: Given,
  command: Command,
): Promise<ActionOutcome> {
  return bot.handleAction({ thread, place, actor, command });
}

/** What to tell the person, also when it went wrong. */
export async function sentenceOf({ log }: Receiving, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return describeError(error, () => log.error('discord-interaction-failed', {}, error));
  }
}
