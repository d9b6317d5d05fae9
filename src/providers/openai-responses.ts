/** OpenAI's Responses API: a request as its body, its events as the port's. Nothing is stored there. */
import type OpenAI from 'openai';
import type {
  ImagePart,
  ProviderEvent,
  ProviderMessage,
  ProviderRequest,
  ToolCall,
  Usage,
} from '../core/provider.ts';
import { cacheKeyOf, toArguments, toDataUrl, UNSEEN_IMAGE } from './openai-content.ts';
import { type Ending, endStep, parseToolInput } from './step-end.ts';
import { toProviderError } from './vendor-refusal.ts';

type Body = OpenAI.Responses.ResponseCreateParamsStreaming;
type Item = OpenAI.Responses.ResponseInputItem;
type Event = OpenAI.Responses.ResponseStreamEvent;

export function toResponsesBody(request: ProviderRequest, images: boolean): Body {
  const { model, system, messages, tools, maxOutputTokens } = request;
  return {
    model,
    instructions: system,
    input: messages.flatMap((message) => toItems(message, images)),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function' as const,
        name,
        description,
        parameters: inputSchema,
        strict: true,
      })),
    }),
    max_output_tokens: maxOutputTokens,
    prompt_cache_key: cacheKeyOf(system),
    store: false,
    stream: true,
  };
}

function toItems(message: ProviderMessage, images: boolean): Item[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: toContent(message.text, message.images, images) }];
    case 'assistant': {
      const calls = message.toolCalls.map(({ id, name, input }) => ({
        type: 'function_call' as const,
        call_id: id,
        name,
        arguments: toArguments(input),
      }));
      return message.text ? [{ role: 'assistant', content: message.text }, ...calls] : calls;
    }
    case 'tool':
      return message.results.map(({ callId, content }) => ({
        type: 'function_call_output',
        call_id: callId,
        output: content,
      }));
  }
}

function toContent(
  text: string,
  attached: ImagePart[] = [],
  images: boolean,
): string | OpenAI.Responses.ResponseInputMessageContentList {
  if (attached.length === 0) return text;
  if (!images) return `${text}\n${UNSEEN_IMAGE}`;
  return [
    { type: 'input_text', text },
    ...attached.map((image) => ({
      type: 'input_image' as const,
      image_url: toDataUrl(image),
      detail: 'auto' as const,
    })),
  ];
}

export async function* readResponses(
  provider: string,
  request: ProviderRequest,
  events: AsyncIterable<Event>,
): AsyncGenerator<ProviderEvent> {
  const calls: ToolCall[] = [];
  let wrote = false;
  let refused = false;
  let ending: Ending | undefined;
  let usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  for await (const event of events) {
    switch (event.type) {
      case 'response.output_text.delta':
        wrote ||= event.delta !== '';
        if (event.delta) yield { type: 'text', text: event.delta };
        break;
      case 'response.refusal.delta':
        refused = true;
        break;
      case 'response.output_item.done':
        if (event.item.type === 'function_call') calls.push(toCall(event.item));
        break;
      case 'response.completed':
      case 'response.incomplete':
        ending = refused ? 'refused' : endingOf(event.response);
        usage = toUsage(event.response.usage);
        break;
      case 'response.failed':
        throw toProviderError(provider, { body: { error: event.response.error } });
    }
  }
  yield* endStep({ provider, request, ending, wrote, calls, usage });
}

function endingOf({ incomplete_details }: OpenAI.Responses.Response): Ending | undefined {
  switch (incomplete_details?.reason) {
    case undefined:
      return 'done';
    case 'max_output_tokens':
      return 'length';
    case 'content_filter':
      return 'filtered';
    default:
      return undefined;
  }
}

function toCall(item: OpenAI.Responses.ResponseFunctionToolCall): ToolCall {
  return { id: item.call_id, name: item.name, input: parseToolInput(item.arguments) };
}

function toUsage(usage: OpenAI.Responses.ResponseUsage | undefined): Usage {
  return {
    inputTokens: usage?.input_tokens ?? 0,
    cachedInputTokens: usage?.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
  };
}
