/**
 * What people change in the chat after they said it. A message that still waits is answered as it now
 * reads, even by a turn that has begun; one that waits for no answer is known to later turns as it now reads;
 * what is deleted there is deleted here.
 */
import { ChatError } from './errors.ts';
import { type MessageKey, messageKeyOf } from './message.ts';
import { checkLength } from './received.ts';
import { redactSecrets } from './redact.ts';
import type { Repositories } from './repositories.ts';
import { conversationIdOf, type ThreadRef } from './thread.ts';
import { stopTurn } from './turn-stopping.ts';
import type { Turns } from './turns.ts';

/** Names a message as the platform does. */
export interface MessageRef {
  thread: ThreadRef;
  id: string;
  /** ISO 8601 with milliseconds, UTC. */
  sentAt: string;
}

export interface MessageEdit extends MessageRef {
  text: string;
}

export interface AmendmentsOptions {
  repositories: Repositories;
  turns: Turns;
}

/** A change is no failed start, so it is not counted as one; but a reply may have been begun. */
const BEGUN_ANEW = 2;
/** Between reading a claim and taking it, its holder may renew it. */
const ATTEMPTS = 3;

export interface Amendments {
  edit(edit: MessageEdit): Promise<void>;
  remove(message: MessageRef): Promise<void>;
  /** The whole thread was deleted on the platform. */
  leave(thread: ThreadRef): Promise<void>;
}

export function createAmendments({ repositories, turns }: AmendmentsOptions): Amendments {
  async function edit(change: MessageEdit): Promise<void> {
    const conversationId = conversationIdOf(change.thread);
    const key = messageKeyOf(change);
    const text = textOf(change);
    if (text === undefined) return;
    const outcome = await repositories.messages.editUnanswered(conversationId, key, text);
    if (outcome === 'waiting') await startOver(conversationId, key);
  }

  /** The turn that answers it may have read it as it was: whoever runs it, it begins again. */
  async function startOver(conversationId: string, key: MessageKey): Promise<void> {
    if (turns.restart(conversationId)) return;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const thread = await repositories.threads.get(conversationId);
      if (!thread?.claim || !thread.waiting.includes(key)) return;
      const claim = { ...turns.takeOver(thread.claim), attempt: BEGUN_ANEW };
      const claimedAt = performance.now();
      if (await repositories.threads.takeClaim(conversationId, claim, thread.claim)) {
        return turns.start({ conversationId, claim, claimedAt, taken: 'restarted' });
      }
    }
  }

  async function remove(message: MessageRef): Promise<void> {
    const conversationId = conversationIdOf(message.thread);
    const key = messageKeyOf(message);
    if (!(await repositories.messages.deleteMessage(conversationId, key))) return;
    if (!turns.runs(conversationId)) return;
    const thread = await repositories.threads.get(conversationId);
    if (thread && thread.waiting.length > 0) turns.restart(conversationId);
    else turns.stop(conversationId);
  }

  async function leave(thread: ThreadRef): Promise<void> {
    const conversationId = conversationIdOf(thread);
    await stopTurn({ turns, repositories }, conversationId);
    // Its close would bring the conversation back.
    await turns.ended(conversationId);
    const state = await repositories.threads.get(conversationId);
    if (state && !state.deleting)
      await repositories.conversations.setStatus(state.owner, 'archived');
  }

  return { edit, remove, leave };
}

/** `undefined` when it grew too long to be kept: then it is answered as it was. */
function textOf({ text }: MessageEdit): string | undefined {
  try {
    checkLength({ text });
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
  return redactSecrets(text.toWellFormed());
}
