/**
 * The agent loop of one turn: stream text, run the tools the model calls, feed the results back,
 * bounded in steps, tokens and time. It reads nothing from the table and writes nothing to it.
 */
import type { Budget } from './budget.ts';
import type { TurnOutcome } from './message.ts';
import type { Stream } from './persistence.ts';
import type {
  ProviderError,
  ProviderErrorKind,
  ProviderMessage,
  StopReason,
  ToolCall,
  ToolDefinition,
  ToolResult,
  Usage,
} from './provider.ts';
import type { Toolbox, ToolEffects } from './toolbox.ts';
import { isResearch, type ToolName } from './tools.ts';

const MAX_STEPS = 12;
/** Calls of one step among which research is run; the model is told of the others. */
const MAX_CALLS = 8;
/** Tokens of one turn, those from the vendor's cache left out, before it has to come to an end. */
const MAX_TOKENS = 400_000;
/** Tool results that were errors before the turn goes on without tools: one repair, then words. */
const MAX_TOOL_FAILURES = 2;

export interface AnswerOptions {
  stream: Stream;
  system: string;
  messages: ProviderMessage[];
  tools: ToolDefinition[];
  toolbox: Toolbox;
  budget: Pick<Budget, 'research' | 'outputTokens'>;
  signal: AbortSignal;
  /**
   * There is more, or something else goes on than writing. The whole text so far is put together when it is read:
   * of most words nobody reads it.
   */
  onProgress(readText: () => string, status?: string): void;
}

/** What the model made of the turn. `text` is what people read. */
export interface AnswerResult {
  text: string;
  outcome: TurnOutcome;
  stopReason: StopReason;
  usage: Usage;
  effects: ToolEffects;
}

const STATUS: Partial<Record<ToolName, string>> = {
  draft_tickets: 'Drafting tickets',
  revise_ticket: 'Changing the draft',
  discard_ticket: 'Dropping the draft',
  search_issues: 'Searching issues',
  read_file: 'Reading a file',
  list_tree: 'Looking through the repository',
  search_code: 'Searching the code',
  list_labels: 'Reading the labels',
  search_pull_requests: 'Searching changes of the code',
  read_pull_request: 'Reading a change of the code',
};

/** Rejects with `ProviderError`, or with the signal's reason when aborted. */
export async function answer(options: AnswerOptions): Promise<AnswerResult> {
  const { toolbox, signal, onProgress } = options;
  const messages = [...options.messages];
  const usage = { ...NO_USAGE };
  let text = '';
  let failures = 0;
  let room = options.budget.research;
  for (let step = 1; ; step += 1) {
    const withinBounds = step < MAX_STEPS && freshTokens(usage) < MAX_TOKENS;
    const withTools = withinBounds && failures < MAX_TOOL_FAILURES;
    const before = text;
    const taken = await takeStep(options, messages, withTools, (readStep) =>
      onProgress(() => joinParagraphs(before, readStep())),
    );
    const written = joinParagraphs(before, taken.text);
    text = written;
    addUsage(usage, taken.usage);
    if (taken.calls.length === 0 || !withTools) {
      const effects = toolbox.effects();
      const whole = renderAnswer(text, taken.stopReason, effects, failures);
      return { text: whole, outcome: 'answered', stopReason: taken.stopReason, usage, effects };
    }
    onProgress(() => written, statusOf(taken.calls));
    const results: ToolResult[] = [];
    for (const call of taken.calls) {
      const result = await runCall(toolbox, call, results.length, room);
      results.push(result);
      room -= result.content.length;
    }
    signal.throwIfAborted();
    failures += results.filter((result) => result.isError && !isResearch(result.name)).length;
    messages.push({ role: 'assistant', text: taken.text, toolCalls: taken.calls });
    messages.push({ role: 'tool', results });
  }
}

/** What research brings in must fit the model beside the conversation: it is told what does not. */
async function runCall(
  toolbox: Toolbox,
  call: ToolCall,
  before: number,
  room: number,
): Promise<ToolResult> {
  const { id: callId, name } = call;
  const refuse = (content: string) => ({ callId, name, content, isError: true });
  if (!isResearch(name)) return toolbox.run(call);
  if (before >= MAX_CALLS) return refuse(`not run: ${MAX_CALLS} calls at once are the most`);
  if (room <= 0) return refuse(`not run: ${NO_ROOM}`);
  const result = await toolbox.run(call);
  if (result.content.length <= room) return result;
  return { ...result, content: `${result.content.slice(0, room)}\n[${NO_ROOM}]` };
}

