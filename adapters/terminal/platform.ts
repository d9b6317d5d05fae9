/** The ChatPlatform port on a terminal. */
import type { ChatPlatform } from '../../src/core/platform.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { describeAdvice } from './advice.ts';
import { renderCard, renderText } from './render.ts';
import { createTerminalReply } from './reply.ts';
import type { Screen } from './screen.ts';
import { createUnwatchedTerminal } from './unwatched.ts';

export interface TerminalPlatformOptions {
  screen: Screen;
  /** Only this thread is on the screen; others that are finished here are stored silently. */
  watches?(thread: ThreadRef): boolean;
}

/** For the threads it does not watch it is the terminal nobody sits at. */
export function createTerminalPlatform({
  screen,
  watches = () => true,
}: TerminalPlatformOptions): ChatPlatform {
  const unwatched = createUnwatchedTerminal();
  /** By card, as it was shown last. */
  const boxes = new Map<string, string>();
  return {
    ...unwatched,
    openReply(target) {
      if (!watches(target.thread)) return unwatched.openReply(target);
      return createTerminalReply({ screen, replyId: target.turnId });
    },
    async showCard(card) {
      const { thread, ticket, project } = card;
      const id = await unwatched.showCard(card);
      if (!watches(thread)) return id;
      const box = renderCard(ticket, ticket.project ?? project, screen);
      const advice = describeAdvice(card);
      // What is learned of a card that is on the screen is said below it; a screen edits nothing.
      if (boxes.get(id) !== box || advice === '') screen.write(`\n${box}\n`);
      boxes.set(id, box);
      if (advice) screen.write(`${renderText(advice, screen)}\n`);
      return id;
    },
    async postNotice({ thread, text }) {
      if (watches(thread)) screen.write(`\n${renderText(text, screen)}\n`);
    },
  };
}
