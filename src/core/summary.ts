/**
 * What falls out of the model's window is folded into a rolling summary, after the turn and never
 * twice: each fold takes what came since the last one. Raw messages are preferred as long as they fit.
 */
import { budgetOf } from './budget.ts';
import { createCache } from './cache.ts';
import {
  type ConversationContext,
  isUpToDate,
  type StoredMessage,
  type ThreadState,
} from './conversation.ts';
import type { Log } from './log.ts';
import { type MessageKey, messageKeyOf } from './message.ts';
import { renderMessages, SUMMARY_PROMPT } from './prompt.ts';
import type { ProviderChoice } from './provider.ts';
import type { Repositories } from './repositories.ts';

/** Messages that make a fold worth a request to the provider. */
const FOLD_FROM = 40;
/** Messages of one fold, and the characters of a model's window that each may take of it. */
const FOLD_AT_MOST = 200;
const CHARACTERS_PER_MESSAGE = 2_000;
/** Folds after one turn: enough to catch up with a thread that was long from the start. */
const MAX_FOLDS = 20;
/** Tokens of a summary. */
const MAX_SUMMARY_TOKENS = 1_500;
const FOLD_MS = 60_000;
/** A summary that another process made later only leaves a gap of its last fold, in milliseconds. */
const CACHE_MS = 600_000;

/** A conversation's context as this process knows it. */
interface Known {
  context: ConversationContext | undefined;
  /** When it was read: milliseconds since the epoch. */
  readAt: number;
  /** The newest message when it was last looked for something to fold. */
  lookedAt?: MessageKey;
}

export interface Summaries {
  /** Costs no request while this process knows the conversation and nothing was deleted there. */
  read(thread: Remembered): Promise<ConversationContext | undefined>;
  /** Folds until little is left; a failure is logged, and a later turn goes on from there. */
  fold(input: FoldInput): Promise<void>;
}

/** As it was read when the turn began. */
type Remembered = Pick<ThreadState, 'conversationId' | 'forgottenAt'>;

export interface FoldInput {
  thread: Remembered;
  /** What the model still sees as it was said, oldest first; at least one. */
  window: StoredMessage[];
  choice: ProviderChoice;
}

export interface SummariesOptions {
  repositories: Pick<Repositories, 'messages' | 'contexts'>;
  log: Log;
}

export function createSummaries(options: SummariesOptions): Summaries {
  const { repositories, log } = options;
  const known = createCache(async (conversationId: string): Promise<Known> => {
    const readAt = Date.now();
    const context = await repositories.contexts.readContext(conversationId);
    return { context, readAt };
  }, CACHE_MS);

  /** What was deleted meanwhile, here or elsewhere, must be in it no more. */
  async function know(thread: Remembered): Promise<Known> {
    const { conversationId } = thread;
    const state = await known.get(conversationId, conversationId);
    if (isUpToDate(thread, state.readAt)) return state;
    const readAt = Date.now();
    const context = await repositories.contexts.readContext(conversationId);
    delete state.lookedAt;
    return Object.assign(state, { context, readAt });
  }

  async function fold(input: FoldInput): Promise<void> {
    const { conversationId } = input.thread;
    try {
      const state = await know(input.thread);
      if (newSince(state.lookedAt, input.window) < FOLD_FROM) return;
      state.lookedAt = input.window.map(messageKeyOf).at(-1);
      state.context = await catchUp(options, input, state);
    } catch (error) {
      log.warn('summary-not-folded', { conversationId }, error);
    }
  }

  return { read: async (thread) => (await know(thread)).context, fold };
}

/** How many messages came, as far as the window tells: as many fell out of it at most. */
function newSince(lookedAt: MessageKey | undefined, window: StoredMessage[]): number {
  if (lookedAt === undefined) return FOLD_FROM;
  const seen = window.findIndex((message) => messageKeyOf(message) === lookedAt);
  return seen < 0 ? FOLD_FROM : window.length - 1 - seen;
}

/** The first save also records that the window was passed, which is said to the people once. */
async function catchUp(
  { repositories }: SummariesOptions,
  input: FoldInput,
  { context: begin, readAt }: Known,
): Promise<ConversationContext> {
  const { thread, choice } = input;
  let context = begin ?? { summary: '', revision: 0 };
  for (let fold = 0; fold < MAX_FOLDS; fold += 1) {
    const older =
      choice.summarises === false ? [] : await readUnfolded(repositories, input, context);
    const worthwhile = older.length >= FOLD_FROM;
    if (!worthwhile && context.revision > 0) break;
    const next = worthwhile ? await summarise(input, context, older) : { ...context, revision: 1 };
    if (!(await repositories.contexts.saveContext(thread.conversationId, next, readAt))) break;
    context = next;
    if (!worthwhile) break;
  }
  return context;
}

function readUnfolded(
  { messages }: SummariesOptions['repositories'],
  { thread, window, choice }: FoldInput,
  { foldedUntil }: ConversationContext,
): Promise<StoredMessage[]> {
  const [start] = window;
  if (!start) return Promise.resolve([]);
  const fitting = Math.floor(budgetOf(choice.contextTokens).conversation / CHARACTERS_PER_MESSAGE);
  const limit = Math.max(FOLD_FROM, Math.min(FOLD_AT_MOST, fitting));
  return messages.readBetween(thread.conversationId, foldedUntil, messageKeyOf(start), limit);
}

async function summarise(
  { choice: { provider, model } }: FoldInput,
  context: ConversationContext,
  older: StoredMessage[],
): Promise<ConversationContext> {
  const cut = older.map((one) => ({ ...one, text: one.text.slice(0, CHARACTERS_PER_MESSAGE) }));
  const request = {
    model,
    system: SUMMARY_PROMPT,
    messages: renderMessages(cut, context.summary),
    tools: [],
    maxOutputTokens: MAX_SUMMARY_TOKENS,
  };
  let summary = '';
  for await (const event of provider.stream(request, AbortSignal.timeout(FOLD_MS))) {
    if (event.type === 'text') summary += event.text;
  }
  const last = older.at(-1);
  if (summary.trim() === '' || !last) throw new Error('the provider gave no summary');
  const revision = context.revision + 1;
  return { summary: summary.trim(), foldedUntil: messageKeyOf(last), revision };
}