const NO_ROOM = 'there is no room for more; go on with what you have';

interface Step {
  text: string;
  calls: ToolCall[];
  stopReason: StopReason;
  usage: Usage;
}

async function takeStep(
  { stream, system, tools, budget, signal }: AnswerOptions,
  messages: ProviderMessage[],
  withTools: boolean,
  onText: (readText: () => string) => void,
): Promise<Step> {
  const request = {
    system,
    messages: [...messages],
    tools: withTools ? tools : [],
    maxOutputTokens: budget.outputTokens,
  };
  const calls: ToolCall[] = [];
  const step: Step = { text: '', calls, stopReason: 'end', usage: NO_USAGE };
  const readText = () => step.text;
  for await (const event of stream(request, signal)) {
    signal.throwIfAborted();
    if (event.type === 'end')
      Object.assign(step, { stopReason: event.stopReason, usage: event.usage });
    else if (event.type === 'toolCall') calls.push(event.call);
    else {
      step.text += event.text;
      onText(readText);
    }
  }
  return step;
}

const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

function renderAnswer(
  text: string,
  stopReason: StopReason,
  { questions, newTickets, changedTickets }: ToolEffects,
  failures: number,
): string {
  const asked = questions.map(({ question, likelyAnswers }, index) => {
    const likely = likelyAnswers.length > 0 ? ` (${likelyAnswers.join(' / ')})` : '';
    return `${index + 1}. ${question}${likely}`;
  });
  let whole = joinParagraphs(text, asked.join('\n'));
  if (stopReason === 'length') whole = joinParagraphs(whole, CUT_AT_LIMIT);
  const drafted = newTickets.length + changedTickets.length > 0;
  if (failures >= MAX_TOOL_FAILURES && !drafted) whole = joinParagraphs(whole, NOT_DRAFTED);
  return whole || 'Nothing to add.';
}

const CUT_AT_LIMIT = '_The answer was cut off at the length limit._';
const NOT_DRAFTED =
  '_The model could not put this into a well-formed draft. Say it in other words, or ask again._';

function statusOf(calls: ToolCall[]): string {
  const names = new Set(calls.map(({ name }) => STATUS[name as ToolName] ?? 'Working'));
  return [...names].join(', ');
}

function joinParagraphs(before: string, after: string): string {
  const [first, second] = [before.trimEnd(), after.trim()];
  return first && second ? `${first}\n\n${second}` : first || second;
}

function freshTokens({ inputTokens, cachedInputTokens, outputTokens }: Usage): number {
  return inputTokens - cachedInputTokens + outputTokens;
}

function addUsage(total: Usage, step: Usage): void {
  total.inputTokens += step.inputTokens;
  total.cachedInputTokens += step.cachedInputTokens;
  total.outputTokens += step.outputTokens;
}

const FAILURE_SENTENCES: Record<ProviderErrorKind, string> = {
  'rate-limited': 'The AI provider is limiting requests at the moment. Try again in a minute.',
  overloaded: 'The AI provider is overloaded at the moment. Try again in a minute.',
  unauthorised:
    "The AI provider refused the bot's key. Somebody who runs the bot has to look at it.",
  quota: "The AI provider's quota is used up. Somebody who runs the bot has to look at the plan.",
  'unknown-model': 'The AI provider does not know the configured model. Choose another one.',
  'bad-request': 'The AI provider did not accept the request. Check which model is configured.',
  'context-too-long':
    'This conversation is too long for the model. Start a new one, or say it in short.',
  refused: 'The model declined to answer this. Say it in other words, or ask another model.',
  filtered: "The AI provider's content filter stopped this answer. Say it in other words.",
  'cut-off': 'The answer broke off before its end. Try again.',
  unreachable: 'The AI provider cannot be reached at the moment. Try again in a minute.',
  'wrong-address':
    "The AI provider's base URL redirects, or leads into a private network, so I did not go there. Whoever entered it has to correct it; somebody who runs the bot can set ALLOW_PRIVATE_ADDRESSES=true.",
};

/** One sentence for the thread, and what to do. */
export function describeFailure(error: ProviderError): string {
  return FAILURE_SENTENCES[error.kind];
}
