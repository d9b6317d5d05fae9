/** Runs threads of the eval through the bot, as a chat platform would: earlier messages are read, one calls. */

import { type Bot, createBot } from '../../src/core/bot.ts';
import type { ChooseProvider } from '../../src/core/compose.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf, type ThreadRef } from '../../src/core/thread.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import type { IssueSummary, Tracker } from '../../src/core/tracker.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';
import type { EvalThread, Said } from './thread.ts';

export const LABELS = ['bug', 'documentation', 'enhancement', 'performance', 'security'];
const PROJECT = 'local:eval';
const BEGAN = Date.UTC(2026, 4, 4, 8);
const MINUTE_MS = 60_000;
/** A model may take this long for a thread, in milliseconds. */
const TURN_MS = 300_000;

/** What the bot made of a thread. */
export interface Outcome {
  /** Still open at the end. */
  tickets: Ticket[];
  /** The last reply. */
  reply: string;
}

export interface RunOptions {
  repositories: Repositories;
  chooseProvider: ChooseProvider;
}

/** Each run is a conversation of its own. */
export async function runThread(
  { repositories, chooseProvider }: RunOptions,
  thread: EvalThread,
): Promise<Outcome> {
  const platform = createRecordingPlatform();
  const ref: ThreadRef = {
    platform: 'terminal',
    workspaceId: 'eval',
    channelId: 'threads',
    threadId: thread.name,
  };
  const bot = createBot({
    repositories,
    platforms: [platform],
    chooseProvider,
    chooseTracker: async () => createEvalTracker(thread),
    environment: { project: PROJECT },
    markerKeys: [new Uint8Array(32)],
    log: { info() {}, warn() {}, error: () => 'eval' },
    timing: { turnMs: TURN_MS },
  });
  const messages = thread.said.map((said, index) => toMessage(ref, said, index));
  const last = messages.pop();
  if (!last) throw new RangeError(`${thread.name}: nobody says anything`);
  platform.earlier = { messages, omitted: false };
  try {
    await say(bot, last);
    await followUp(bot, ref, thread);
    const { items } = await repositories.tickets.listTickets(conversationIdOf(ref));
    return {
      tickets: items.filter(({ status }) => status === 'draft'),
      reply: platform.replies.at(-1)?.views.at(-1)?.text ?? '',
    };
  } finally {
    await bot.close(0);
  }
}

async function followUp(
  bot: Bot,
  ref: ThreadRef,
  { said, next: following = [] }: EvalThread,
): Promise<void> {
  for (const [index, next] of following.entries()) {
    const speaker = 'said' in next ? next.said : said[0];
    const message = toMessage(ref, speaker ?? ['Ann', ''], said.length + index);
    if ('said' in next) {
      await say(bot, message);
      continue;
    }
    const target = { ordinal: next.edit };
    const command = { kind: 'edit', target, changes: next.changes } as const;
    await bot.handleAction({ thread: ref, place: message.place, actor: message.author, command });
  }
}

async function say(bot: Bot, message: IncomingMessage): Promise<void> {
  await bot.handleMessage(message);
  await bot.idle();
}

function toMessage(thread: ThreadRef, [name, text]: Said, index: number): IncomingMessage {
  const { workspaceId, channelId } = thread;
  return {
    id: `m${String(index).padStart(4, '0')}`,
    sentAt: new Date(BEGAN + index * MINUTE_MS).toISOString(),
    thread,
    place: { workspaceId, channelId, visibility: 'public' },
    author: { identity: `terminal:eval:${name}`, name, standing: 'member' },
    text,
    addressed: true,
    topLevel: false,
  };
}

/** Searches as trackers do: an issue matches when it has a word of the query. */
function createEvalTracker({ issues = [] }: EvalThread): Tracker {
  const toSummary = (issue: { number: string; title: string }): IssueSummary => ({
    ...issue,
    project: 'eval',
    url: `https://tracker.example.com/eval/${issue.number}`,
    state: 'open',
  });
  return createIdleTracker({
    async searchIssues(_, text, limit) {
      const words = text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
      const matches = (title: string) => words.some((word) => title.toLowerCase().includes(word));
      return issues
        .filter(({ title }) => matches(title))
        .slice(0, limit)
        .map(toSummary);
    },
    listLabels: async () => LABELS,
  });
}
