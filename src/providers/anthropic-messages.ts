/**
 * Anthropic's Messages API: a request as its body. Tools, rules and the conversation so far are
 * marked for its cache; no sampling parameters, which current versions of the API refuse.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { ImagePart, ProviderMessage, ProviderRequest, ToolCall } from '../core/provider.ts';
import { tellCalls } from './tools-as-json.ts';

type Body = Anthropic.MessageCreateParamsStreaming;
type Block = Anthropic.ContentBlockParam;
export type Thought = Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam;

/** What the model thought before it made these calls; it wants to be shown that again. */
export type RecallThoughts = (calls: ToolCall[]) => Thought[];

const CACHED = { cache_control: { type: 'ephemeral' as const } };
const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;

export function toMessagesBody(request: ProviderRequest, recall: RecallThoughts): Body {
  const { model, system, tools, maxOutputTokens } = request;
  return {
    model,
    max_tokens: maxOutputTokens,
    system: [{ type: 'text', text: system, ...CACHED }],
    messages: toMessages(request, recall),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        name,
        description,
        input_schema: { ...inputSchema, type: 'object' as const },
      })),
    }),
    stream: true,
  };
}

/**
 * The API refuses tool blocks in a request without tools, so those become text then. The state
 * comes last and changes: what is before it is marked as well as the end, so that the next turn
 * finds the conversation in the cache, and the next step of this turn all of it.
 */
function toMessages(request: ProviderRequest, recall: RecallThoughts): Anthropic.MessageParam[] {
  const given = request.tools.length > 0 ? request.messages : request.messages.map(tellCalls);
  const marked = [given.findLastIndex(({ role }) => role === 'user') - 1, given.length - 1];
  const messages = given
    .map((message, index) => {
      const blocks = toBlocks(message, recall);
      const content = marked.includes(index) ? markLast(blocks) : blocks;
      return { role: message.role === 'assistant' ? message.role : ('user' as const), content };
    })
    .filter(({ content }) => content.length > 0);
  if (messages[0]?.role !== 'assistant') return messages;
  return [{ role: 'user', content: [{ type: 'text', text: EARLIER }] }, ...messages];
}

/** A conversation begins with a user's message, also when its window does not. */
const EARLIER = '[Earlier messages are not shown.]';

function toBlocks(message: ProviderMessage, recall: RecallThoughts): Block[] {
  switch (message.role) {
    case 'user':
      return [...toText(message.text), ...(message.images ?? []).map(toImage)];
    case 'assistant': {
      const { text, toolCalls } = message;
      return [...recall(toolCalls), ...toText(text), ...toolCalls.map(toToolUse)];
    }
    case 'tool':
      return message.results.map(({ callId, content, isError }) => ({
        type: 'tool_result',
        tool_use_id: toToolUseId(callId),
        content,
        ...(isError && { is_error: true }),
      }));
  }
}

/** Blocks of nothing but white space are refused. */
function toText(text: string): Anthropic.TextBlockParam[] {
  return text.trim() ? [{ type: 'text', text }] : [];
}

function toImage({ mimeType, base64 }: ImagePart): Block {
  const media_type = IMAGE_TYPES.find((type) => type === mimeType);
  if (!media_type) return { type: 'text', text: '[An image of a kind that cannot be shown.]' };
  return { type: 'image', source: { type: 'base64', media_type, data: base64 } };
}

function toToolUse({ id, name, input }: ToolCall): Block {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return {
    type: 'tool_use',
    id: toToolUseId(id),
    name,
    input: isObject ? input : { unreadable: input },
  };
}

/** Calls that another vendor began may have ids that this one does not take. */
function toToolUseId(id: string): string {
  return id.replaceAll(/[^\w-]/g, '_');
}

function markLast(blocks: Block[]): Block[] {
  return blocks.map((block, index) => {
    const markable = block.type !== 'thinking' && block.type !== 'redacted_thinking';
    return index === blocks.length - 1 && markable ? { ...block, ...CACHED } : block;
  });
}
