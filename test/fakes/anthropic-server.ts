/** A stand-in for Anthropic's Messages API, with the checks of the version the SDK asks for. */
import { z } from 'zod';
import { imageData, kindOf } from './vendor-image.ts';
import {
  type Answer,
  type Refusal,
  type Reply,
  startVendorServer,
  type VendorProtocol,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

const VERSION = '2026-10-21';
const MAX_CACHE_MARKS = 4;

export function startAnthropicServer({ apiKey }: { apiKey: string }): Promise<VendorServer> {
  const protocol: VendorProtocol = {
    contentType: 'text/event-stream',
    garbled: 'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"te\n\n',
    serve: (request) => serve(apiKey, request),
    check,
    badRequest: (message) => toReply(400, 'invalid_request_error', message),
    refuse,
    pieces: toEvents,
  };
  return startVendorServer(protocol);
}

function serve(apiKey: string, { path, headers }: VendorRequest): Reply | undefined {
  if (headers.authorization !== `Bearer ${apiKey}`) return refuse('wrong-key');
  if (!path.startsWith('/v1/models')) return undefined;
  const model = {
    type: 'model',
    id: 'claude-large',
    display_name: 'Claude Large',
    created_at: '2026-01-01T00:00:00Z',
    lifecycle: 'active',
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: { image_input: { supported: true } },
  };
  const old = { ...model, id: 'claude-old', lifecycle: 'retired' };
  return { status: 200, body: JSON.stringify({ data: [model, old], has_more: false }) };
}

const cached = { cache_control: z.strictObject({ type: z.literal('ephemeral') }).optional() };
const solidText = z.string().regex(/\S/, 'text content blocks must contain non-whitespace text');
const toolUseId = z.string().regex(/^[a-zA-Z0-9_-]+$/);

const blockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: solidText, ...cached }),
  z.strictObject({
    type: z.literal('image'),
    source: z
      .strictObject({
        type: z.literal('base64'),
        media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
        data: imageData,
      })
      .refine(({ media_type, data }) => kindOf(data) === media_type, 'media_type does not match'),
    ...cached,
  }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: toolUseId,
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()),
    ...cached,
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: toolUseId,
    content: z.string(),
    is_error: z.boolean().optional(),
    ...cached,
  }),
  z.strictObject({
    type: z.literal('thinking'),
    thinking: z.string(),
    signature: z.string().min(1),
  }),
]);

/** Strict: `temperature` and its like are among what is refused. */
const bodySchema = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.array(z.strictObject({ type: z.literal('text'), text: solidText, ...cached })),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant']),
        content: z.array(blockSchema).min(1),
      }),
    )
    .min(1),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
        description: z.string().min(1),
        input_schema: z.looseObject({ type: z.literal('object') }),
      }),
    )
    .min(1)
    .optional(),
  stream: z.literal(true),
});
type Body = z.infer<typeof bodySchema>;

function check({ path, headers, body }: VendorRequest): string[] {
  const problems = headers['anthropic-version'] === VERSION ? [] : ['the version is not known'];
  const strange = Object.keys(headers).filter((name) => /^x-(?!api-key)/.test(name));
  problems.push(...strange.map((name) => `the header ${name} has no business here`));
  if (path.startsWith('/v1/models')) return problems;
  if (path !== '/v1/messages') return [...problems, `${path} is not an interface`];
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return [...problems, z.prettifyError(parsed.error)];
  return [...problems, ...checkOrder(parsed.data)];
}

