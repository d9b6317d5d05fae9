/** A reply that grows on the screen: of each view, only what is new is written. */
import type { Reply, ReplyView } from '../../src/core/platform.ts';
import { createFlow } from './flow.ts';
import { cleanText, showPaths } from './render.ts';
import type { Screen } from './screen.ts';

export interface TerminalReplyOptions {
  screen: Screen;
  replyId: string;
}

const WAITING = 'Thinking';

export function createTerminalReply({ screen, replyId }: TerminalReplyOptions): Reply {
  let flow = createFlow(screen);
  let written: string | undefined;
  screen.showPassing(`… ${WAITING}`, 0);

  function write(text: string): void {
    const goesOn = written !== undefined && text.startsWith(written);
    if (goesOn) screen.write(flow.push(text.slice(written?.length)));
    else {
      const before = written === undefined ? '\n' : `${flow.end()}\n\n`;
      flow = createFlow(screen);
      screen.write(before + flow.push(text));
    }
    written = text;
  }

  function end({ state, retry }: ReplyView): void {
    const hint = retry ? `\n${screen.style('yellow', '  /retry to try again')}` : '';
    if (state !== 'streaming') screen.write(`${flow.end()}${hint}\n`);
  }

  return {
    async show(view) {
      const text = cleanText(showPaths(view.text));
      if (text !== '' && text !== written) write(text);
      end(view);
      if (view.status && view.state === 'streaming') {
        screen.write(flow.end());
        screen.showPassing(`… ${view.status}`, flow.column);
      }
      return replyId;
    },
  };
}
