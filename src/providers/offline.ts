/**
 * The offline provider: drafts by rules, without a model, so that the product can be tried and tested
 * with no account. It says so in every reply. When unsure it makes one ticket in the person's own words.
 */
import { setTimeout as delay, setImmediate as yieldToOthers } from 'node:timers/promises';
import { readPrompt } from '../core/prompt.ts';
import type {
  Provider,
  ProviderEvent,
  ProviderRequest,
  ToolCall,
  ToolResult,
} from '../core/provider.ts';
import { makePlan, type Plan } from './offline/plan.ts';

export interface OfflineProviderOptions {
  /** Between two chunks, in milliseconds: a model's pace for demonstrations. Default 0. */
  delayMs?: number;
}

const NAME = 'offline';
const MODEL = 'rules';
/** Characters per token, the usual rule of thumb; nobody is billed by it. */
const CHARACTERS_PER_TOKEN = 4;
const WHO = 'I am the offline drafter: rules, no model.';
const HINT =
  'For better drafts set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or run Ollama.';

export function createOfflineProvider({ delayMs = 0 }: OfflineProviderOptions = {}): Provider {
  async function* stream(
    request: ProviderRequest,
    signal: AbortSignal,
  ): AsyncIterable<ProviderEvent> {
    signal.throwIfAborted();
    const plan = nextPlan(request);
    for (const chunk of plan.text.split(/(?<=\s)/)) {
      if (delayMs > 0) await delay(delayMs, undefined, { signal });
      else await yieldToOthers();
      signal.throwIfAborted();
      if (chunk) yield { type: 'text', text: chunk };
    }
    for (const call of plan.calls) yield { type: 'toolCall', call };
    const stopReason = plan.calls.length > 0 ? 'tools' : 'end';
    yield { type: 'end', stopReason, usage: usageOf(request, plan) };
  }

  return {
    name: NAME,
    stream,
    listModels: async () => [{ id: MODEL, contextTokens: 2_000_000, seesImages: false }],
    testConnection: async () => ({ ok: true, message: 'The offline drafter needs no connection.' }),
  };
}

/** What was sent back is offered once more as it is: rules have no better words. */
function nextPlan(request: ProviderRequest): Plan {
  const [called, last] = request.messages.slice(-2);
  if (last?.role !== 'tool') return planFor(request);
  const isFirst = request.messages.filter(({ role }) => role === 'tool').length === 1;
  const refused = new Set(last.results.filter((one) => one.isError).map(({ callId }) => callId));
  const again = called?.role === 'assistant' ? called.toolCalls : [];
  const calls = again.filter(({ id }) => refused.has(id));
  if (isFirst && calls.length > 0 && request.tools.length > 0) return { text: '', calls };
  return closing(last.results, request);
}

/** Only tools that were offered are called; without any, the plan is told in words. */
function planFor(request: ProviderRequest): Plan {
  const { messages, state } = readPrompt(request.messages);
  const plan = makePlan(messages, state);
  const offered = new Set(request.tools.map(({ name }) => name));
  const calls = plan.calls.filter(({ name }) => offered.has(name));
  if (calls.length > 0) return { ...plan, calls };
  return { text: sign(plan.text, request), calls: [] };
}

/** What was done, and what went wrong; then who said it. */
function closing(results: ToolResult[], request: ProviderRequest): Plan {
  const failed = results.filter(({ isError }) => isError);
  const done = new Set(results.filter(({ isError }) => !isError).map(({ name }) => name));
  const sentences = [
    done.has('draft_tickets') &&
      'Check the draft, change it by saying what should be different, or approve it.',
    done.has('revise_ticket') && 'Changed as you asked.',
    done.has('discard_ticket') && 'Dropped.',
    done.has('set_mode') && 'Switched.',
    failed.length > 0 &&
      `That did not work (${failed.map(({ content }) => content).join('; ')}). You can change any field with \`edit 1 title: …\`.`,
  ];
  return { text: sign(sentences.filter(Boolean).join(' '), request), calls: [] };
}

/** Says who wrote it, and the first time in a conversation how to have a model instead. */
function sign(text: string, { messages }: ProviderRequest): string {
  const isKnown = messages.some((one) => one.role === 'assistant' && one.text.includes(HINT));
  const notice = isKnown ? WHO : `${WHO} ${HINT}`;
  return [text, `_${notice}_`].filter(Boolean).join('\n\n');
}

function usageOf(request: ProviderRequest, plan: { text: string; calls: ToolCall[] }) {
  const prompt = request.system.length + JSON.stringify(request.messages).length;
  const written = plan.text.length + JSON.stringify(plan.calls).length;
  return {
    inputTokens: Math.ceil(prompt / CHARACTERS_PER_TOKEN),
    cachedInputTokens: 0,
    outputTokens: Math.ceil(written / CHARACTERS_PER_TOKEN),
  };
}
