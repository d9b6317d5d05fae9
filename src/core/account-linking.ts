/** Tells us that two accounts are one person: a code from one, given on the other. */
import type { Configuration } from './configuration.ts';
import { ChatError } from './errors.ts';
import { createLinkCode } from './link-code.ts';
import type { Author } from './message.ts';
import type { Repositories } from './repositories.ts';

const CODE_MINUTES = 10;

export interface AccountLinkingOptions {
  repositories: Pick<Repositories, 'users' | 'oneTimes'>;
  configuration: Configuration;
}

export interface AccountLinking {
  /** A code for this person's eyes only, and what to do with it. */
  offer(actor: Author): Promise<string>;
  /** Makes the actor the person the code is from. Rejects with `ChatError`. */
  accept(actor: Author, code: string): Promise<string>;
}

export function createAccountLinking(options: AccountLinkingOptions): AccountLinking {
  const { repositories, configuration } = options;

  async function offer(actor: Author): Promise<string> {
    const { id } = await configuration.userOf(actor);
    const code = createLinkCode();
    const expiresAt = Date.now() + CODE_MINUTES * 60_000;
    await repositories.oneTimes.put('link', code, id, expiresAt);
    return `Say \`link ${code}\` to me from your other account within ${CODE_MINUTES} minutes. What is yours there becomes yours here; keys of providers and trackers have to be entered again.`;
  }

  async function accept(actor: Author, code: string): Promise<string> {
    const user = await configuration.userOf(actor);
    const into = await repositories.oneTimes.take('link', code.toUpperCase());
    if (!into) throw new ChatError('That code does not work (any more). Say `link` for a new one.');
    if (into === user.id) return 'These accounts are linked already.';
    const outcome = await repositories.users.linkUsers(user.id, into);
    configuration.forget();
    if (outcome.kind === 'linked') return `You are ${outcome.user.name} here too from now on.`;
    throw new ChatError(
      outcome.kind === 'too-many'
        ? 'That would be more accounts than one person can have here.'
        : 'One of these accounts is not there any more. Say something first, then try again.',
    );
  }

  return { offer, accept };
}
