/**
 * How an interaction is answered: first acknowledged within Discord's three seconds, once for all
 * processes, then written to by its token, and after fifteen minutes in some other way.
 */
import {
  type ChatInputCommandInteraction,
  type MessageComponentInteraction,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  type RawFile,
  Routes,
} from 'discord.js';
import { identityOf } from '../../src/core/user.ts';
import type { RenderedOutcome } from './outcome.ts';
import { type Receiving, sentenceOf } from './receiving.ts';
import { refusalOf, SETTLED } from './refusals.ts';

export type Answerable =
  | ChatInputCommandInteraction
  | MessageContextMenuCommandInteraction
  | MessageComponentInteraction
  | ModalSubmitInteraction;

export interface Answer {
  /** For the person's eyes only, or for everybody's in the channel. */
  text: string;
  components?: object[];
  files?: RawFile[];
}

const MAX_TEXT = 2_000;

/**
 * Sends the acknowledgement. False when another process did, or it came too late: then this one has
 * nothing to do.
 */
export async function acknowledge(
  { log }: Pick<Receiving, 'log'>,
  send: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    const code = refusalOf(error);
    const isSettled = SETTLED.some((settled) => settled === code);
    if (!isSettled) log.warn('discord-not-acknowledged', { code: code ?? 0 }, error);
    return false;
  }
}

/** "Is thinking", for the person's eyes only. */
export const deferHidden = (receiving: Receiving, interaction: Answerable) =>
  acknowledge(receiving, () => interaction.deferReply({ flags: MessageFlags.Ephemeral }));

/** Puts the answer in the place of "is thinking"; whoever waits no longer is written to directly. Never rejects. */
export async function say(
  { client, notices, log }: Receiving,
  { applicationId, token, user }: Answerable,
  { text, components = [] }: Answer,
): Promise<void> {
  const [first = '…', ...more] = pieces(text);
  const shared = { allowed_mentions: { parse: [] } };
  try {
    await client.rest.patch(Routes.webhookMessage(applicationId, token, '@original'), {
      ...{ auth: false, body: { ...shared, content: first, components } },
    });
    for (const content of more) {
      const body = { ...shared, content, flags: MessageFlags.Ephemeral };
      await client.rest.post(Routes.webhook(applicationId, token), { auth: false, body });
    }
  } catch (error) {
    log.warn('discord-answer-late', { code: refusalOf(error) ?? 0 }, error);
    await notices
      .tell({ identity: identityOf('discord', '', user.id) }, text)
      .catch((failure: unknown) => {
        log.warn('discord-person-not-told', {}, failure);
      });
  }
}

/** Acknowledged at once; whoever acknowledged it does it, and says what became of it. */
export async function answer(
  receiving: Receiving,
  interaction: Answerable,
  work: () => Promise<string | RenderedOutcome>,
): Promise<void> {
  if (!(await deferHidden(receiving, interaction))) return;
  let components: RenderedOutcome['components'] = [];
  const text = await sentenceOf(receiving, async () => {
    const done = await work();
    if (typeof done === 'string') return done;
    components = done.components;
    return done.text;
  });
  await say(receiving, interaction, { text, components });
}

/** A message beside what is there, for the person's eyes only. Never rejects. */
export async function sayBeside(
  { client, log }: Receiving,
  { applicationId, token }: Answerable,
  { text, components = [], files = [] }: Answer,
): Promise<void> {
  const body = {
    ...{ content: pieces(text)[0] ?? '…', components, flags: MessageFlags.Ephemeral },
    allowed_mentions: { parse: [] },
  };
  await client.rest
    .post(Routes.webhook(applicationId, token), {
      ...{ auth: false, body },
      ...(files.length > 0 && { files }),
    })
    .catch((error: unknown) => log.warn('discord-answer-late', {}, error));
}

/** At ends of lines where there are any. */
export function pieces(text: string, most = MAX_TEXT): string[] {
  const cut: string[] = [];
  let rest = text.toWellFormed();
  while (rest.length > most) {
    const end = rest.lastIndexOf('\n', most);
    const at = end > most / 2 ? end : most;
    cut.push(rest.slice(0, at).toWellFormed());
    rest = rest.slice(at).trimStart();
  }
  return [...cut, rest].filter(Boolean);
}
