/** The events of Anthropic's Messages API as the port's. */
import type Anthropic from '@anthropic-ai/sdk';
import {
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ToolCall,
  type Usage,
} from '../core/provider.ts';
import type { Thought } from './anthropic-messages.ts';
import { type Ending, endStep, parseToolInput } from './step-end.ts';

type Event = Anthropic.RawMessageStreamEvent;

interface CallDraft {
  id: string;
  name: string;
  json: string;
}

/** What was received so far. Blocks are kept by their index. */
interface Received {
  calls: Map<number, CallDraft>;
  thoughts: Map<number, Thought>;
  wrote: boolean;
  stopReason: string | undefined;
  usage: TokenCounts;
}

interface TokenCounts {
  input: number;
  cacheRead: number;
  cacheWritten: number;
  output: number;
}

export async function* readMessages(
  provider: string,
  request: ProviderRequest,
  events: AsyncIterable<Event>,
  onThoughts: (calls: ToolCall[], thoughts: Thought[]) => void,
): AsyncGenerator<ProviderEvent> {
  const received: Received = {
    calls: new Map(),
    thoughts: new Map(),
    wrote: false,
    stopReason: undefined,
    usage: { input: 0, cacheRead: 0, cacheWritten: 0, output: 0 },
  };
  for await (const event of events) {
    const text = receive(received, event);
    if (!text) continue;
    received.wrote = true;
    yield { type: 'text', text };
  }
  const { stopReason, wrote } = received;
  if (stopReason === 'model_context_window_exceeded' && !wrote) {
    throw new ProviderError(provider, 'context-too-long', "the model's context is full");
  }
  const calls = [...received.calls.values()].map(toCall);
  onThoughts(calls, [...received.thoughts.values()]);
  const usage = toUsage(received.usage);
  yield* endStep({ provider, request, ending: endingOf(stopReason), wrote, calls, usage });
}

/** Takes one event in; returns the text to pass on, if it brought any. */
function receive(received: Received, event: Event): string {
  switch (event.type) {
    case 'message_start':
      count(received.usage, event.message.usage);
      return '';
    case 'content_block_start':
      return startBlock(received, event);
    case 'content_block_delta':
      return addDelta(received, event);
    case 'message_delta':
      received.stopReason = event.delta.stop_reason ?? received.stopReason;
      count(received.usage, event.usage);
      return '';
    default:
      return '';
  }
}

function startBlock(
  { calls, thoughts }: Received,
  { index, content_block: block }: Anthropic.RawContentBlockStartEvent,
): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'tool_use':
      calls.set(index, { id: block.id, name: block.name, json: '' });
      return '';
    case 'thinking':
    case 'redacted_thinking':
      thoughts.set(index, { ...block });
      return '';
    default:
      return '';
  }
}

function addDelta(
  { calls, thoughts }: Received,
  { index, delta }: Anthropic.RawContentBlockDeltaEvent,
): string {
  const call = calls.get(index);
  const thought = thoughts.get(index);
  if (delta.type === 'text_delta') return delta.text;
  if (delta.type === 'input_json_delta' && call) call.json += delta.partial_json;
  if (thought?.type !== 'thinking') return '';
  if (delta.type === 'thinking_delta') thought.thinking += delta.thinking;
  if (delta.type === 'signature_delta') thought.signature += delta.signature;
  return '';
}

function endingOf(stopReason: string | undefined): Ending | undefined {
  switch (stopReason) {
    case undefined:
      return undefined;
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refused';
    default:
      return 'done';
  }
}

function toCall({ id, name, json }: CallDraft): ToolCall {
  return { id, name, input: parseToolInput(json) };
}

/** Counts are totals so far: a later event replaces what it names. */
function count(usage: TokenCounts, said: Partial<Anthropic.MessageDeltaUsage> | undefined): void {
  usage.input = said?.input_tokens ?? usage.input;
  usage.cacheRead = said?.cache_read_input_tokens ?? usage.cacheRead;
  usage.cacheWritten = said?.cache_creation_input_tokens ?? usage.cacheWritten;
  usage.output = said?.output_tokens ?? usage.output;
}

/** Anthropic's `input_tokens` leaves out what was read from or written to the cache. */
function toUsage({ input, cacheRead, cacheWritten, output }: TokenCounts): Usage {
  return {
    inputTokens: input + cacheRead + cacheWritten,
    cachedInputTokens: cacheRead,
    outputTokens: output,
  };
}