function checkOrder({ messages, system, tools }: Body): string[] {
  const problems: string[] = [];
  const blocks = messages.flatMap(({ content }) => content);
  if (messages[0]?.role !== 'user') problems.push('first message must use the "user" role');
  if (messages.at(-1)?.role !== 'user') problems.push('prefilling is not supported');
  const marks = [...system, ...blocks].filter((block) => 'cache_control' in block);
  if (marks.length > MAX_CACHE_MARKS) problems.push('a maximum of 4 blocks with cache_control');
  const usesTools = blocks.some(({ type }) => type === 'tool_use' || type === 'tool_result');
  if (usesTools && !tools) problems.push('tool blocks without tools');
  messages.forEach((message, index) => {
    const asked = message.content.flatMap((block) => (block.type === 'tool_use' ? block.id : []));
    const next = messages[index + 1]?.content ?? [];
    const leading = next.slice(0, asked.length);
    const given = leading.flatMap((block) =>
      block.type === 'tool_result' ? block.tool_use_id : [],
    );
    if (asked.some((id) => !given.includes(id))) problems.push('tool_use without tool_result');
    const before = messages[index - 1]?.content ?? [];
    const known = before.flatMap((block) => (block.type === 'tool_use' ? block.id : []));
    const results = message.content.flatMap((block) =>
      block.type === 'tool_result' ? block.tool_use_id : [],
    );
    if (results.some((id) => !known.includes(id))) problems.push('tool_result without tool_use');
  });
  return problems;
}

function refuse(refusal: Refusal): Reply {
  switch (refusal) {
    case 'wrong-key':
      return toReply(401, 'authentication_error', 'invalid bearer token');
    case 'rate-limited': {
      const message = "This request would exceed your organization's rate limit.";
      return toReply(429, 'rate_limit_error', message, { 'retry-after': '7' });
    }
    case 'quota': {
      const message = 'Your credit balance is too low to access the Anthropic API.';
      return toReply(400, 'invalid_request_error', message);
    }
    case 'server-error':
      return toReply(500, 'api_error', 'Internal server error');
    case 'overloaded':
      return toReply(529, 'overloaded_error', 'Overloaded');
    case 'unknown-model':
      return toReply(404, 'not_found_error', 'model: claude-large');
    case 'context-too-long': {
      const message = 'prompt is too long: 210000 tokens > 200000 maximum';
      return toReply(400, 'invalid_request_error', message);
    }
    case 'prompt-filtered': {
      const message = 'Output blocked by content filtering policy';
      return toReply(400, 'invalid_request_error', message);
    }
  }
}

function toReply(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers: { 'request-id': 'req_1', ...headers },
    body: JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' }),
  };
}

function toEvents({ thought, text = [], calls = [], stop, usage }: Answer) {
  const event = (type: string, fields: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0 } = usage ?? {};
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-large',
    content: [],
    stop_reason: null,
    usage: {
      input_tokens: inputTokens - cachedInputTokens,
      cache_read_input_tokens: cachedInputTokens,
      cache_creation_input_tokens: 0,
      output_tokens: 1,
    },
  };
  const block = (index: number, content_block: object, deltas: object[]) => [
    event('content_block_start', { index, content_block }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ];
  const texts = text.map((part) => ({ type: 'text_delta', text: part }));
  const thoughts = thought
    ? block(0, { type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking: thought.thinking },
        { type: 'signature_delta', signature: thought.signature },
      ])
    : [];
  const body = [
    event('message_start', { message }),
    event('ping', {}),
    ...thoughts,
    ...(text.length > 0 ? block(1, { type: 'text', text: '' }, texts) : []),
    ...calls.flatMap(({ id, name, json }, index) => {
      const half = Math.ceil(json.length / 2);
      const parts = [json.slice(0, half), json.slice(half)].filter(Boolean);
      const deltas = parts.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
      return block(index + 2, { type: 'tool_use', id, name, input: {} }, deltas);
    }),
  ];
  const reasons = {
    length: 'max_tokens',
    refused: 'refusal',
    filtered: 'refusal',
    end: 'end_turn',
  };
  const stop_reason = !stop && calls.length > 0 ? 'tool_use' : reasons[stop ?? 'end'];
  const delta = { stop_reason, stop_sequence: null };
  const last = event('message_delta', { delta, usage: { output_tokens: outputTokens } });
  return { body, closing: [last, event('message_stop', {})] };
}
