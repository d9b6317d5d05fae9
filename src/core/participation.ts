/** Whose threads are whose, beside those who began them: whoever spoke in one, to the bot or past it. */
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import type { Author, Message } from './message.ts';

/** User ids by account. */
export type Participants = ReadonlyMap<string, string>;

/** The authors of these messages, other than the owner and programs: what is kept of them is found as theirs. */
export async function participantsOf(
  { userOf }: Pick<Configuration, 'userOf'>,
  { owner }: ThreadState,
  messages: readonly Message[],
): Promise<Participants> {
  const authors = new Map<string, Author>();
  for (const { author } of messages) {
    if (author && author.standing !== 'bot') authors.set(author.identity, author);
  }
  const users = await Promise.all([...authors.values()].map((author) => userOf(author)));
  const ids = [...authors.keys()].map((identity, n) => [identity, users[n]?.id ?? ''] as const);
  return new Map(ids.filter(([, id]) => id !== owner.userId));
}
