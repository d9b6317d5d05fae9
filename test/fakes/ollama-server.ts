/** A stand-in for Ollama's own interface: lines of JSON, models with and without tools. */
import { z } from 'zod';
import { imageData } from './vendor-image.ts';
import {
  type Answer,
  type Refusal,
  type Reply,
  startVendorServer,
  type VendorProtocol,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

export const MODELS = {
  'llama:large': { capabilities: ['completion', 'tools', 'vision'], context: 131_072 },
  'plain:small': { capabilities: ['completion'], context: 8_192 },
};

export function startOllamaServer(): Promise<VendorServer> {
  const protocol: VendorProtocol = {
    contentType: 'application/x-ndjson',
    garbled: '{"message": {"content": "tw\n',
    serve,
    check,
    badRequest: (message) => toReply(400, message),
    refuse,
    pieces: (answer) => toLines(answer),
  };
  return startVendorServer(protocol);
}

function serve({ path, body }: VendorRequest): Reply | undefined {
  if (path === '/api/tags') {
    const models = Object.keys(MODELS).map((name) => ({ name, model: name }));
    return { status: 200, body: JSON.stringify({ models }) };
  }
  if (path !== '/api/show') return undefined;
  const { model } = body as { model: string };
  const known = MODELS[model as keyof typeof MODELS];
  if (!known) return toReply(404, `model '${model}' not found`);
  const { capabilities, context } = known;
  const model_info = { 'general.architecture': 'llama', 'llama.context_length': context };
  return { status: 200, body: JSON.stringify({ capabilities, model_info }) };
}

const call = z.strictObject({
  function: z.strictObject({
    name: z.string().min(1),
    arguments: z.record(z.string(), z.unknown()),
  }),
});
const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({
    role: z.literal('user'),
    content: z.string(),
    images: z.array(imageData).optional(),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    tool_calls: z.array(call).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: z.string(), tool_name: z.string().min(1) }),
]);

/** `options` must say how much the model is to take: else long prompts are cut without a word. */
const bodySchema = z.strictObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.literal(true),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string().min(1),
          description: z.string().min(1),
          parameters: z.looseObject({ type: z.literal('object') }),
        }),
      }),
    )
    .optional(),
  format: z.looseObject({ type: z.literal('object') }).optional(),
  options: z.strictObject({ num_ctx: z.int().positive(), num_predict: z.int().positive() }),
});

function check({ path, body }: VendorRequest): string[] {
  if (path === '/api/tags' || path === '/api/show') return [];
  if (path !== '/api/chat') return [`${path} is not an interface`];
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return [z.prettifyError(parsed.error)];
  const known = MODELS[parsed.data.model as keyof typeof MODELS];
  const problems = [];
  if (parsed.data.tools && known && !known.capabilities.includes('tools')) {
    problems.push(`${parsed.data.model} does not support tools`);
  }
  if (known && parsed.data.options.num_ctx > known.context) problems.push('num_ctx is too large');
  const shows = parsed.data.messages.some((message) => 'images' in message);
  if (shows && known && !known.capabilities.includes('vision')) {
    problems.push(`${parsed.data.model} does not see images`);
  }
  return problems;
}

function refuse(refusal: Refusal): Reply {
  switch (refusal) {
    case 'rate-limited':
      return { ...toReply(429, 'too many requests'), headers: { 'retry-after': '7' } };
    case 'server-error':
      return toReply(500, 'llama runner process has terminated');
    case 'overloaded':
      return toReply(503, 'server busy, please try again. maximum pending requests exceeded');
    case 'wrong-key':
      return toReply(401, 'unauthorized');
    case 'unknown-model':
      return toReply(404, "model 'gone' not found");
    case 'quota':
      return toReply(402, 'insufficient credits');
    case 'context-too-long':
      return toReply(400, 'the input length exceeds the context length');
    default:
      return toReply(400, 'content_filter: the prompt was blocked');
  }
}

function toReply(status: number, error: string): Reply {
  return { status, body: JSON.stringify({ error }) };
}

function toLines({ text = [], calls = [], stop = 'end', usage }: Answer) {
  const line = (message: object, more: object = { done: false }) =>
    `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message, ...more })}\n`;
  const said = text.map((content) => line({ role: 'assistant', content }));
  const tool_calls = calls.map(({ name, json }) => ({
    function: { name, arguments: JSON.parse(json) },
  }));
  const called = calls.length > 0 ? [line({ role: 'assistant', content: '', tool_calls })] : [];
  const end = {
    done: true,
    done_reason: stop === 'length' ? 'length' : 'stop',
    prompt_eval_count: usage?.inputTokens ?? 10,
    eval_count: usage?.outputTokens ?? 5,
  };
  return { body: [...said, ...called], closing: [line({ role: 'assistant', content: '' }, end)] };
}
