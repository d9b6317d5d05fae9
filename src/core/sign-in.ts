/** From the chat to the browser: a link that works once and for minutes. */
import { randomBytes } from 'node:crypto';
import type { Configuration } from './configuration.ts';
import { ChatError } from './errors.ts';
import type { Author } from './message.ts';
import type { Repositories } from './repositories.ts';

const LINK_MINUTES = 10;
/** 256 bits: nobody guesses it. */
const SECRET_BYTES = 32;

export interface SignInOptions {
  repositories: Pick<Repositories, 'oneTimes'>;
  configuration: Pick<Configuration, 'userOf'>;
  /** Where people reach the product's HTTP server; absent: there is nothing to sign in to. */
  publicUrl?: string | undefined;
}

/** The sentence with the link, for this person's eyes only. Rejects with `ChatError`. */
export function createSignIn({ repositories, configuration, publicUrl }: SignInOptions) {
  return async function offerSignIn(actor: Author): Promise<string> {
    if (!publicUrl)
      throw new ChatError('There is no console here: whoever runs me has to set PUBLIC_URL.');
    // There everybody signed in is a member: it would let guests decide what they may not in the chat.
    if (actor.standing !== 'member') throw new ChatError('The console is for members, not guests.');
    const { id, status } = await configuration.userOf(actor);
    if (status !== 'active') throw new ChatError('Your account here is deactivated. Ask an admin.');
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await repositories.oneTimes.put('sign-in', secret, id, Date.now() + LINK_MINUTES * 60_000);
    const link = `${publicUrl.replace(/\/+$/, '')}/sign-in/${secret}`;
    return `Sign in within ${LINK_MINUTES} minutes: ${link}\nThe link is yours alone and works once.`;
  };
}
