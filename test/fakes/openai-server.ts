/**
 * A stand-in for OpenAI: both of its interfaces over HTTP, with the checks of the real one. Told to
 * be a server that only speaks the language, it refuses what such servers do not have.
 */
import { z } from 'zod';
import { findSchemaProblems } from './portable-schema.ts';
import { imageUrl } from './vendor-image.ts';
import {
  type Answer,
  type Refusal,
  type Reply,
  startVendorServer,
  type VendorProtocol,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

export interface OpenAiServerOptions {
  apiKey: string;
  /** Says which requests a compatible server does not take, in its own words. */
  refuses?(body: Record<string, unknown>): { status: number; message: string } | undefined;
  /** Compatible servers may have none, and may leave usage and ids out. */
  models?: false | string[];
  usage?: boolean;
  callIds?: boolean;
}

const KNOWN_HEADERS = [
  'host',
  'connection',
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'content-type',
  'content-length',
  'sec-fetch-mode',
  'transfer-encoding',
  'user-agent',
];

const NOT_FOUND: Reply = { status: 404, body: '404 page not found' };

export function startOpenAiServer(options: OpenAiServerOptions): Promise<VendorServer> {
  const protocol: VendorProtocol = {
    contentType: 'text/event-stream',
    garbled: 'data: {"choices":[{"delta":{"content":"lo\n\n',
    serve: (request) => serve(options, request),
    check,
    badRequest: (message) => toReply(400, { message, type: 'invalid_request_error' }),
    refuse,
    pieces: (answer, { path }) =>
      path.endsWith('/responses') ? toResponses(answer) : toChat(answer, options),
  };
  return startVendorServer(protocol);
}

function serve(options: OpenAiServerOptions, { path, headers, body }: VendorRequest) {
  if (!path.startsWith('/v1/')) return NOT_FOUND;
  if (headers.authorization !== `Bearer ${options.apiKey}`) return refuse('wrong-key');
  const refused = options.refuses?.((body ?? {}) as Record<string, unknown>);
  if (refused) return toReply(refused.status, { message: refused.message });
  if (!path.endsWith('/models')) return undefined;
  if (options.models === false) return NOT_FOUND;
  const names = options.models ?? ['gpt-large'];
  const data = names.map((id) => ({ id, object: 'model', created: 1, owned_by: 'openai' }));
  return { status: 200, body: JSON.stringify({ object: 'list', data }) };
}

const text = z.string().min(1);
const functionShape = { name: text, description: text, parameters: z.looseObject({}) };

const responsesSchema = z.strictObject({
  model: text,
  instructions: text,
  input: z
    .array(
      z.union([
        z.strictObject({ role: z.literal('assistant'), content: text }),
        z.strictObject({
          role: z.literal('user'),
          content: z.union([
            text,
            z.array(
              z.union([
                z.strictObject({ type: z.literal('input_text'), text }),
                z.strictObject({
                  type: z.literal('input_image'),
                  image_url: imageUrl,
                  detail: z.literal('auto'),
                }),
              ]),
            ),
          ]),
        }),
        z.strictObject({
          type: z.literal('function_call'),
          call_id: text.max(64),
          name: text,
          arguments: text,
        }),
        z.strictObject({
          type: z.literal('function_call_output'),
          call_id: text.max(64),
          output: z.string(),
        }),
      ]),
    )
    .min(1),
  tools: z
    .array(
      z.strictObject({ type: z.literal('function'), ...functionShape, strict: z.literal(true) }),
    )
    .min(1)
    .optional(),
  max_output_tokens: z.int().min(16),
  prompt_cache_key: text.max(64),
  store: z.literal(false),
  stream: z.literal(true),
});

const chatSchema = z.strictObject({
  model: text,
  messages: z
    .array(
      z.union([
        z.strictObject({ role: z.literal('system'), content: text }),
        z.strictObject({
          role: z.literal('user'),
          content: z.union([
            text,
            z.array(
              z.union([
                z.strictObject({ type: z.literal('text'), text }),
                z.strictObject({
                  type: z.literal('image_url'),
                  image_url: z.strictObject({ url: imageUrl }),
                }),
              ]),
            ),
          ]),
        }),
        z.strictObject({
          role: z.literal('assistant'),
          content: z.string(),
          tool_calls: z
            .array(
              z.strictObject({
                id: text,
                type: z.literal('function'),
                function: z.strictObject({ name: text, arguments: text }),
              }),
            )
            .min(1)
            .optional(),
        }),
        z.strictObject({ role: z.literal('tool'), tool_call_id: text, content: z.string() }),
      ]),
    )
    .min(2),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({ ...functionShape, strict: z.boolean().optional() }),
      }),
    )
    .min(1)
    .optional(),
  response_format: z.looseObject({}).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }).optional(),
});

