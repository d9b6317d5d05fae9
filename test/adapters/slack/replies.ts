/** What a reply in Slack is shown as, and what people read of it. */
import type { ReplyView } from '../../../src/core/platform.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';

export const growing = (text: string, status?: string): ReplyView => ({
  ...{ text, state: 'streaming' },
  ...(status && { status }),
});
export const answered = (text: string): ReplyView => ({ text, state: 'answered' });

/** The Markdown a message shows: its block's, or what was streamed. */
export function markdownOf({ text, blocks = [] }: SlackMessage): string {
  const [markdown] = (blocks as { type: string; text?: string }[]).filter(
    ({ type }) => type === 'markdown',
  );
  return markdown?.text ?? text;
}
