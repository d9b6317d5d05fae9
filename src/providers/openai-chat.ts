/**
 * The Chat Completions API, as OpenAI and the many servers that copy it speak it. What a server
 * leaves out or gets slightly wrong (ids, indexes, usage) is put right here.
 */
import { randomUUID } from 'node:crypto';
import type OpenAI from 'openai';
import type {
  ProviderEvent,
  ProviderMessage,
  ProviderRequest,
  ToolCall,
  ToolDefinition,
  Usage,
} from '../core/provider.ts';
import { cacheKeyOf, toArguments, toDataUrl, UNSEEN_IMAGE } from './openai-content.ts';
import type { Features } from './openai-features.ts';
import { type Ending, endStep, parseToolInput } from './step-end.ts';
import { toEnvelopeSchema } from './tools-as-json.ts';

type Body = OpenAI.ChatCompletionCreateParamsStreaming;
type Chunk = OpenAI.ChatCompletionChunk;
type CallDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall;

/** `asked` is what the tools were before `describeTools` took them out, if it did. */
export function toChatBody(
  request: ProviderRequest,
  features: Features,
  asked: ToolDefinition[],
): Body {
  const { model, system, messages, tools, maxOutputTokens } = request;
  const [limit] = features.tokenLimits;
  return {
    model,
    messages: [
      { role: 'system', content: system },
      ...messages.flatMap((message) => toMessages(message, features.images)),
    ],
    ...(tools.length > 0 && { tools: tools.map((tool) => toTool(tool, features.official)) }),
    ...toResponseFormat(features, asked),
    ...(limit && { [limit]: maxOutputTokens }),
    ...(features.official && { prompt_cache_key: cacheKeyOf(system), store: false }),
    stream: true,
    ...(features.usage && { stream_options: { include_usage: true } }),
  };
}

function toTool({ name, description, inputSchema }: ToolDefinition, strict: boolean) {
  const definition = { name, description, parameters: inputSchema, ...(strict && { strict }) };
  return { type: 'function' as const, function: definition };
}

function toResponseFormat({ outputs }: Features, asked: ToolDefinition[]): Partial<Body> {
  if (asked.length === 0) return {};
  switch (outputs[0]) {
    case 'json_schema': {
      const json_schema = { name: 'answer', schema: toEnvelopeSchema(asked), strict: true };
      return { response_format: { type: 'json_schema', json_schema } };
    }
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    default:
      return {};
  }
}

function toMessages(
  message: ProviderMessage,
  images: boolean,
): OpenAI.ChatCompletionMessageParam[] {
  switch (message.role) {
    case 'user': {
      const { text, images: attached = [] } = message;
      if (attached.length === 0) return [{ role: 'user', content: text }];
      if (!images) return [{ role: 'user', content: `${text}\n${UNSEEN_IMAGE}` }];
      const parts = attached.map((image) => ({
        type: 'image_url' as const,
        image_url: { url: toDataUrl(image) },
      }));
      return [{ role: 'user', content: [{ type: 'text', text }, ...parts] }];
    }
    case 'assistant': {
      const { text: content, toolCalls } = message;
      if (toolCalls.length === 0) return [{ role: 'assistant', content }];
      return [{ role: 'assistant', content, tool_calls: toolCalls.map(toCallParam) }];
    }
    case 'tool':
      return message.results.map(({ callId, content }) => ({
        role: 'tool',
        tool_call_id: callId,
        content,
      }));
  }
}

function toCallParam({ id, name, input }: ToolCall): OpenAI.ChatCompletionMessageToolCall {
  return { id, type: 'function', function: { name, arguments: toArguments(input) } };
}

export async function* readChat(
  provider: string,
  request: ProviderRequest,
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<ProviderEvent> {
  const drafts: CallDraft[] = [];
  let wrote = false;
  let refused = false;
  let ending: Ending | undefined;
  let usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  for await (const chunk of chunks) {
    if (chunk.usage) usage = toUsage(chunk.usage);
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    const { content, refusal, tool_calls } = choice.delta ?? {};
    refused ||= Boolean(refusal);
    for (const delta of tool_calls ?? []) addDelta(drafts, delta);
    if (choice.finish_reason) ending = endingOf(choice.finish_reason);
    if (!content) continue;
    wrote = true;
    yield { type: 'text', text: content };
  }
  if (refused && ending === 'done') ending = 'refused';
  yield* endStep({ provider, request, ending, wrote, calls: drafts.map(toCall), usage });
}

function endingOf(reason: string): Ending | undefined {
  if (reason === 'length') return 'length';
  if (reason === 'content_filter') return 'filtered';
  return reason === 'error' ? undefined : 'done';
}

interface CallDraft {
  index: number;
  id: string;
  name: string;
  json: string;
}

/** Some servers leave out the index, others give every call the index 0: a new id is a new call. */
function addDelta(drafts: CallDraft[], { index, id, function: named }: CallDelta): void {
  const at = index ?? drafts.at(-1)?.index ?? 0;
  let draft = drafts.findLast((each) => each.index === at);
  if (!draft || (id && draft.id && id !== draft.id)) {
    draft = { index: at, id: '', name: '', json: '' };
    drafts.push(draft);
  }
  draft.id ||= id ?? '';
  draft.name ||= named?.name ?? '';
  draft.json += named?.arguments ?? '';
}

function toCall({ id, name, json }: CallDraft): ToolCall {
  return { id: id || `call_${randomUUID()}`, name, input: parseToolInput(json) };
}

function toUsage(usage: OpenAI.CompletionUsage): Usage {
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
  };
}