function check({ method, path, headers, body }: VendorRequest): string[] {
  if (!path.startsWith('/v1/')) return [];
  const strange = Object.keys(headers).filter((name) => !KNOWN_HEADERS.includes(name));
  const problems = strange.map((name) => `the header ${name} has no business here`);
  if (path.endsWith('/models')) return problems;
  if (method !== 'POST') return [...problems, `${method} ${path} is not an interface`];
  if (path.endsWith('/responses')) return [...problems, ...checkResponses(body)];
  return [...problems, ...checkChat(body)];
}

function checkResponses(body: unknown): string[] {
  const parsed = responsesSchema.safeParse(body);
  if (!parsed.success) return [z.prettifyError(parsed.error)];
  const { tools = [], input } = parsed.data;
  const calls = input.flatMap((item) => ('arguments' in item ? [item] : []));
  const outputs = input.flatMap((item) => ('output' in item ? [item.call_id] : []));
  return [
    ...tools.flatMap(({ parameters }) => findSchemaProblems(parameters)),
    ...calls.filter((call) => !isJson(call.arguments)).map(() => 'arguments are not JSON'),
    ...pairing(
      calls.map((call) => call.call_id),
      outputs,
    ),
  ];
}

function checkChat(body: unknown): string[] {
  const parsed = chatSchema.safeParse(body);
  if (!parsed.success) return [z.prettifyError(parsed.error)];
  const { messages, tools = [], max_tokens, max_completion_tokens } = parsed.data;
  const problems = tools.flatMap((tool) => findSchemaProblems(tool.function.parameters));
  if (messages[0]?.role !== 'system') problems.push('the system message does not come first');
  if (messages.filter(({ role }) => role === 'system').length > 1) problems.push('two systems');
  if (max_tokens && max_completion_tokens) problems.push('two limits');
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) problems.push('a result without its call');
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) problems.push('a call without its result');
    open = message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [];
  }
  return problems;
}

function pairing(calls: string[], outputs: string[]): string[] {
  return [
    ...calls.filter((id) => !outputs.includes(id)).map(() => 'a call without its result'),
    ...outputs.filter((id) => !calls.includes(id)).map(() => 'a result without its call'),
  ];
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Bodies and codes as OpenAI documents them; the key in the first is the real API's habit. */
function refuse(refusal: Refusal): Reply {
  const type = 'invalid_request_error';
  switch (refusal) {
    case 'wrong-key': {
      const message = 'Incorrect API key provided: sk-wrong****key.';
      return toReply(401, { message, type, code: 'invalid_api_key' });
    }
    case 'rate-limited': {
      const message = 'Rate limit reached for gpt-large on requests per min (RPM).';
      const error = { message, type: 'requests', code: 'rate_limit_exceeded' };
      return toReply(429, error, { 'retry-after': '7' });
    }
    case 'quota': {
      const message =
        'You exceeded your current quota, please check your plan and billing details.';
      return toReply(429, { message, type: 'insufficient_quota', code: 'insufficient_quota' });
    }
    case 'server-error':
      return toReply(500, { message: 'The server had an error.', type: 'server_error' });
    case 'overloaded':
      return toReply(503, { message: 'The engine is currently overloaded.', type: 'server_error' });
    case 'unknown-model': {
      const message = 'The model `gpt-large` does not exist or you do not have access to it.';
      return toReply(404, { message, type, code: 'model_not_found' });
    }
    case 'context-too-long': {
      const message = "This model's maximum context length is 8192 tokens.";
      return toReply(400, { message, type, param: 'messages', code: 'context_length_exceeded' });
    }
    case 'prompt-filtered': {
      const message = 'Your prompt was flagged as potentially violating our usage policy.';
      return toReply(400, { message, type, code: 'invalid_prompt' });
    }
  }
}

function toReply(
  status: number,
  error: Record<string, unknown>,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers: { 'x-request-id': 'req_1', ...headers },
    body: JSON.stringify({ error }),
  };
}

