/** A reply that grows on the screen: of each view, only what is new is written. */
import type { Reply, ReplyView } from '../../src/core/platform.ts';
import { cleanText } from './render.ts';
import type { Screen } from './screen.ts';

export interface TerminalReplyOptions {
  screen: Screen;
  replyId: string;
}

export function createTerminalReply({ screen, replyId }: TerminalReplyOptions): Reply {
  let written: string | undefined;
  let status: string | undefined;

  function write(view: ReplyView): void {
    const text = cleanText(view.text);
    const isContinued = written !== undefined && text.startsWith(written);
    if (written === undefined) screen.write('\n');
    else if (!isContinued) screen.write('\n\n');
    const rest = isContinued ? text.slice(written?.length) : text;
    screen.write(view.state === 'failed' ? screen.style('yellow', rest) : rest);
    written = text;
  }

  /** A step is worth a line while it is new; text that follows begins below it. */
  function writeStatus(next: string | undefined): void {
    if (next && next !== status) screen.write(screen.style('dim', `\n… ${next}`));
    status = next;
  }

  return {
    async show(view) {
      if (view.text !== '' && view.text !== written) write(view);
      writeStatus(view.status);
      if (view.state !== 'streaming') screen.write(view.retry ? endOf(screen) : '\n');
      return replyId;
    },
  };
}

function endOf(screen: Screen): string {
  return `\n${screen.style('dim', '  /retry to try again')}\n`;
}
