/** Names for the options of `/ticket`, while somebody types. */
import { type AutocompleteInteraction, Events } from 'discord.js';
import type { Suggestion } from '../../src/core/suggest.ts';
import { SEARCHED } from './commands.ts';
import { acknowledge } from './interaction-answer.ts';
import { type Receiving, readGiven } from './receiving.ts';

/** Discord's. */
const MOST_CHOICES = 25;
const MAX_LENGTH = 100;
/** A slow tracker must not cost Discord's three seconds. */
const DEADLINE_MS = 2_000;

export function listenToAutocomplete(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isAutocomplete()) void respond(receiving, interaction);
  });
}

async function respond(receiving: Receiving, interaction: AutocompleteInteraction): Promise<void> {
  const found = await Promise.race([suggest(receiving, interaction), nothingAfter(DEADLINE_MS)]);
  const choices = found
    .filter(({ value }) => value.length > 0 && value.length <= MAX_LENGTH)
    .map(({ value, label }) => ({ name: label.slice(0, MAX_LENGTH) || value, value }));
  await acknowledge(receiving, () => interaction.respond(choices.slice(0, MOST_CHOICES)));
}

async function suggest(
  receiving: Receiving,
  interaction: AutocompleteInteraction,
): Promise<Suggestion[]> {
  const { name, value } = interaction.options.getFocused(true);
  const field = SEARCHED[name as keyof typeof SEARCHED];
  if (!field) return [];
  try {
    const { thread, place, actor } = await readGiven(receiving, interaction);
    const ask = { thread, place, actor, field, text: value, limit: MOST_CHOICES };
    return await receiving.bot.suggest(ask);
  } catch (error) {
    receiving.log.warn('discord-no-suggestions', { field }, error);
    return [];
  }
}

const nothingAfter = (ms: number) =>
  new Promise<Suggestion[]>((resolve) => setTimeout(resolve, ms, []).unref());
