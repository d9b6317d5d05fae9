/** What became of a person's action, as a message: a sentence, a list, or a question that one button answers. */
import type { KnownBlock } from '@slack/web-api';
import type { ActionOutcome } from '../../src/core/action.ts';
import { leadToButton } from '../../src/core/outcome-text.ts';
import { section } from './blocks.ts';
import { toButton } from './card-action.ts';
import { escapeWithin, linkMrkdwn } from './markdown.ts';
import { renderPieces } from './notices.ts';

export interface RenderedOutcome {
  /** What notifications say. */
  text: string;
  blocks: KnownBlock[];
}

const MOST_CONVERSATIONS = 20;
/** Help is the longest there is; all blocks of a message take some 13,000 characters. */
const LIST_LENGTH = 2_500;

/** For an ephemeral message or the answer to a slash command. */
export function renderOutcome(outcome: ActionOutcome): RenderedOutcome {
  const { message, conversations, confirm } = leadToButton(outcome);
  const [sentence = { text: 'Done.', blocks: [section('Done.')] }] = renderPieces(message);
  const lines = (conversations?.items ?? [])
    .slice(0, MOST_CONVERSATIONS)
    .map(({ title, thread, url }) => {
      return `• ${url ? linkMrkdwn(title, url) : `${escapeWithin(title, 300)} (${thread.platform})`}`;
    });
  const lists: KnownBlock[] = [];
  for (let rest = lines; rest.length > 0; ) {
    let count = 1;
    while (count < rest.length && rest.slice(0, count + 1).join('\n').length < LIST_LENGTH)
      count += 1;
    lists.push(section(rest.slice(0, count).join('\n')));
    rest = rest.slice(count);
  }
  const asked: KnownBlock[] = confirm
    ? [
        {
          type: 'actions',
          elements: [
            toButton({
              ...{ id: 'confirm', text: 'Yes, go on', style: 'danger' },
              action: { kind: 'command', command: confirm },
            }),
          ],
        },
      ]
    : [];
  return { text: sentence.text, blocks: [...sentence.blocks, ...lists, ...asked] };
}
