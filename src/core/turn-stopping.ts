/** Stops a conversation's turn, whichever process runs it. */
import type { Repositories } from './repositories.ts';
import type { Turns } from './turns.ts';

const ATTEMPTS = 3;

export interface TurnStoppingOptions {
  repositories: Pick<Repositories, 'threads'>;
  turns: Turns;
}

/**
 * A turn that runs in another process is taken from it; between reading and taking it may be renewed,
 * and after a few times it was `missed`.
 */
export async function stopTurn(
  { turns, repositories }: TurnStoppingOptions,
  conversationId: string,
): Promise<'stopping' | 'idle' | 'missed'> {
  if (turns.stop(conversationId)) return 'stopping';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const claim = (await repositories.threads.get(conversationId))?.claim;
    if (!claim) return 'idle';
    const taken = turns.takeOver(claim);
    const claimedAt = performance.now();
    if (await repositories.threads.takeClaim(conversationId, taken, claim)) {
      turns.start({ conversationId, claim: taken, claimedAt, taken: 'stopped' });
      return 'stopping';
    }
  }
  return 'missed';
}