const NO_USAGE = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

function toChat(
  { text: texts = [], calls = [], stop, usage = NO_USAGE }: Answer,
  options: OpenAiServerOptions,
) {
  const chunk = (delta: object, finish_reason: string | null = null, rest: object = {}) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-large', choices: [{ index: 0, delta, finish_reason }], ...rest })}\n\n`;
  const reasons = { length: 'length', filtered: 'content_filter', end: 'stop', refused: 'stop' };
  const reason = !stop && calls.length > 0 ? 'tool_calls' : reasons[stop ?? 'end'];
  const withIds = options.callIds !== false;
  const total = {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
  };
  const body = [
    chunk({ role: 'assistant', content: '' }),
    ...texts.map((content) => chunk(stop === 'refused' ? { refusal: content } : { content })),
    ...calls.flatMap(({ id, name, json }, index) => {
      const half = Math.ceil(json.length / 2);
      const part = (fields: object) => chunk({ tool_calls: [{ index, ...fields }] });
      return [
        part({ ...(withIds && { id }), type: 'function', function: { name, arguments: '' } }),
        part({ function: { arguments: json.slice(0, half) } }),
        part({ function: { arguments: json.slice(half) } }),
      ];
    }),
  ];
  const counted = options.usage === false ? [] : [chunk({}, null, { choices: [], usage: total })];
  return { body, closing: [chunk({}, reason), ...counted, 'data: [DONE]\n\n'] };
}

function toResponses({ text: texts = [], calls = [], stop = 'end', usage = NO_USAGE }: Answer) {
  let sequence = 0;
  const event = (type: string, fields: object) => {
    sequence += 1;
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
  };
  const response = { id: 'resp_1', object: 'response', model: 'gpt-large', error: null };
  const kind = stop === 'refused' ? 'refusal' : 'output_text';
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const body = [
    event('response.created', { response: { ...response, status: 'in_progress' } }),
    ...texts.map((delta) => event(`response.${kind}.delta`, { ...place, delta })),
    ...calls.flatMap(({ id, name, json }, index) => {
      const at = { item_id: `fc_${index}`, output_index: index + 1 };
      const item = { id: at.item_id, type: 'function_call', call_id: id, name };
      const half = Math.ceil(json.length / 2);
      const delta = (part: string) =>
        event('response.function_call_arguments.delta', { ...at, delta: part });
      return [
        event('response.output_item.added', { ...at, item: { ...item, arguments: '' } }),
        delta(json.slice(0, half)),
        delta(json.slice(half)),
        event('response.output_item.done', { ...at, item: { ...item, arguments: json } }),
      ];
    }),
  ];
  const reasons = { length: 'max_output_tokens', filtered: 'content_filter' };
  const reason = stop === 'length' || stop === 'filtered' ? reasons[stop] : undefined;
  const total = {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
  const status = reason ? 'incomplete' : 'completed';
  const incomplete_details = reason ? { reason } : null;
  const last = { response: { ...response, status, incomplete_details, usage: total } };
  return { body, closing: [event(`response.${status}`, last)] };
}
