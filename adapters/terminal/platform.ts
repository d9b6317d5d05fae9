/** The ChatPlatform port on a terminal. */
import { ChatError } from '../../src/core/errors.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { describeAdvice } from './advice.ts';
import { readAttachedFile } from './attachment.ts';
import { renderCard, renderText } from './render.ts';
import { createTerminalReply } from './reply.ts';
import type { Screen } from './screen.ts';

export interface TerminalPlatformOptions {
  /** Absent: nobody watches; replies are stored all the same. */
  screen?: Screen;
  /** Only this thread is on the screen; others that are finished here are stored silently. */
  watches?(thread: ThreadRef): boolean;
}

/** The screen keeps nothing, so ids are derived: the same reply or card has the same id in any process. */
export function createTerminalPlatform({
  screen,
  watches = () => true,
}: TerminalPlatformOptions = {}): ChatPlatform {
  /** By card, as it was shown last. */
  const boxes = new Map<string, string>();
  const screenOf = (thread: ThreadRef) => (watches(thread) ? screen : undefined);
  return {
    name: 'terminal',
    editIntervalMs: () => 0,
    openReply({ thread, turnId }) {
      const shown = screenOf(thread);
      if (!shown) return { show: async () => turnId };
      return createTerminalReply({ screen: shown, replyId: turnId });
    },
    async showCard(card) {
      const { thread, ticket, project } = card;
      const shown = screenOf(thread);
      const id = `card-${ticket.id}`;
      if (!shown) return id;
      const box = renderCard(ticket, ticket.project ?? project, shown);
      const advice = describeAdvice(card);
      // What is learned of a card that is on the screen is said below it; a screen edits nothing.
      if (boxes.get(id) !== box || advice === '') shown.write(`\n${box}\n`);
      boxes.set(id, box);
      if (advice) shown.write(`${renderText(advice, shown)}\n`);
      return id;
    },
    async postNotice({ thread, text }) {
      const shown = screenOf(thread);
      shown?.write(`\n${renderText(text, shown)}\n`);
    },
    readThread: async () => ({ messages: [], omitted: false }),
    openThread: async () => {
      throw new ChatError('The terminal is one thread already.');
    },
    readAttachment: (_thread, attachment, maxBytes, signal) =>
      readAttachedFile(attachment, maxBytes, signal),
  };
}
