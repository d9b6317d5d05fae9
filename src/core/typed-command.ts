/**
 * A command that somebody types is no message of the conversation: a mark makes it happen once, however
 * often it is delivered. While it is carried out it is not acknowledged a second time, so that what a
 * dead process began is delivered again, and done.
 */
import { StoreUnavailableError } from './errors.ts';
import type { MarkRepository } from './mark.ts';
import type { IncomingMessage } from './message.ts';
import { conversationIdOf } from './thread.ts';

/** Longer than any platform delivers the same command again, in milliseconds. */
const MEMORY_MS = 86_400_000;
const DONE = 'done';

export interface TypedCommandOptions {
  marks: Pick<MarkRepository, 'take' | 'get' | 'put' | 'giveBack'>;
  /** So long after it began, in milliseconds, whoever carried it out counts as dead. */
  commandMs: number;
}

/**
 * `undefined` when it was carried out before. Rejects with `StoreUnavailableError` while somebody does
 * it, and with what `act` rejects with: then it is as if it had never been given.
 */
export async function carryOutOnce<Result>(
  { marks, commandMs }: TypedCommandOptions,
  { thread, id }: Pick<IncomingMessage, 'thread' | 'id'>,
  act: () => Promise<Result>,
): Promise<Result | undefined> {
  const { platform } = thread;
  // Slack's ids are times: another channel has the same ones.
  const name = `command:${conversationIdOf(thread)}:${id}`;
  if (!(await marks.take(platform, name, Date.now() + commandMs))) {
    if ((await marks.get(platform, name)) === DONE) return undefined;
    throw new StoreUnavailableError('command', new Error('it is being carried out'));
  }
  let result: Result;
  try {
    result = await act();
  } catch (error) {
    await marks.giveBack(platform, name);
    throw error;
  }
  await marks.put(platform, name, DONE, Date.now() + MEMORY_MS);
  return result;
}
