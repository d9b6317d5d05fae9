/** What one message of a reply shows: as blocks where it is edited, as chunks where it is streamed. */
import type { AnyChunk, KnownBlock } from '@slack/web-api';
import { cutText } from '../../src/core/cut-text.ts';
import { toButton } from './card-action.ts';
import { escapeWithin, toFallbackText, toSlackMarkdown } from './markdown.ts';

/** What a message shows at one moment; `text` is Markdown that pings nobody. */
export interface MessageContent {
  text: string;
  status?: string | undefined;
  /** Nothing more comes into this message. */
  done: boolean;
  retry?: boolean | undefined;
}

/** What a stream has shown so far. */
export interface Streamed {
  text: string;
  /** Tasks begun. */
  steps: number;
  /** What is going on, as the last task shows it. */
  step?: string | undefined;
}

/** What notifications say, in characters; `chat.update` refuses texts above 4,000. */
const FALLBACK_LENGTH = 2_000;
const MAX_STEP_TITLE = 200;
const THINKING = 'Thinking';

/** What is new since the stream's last chunk: a step that ended, text, a step that began. */
export function continueFrom(streamed: Streamed, { text, status, done }: MessageContent) {
  const chunks: AnyChunk[] = [];
  const step = done ? undefined : status;
  const changed = step !== streamed.step;
  const steps = streamed.steps + (changed && step ? 1 : 0);
  const task = (count: number, title: string) =>
    ({ type: 'task_update', id: `step-${count}`, title: toTitle(title) }) as const;
  if (changed && streamed.step) {
    chunks.push({ ...task(streamed.steps, streamed.step), status: 'complete' });
  }
  const added = text.slice(streamed.text.length);
  if (added) chunks.push({ type: 'markdown_text', text: added });
  if (changed && step) chunks.push({ ...task(steps, step), status: 'in_progress' });
  return { chunks, next: { text, step, steps } };
}

const toTitle = (step: string) => cutText(toSlackMarkdown(step), MAX_STEP_TITLE);

export interface RenderedMessage {
  text: string;
  blocks: KnownBlock[];
  /** The same when the same is shown. */
  key: string;
}

export function renderMessage(content: MessageContent, turnId: string): RenderedMessage {
  const { text, status, done, retry } = content;
  const blocks: KnownBlock[] = [];
  if (text.trim()) blocks.push({ type: 'markdown', text });
  if (!done && (status || !text.trim())) {
    const doing = `:hourglass_flowing_sand: ${escapeWithin(status || THINKING, MAX_STEP_TITLE)}`;
    blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: doing }] });
  }
  if (!done) blocks.push({ type: 'actions', elements: [STOP_BUTTON] });
  if (retry) blocks.push({ type: 'actions', elements: [toRetryButton(turnId)] });
  const fallback = toFallbackText(text || status || THINKING, FALLBACK_LENGTH);
  return { blocks, text: fallback, key: JSON.stringify(blocks) };
}

const STOP_BUTTON = toButton({
  id: 'stop',
  text: 'Stop',
  action: { kind: 'command', command: { kind: 'stop' } },
});

const toRetryButton = (turnId: string) =>
  toButton({ id: 'retry', text: 'Try again', action: { kind: 'retry', turnId } });
