/** What every listener works with, and how people are told what became of what they did. */
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import type { Bot } from '../../src/core/bot.ts';
import { describeError } from '../../src/core/failure-text.ts';
import type { Log } from '../../src/core/log.ts';
import type { Author } from '../../src/core/message.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import type { Place, ThreadRef } from '../../src/core/thread.ts';
import type { Clients } from './clients.ts';
import type { Inbound } from './inbound.ts';
import type { MovedChannels } from './moved-channels.ts';
import { renderOutcome } from './outcome.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { describeRefusal, refusalOf } from './refusals.ts';

export interface Receiving {
  bot: Bot;
  clients: Clients;
  inbound: Inbound;
  people: People;
  places: Places;
  moved: MovedChannels;
  platform: ChatPlatform;
  publicUrl: string | undefined;
  log: Log;
}

/** Who does something, and where. Outside of any thread the thread's last part is empty. */
export interface Given {
  thread: ThreadRef;
  place: Place;
  actor: Author;
}

/** Milliseconds: Slack waits three seconds for an answer to a command or a modal. */
export const ANSWER_WITHIN_MS = 2_300;

/** What everybody in the thread should know of; the rest is for whoever did it. */
const PUBLIC: Command['kind'][] = ['approve', 'approve-all', 'add-to', 'create-name'];

/**
 * Who somebody is, and where; no channel is the bot's own place. In an organisation the place's workspace is the channel's, whichever of its
 * workspaces the person came with.
 */
export async function meet(
  { people, places }: Pick<Receiving, 'people' | 'places'>,
  workspaceId: string,
  channelId: string,
  accountId: string,
): Promise<Pick<Given, 'place' | 'actor'>> {
  const [place, actor] = await Promise.all([
    channelId === ''
      ? ({ workspaceId, channelId, visibility: 'dm' } as const)
      : places.placeOf(workspaceId, channelId),
    people.authorOf(workspaceId, accountId),
  ]);
  if (place.workspaceId === workspaceId) return { place, actor };
  return { place, actor: await people.authorOf(place.workspaceId, accountId) };
}

export async function act(
  { bot }: Receiving,
  given: Given,
  command: Command,
): Promise<ActionOutcome> {
  return bot.handleAction({ ...given, command });
}

/** Says what became of a command that was given by a button, a modal or an emoji. */
export async function tell(
  receiving: Receiving,
  { thread, actor }: Given,
  command: Command,
  outcome: ActionOutcome,
): Promise<void> {
  const { log } = receiving;
  try {
    const isPublic = outcome.kind === 'done' && PUBLIC.includes(command.kind);
    if (isPublic && (await tellThread(receiving, thread, outcome.message))) return;
    if (await tellInPlace(receiving, thread, actor, outcome)) return;
    const secret = { secret: true } as const;
    await receiving.platform.postNotice({ thread, text: outcome.message, to: actor, ...secret });
  } catch (error) {
    log.warn('slack-person-not-told', { channel: thread.channelId }, error);
  }
}

/** False where there is no thread, or Slack lets the bot write there no more. */
async function tellThread({ platform }: Receiving, thread: ThreadRef, text: string) {
  if (thread.threadId === '') return false;
  try {
    await platform.postNotice({ thread, text });
    return true;
  } catch (error) {
    if (describeRefusal(error)) return false;
    throw error;
  }
}

/** A sentence that only this person sees, where they are. */
export function tellPerson(receiving: Receiving, given: Given, sentence: string): Promise<void> {
  const outcome: ActionOutcome = { kind: 'refused', message: sentence, tickets: [] };
  return tell(receiving, given, { kind: 'help' }, outcome);
}

/** False where Slack does not show it to that person there. */
async function tellInPlace(
  { clients }: Receiving,
  { workspaceId, channelId: channel, threadId }: ThreadRef,
  { identity }: Author,
  outcome: ActionOutcome,
): Promise<boolean> {
  const user = identity.split(':')[2];
  if (channel === '' || !user) return false;
  const client = await clients.clientOf(workspaceId);
  try {
    const shown = renderOutcome(outcome);
    const where = threadId === '' ? {} : { thread_ts: threadId };
    await client.chat.postEphemeral({
      channel,
      user: decodeURIComponent(user),
      ...shown,
      ...where,
    });
    return true;
  } catch (error) {
    if (refusalOf(error)) return false;
    throw error;
  }
}

/** What went wrong, for the person: their mistake, the table, or ours under a reference. */
export function sentenceOf({ log }: Pick<Receiving, 'log'>, error: unknown): string {
  const refusal = describeRefusal(error);
  if (refusal) {
    log.warn('slack-interaction-refused', { code: refusalOf(error) }, error);
    return refusal;
  }
  return describeError(error, () =>
    log.error('slack-interaction-failed', { code: refusalOf(error) }, error),
  );
}
