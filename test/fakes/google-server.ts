/** A stand-in for the Gemini API: streams by server-sent events, and checks what it is sent. */
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

const SIGNATURE = 'c2lnbmVk';

export function startGoogleServer({ apiKey }: { apiKey: string }): Promise<VendorServer> {
  const protocol: VendorProtocol = {
    contentType: 'text/event-stream',
    garbled: 'data: {"candidates":[{"content":{"par\r\n\r\n',
    serve: (request) => serve(apiKey, request),
    check,
    badRequest: (message) => toReply(400, 'INVALID_ARGUMENT', message),
    refuse,
    pieces: (answer) => toEvents(answer),
  };
  return startVendorServer(protocol);
}

function serve(apiKey: string, { path, headers }: VendorRequest): Reply | undefined {
  if (headers['x-goog-api-key'] !== apiKey) return refuse('wrong-key');
  if (!/^\/v1\/models(\?|$)/.test(path)) return undefined;
  const model = {
    name: 'models/gemini-large',
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  };
  const other = { name: 'models/embedding', supportedGenerationMethods: ['embedContent'] };
  return { status: 200, body: JSON.stringify({ models: [model, other] }) };
}

const partSchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({
    inlineData: z.strictObject({
      mimeType: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
      data: imageData,
    }),
  }),
  z.strictObject({
    functionCall: z.strictObject({
      name: z.string().min(1),
      args: z.record(z.string(), z.unknown()),
    }),
    thoughtSignature: z.string().optional(),
  }),
  z.strictObject({
    functionResponse: z.strictObject({
      name: z.string().min(1),
      response: z.record(z.string(), z.unknown()),
    }),
  }),
]);

const bodySchema = z.strictObject({
  systemInstruction: z.object({ parts: z.array(z.object({ text: z.string().min(1) })).min(1) }),
  contents: z
    .array(z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(partSchema).min(1) }))
    .min(1),
  generationConfig: z.strictObject({ maxOutputTokens: z.int().positive() }),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z
          .array(
            z.strictObject({
              name: z.string().regex(/^[a-zA-Z_][\w.-]{0,63}$/),
              description: z.string().min(1),
              parametersJsonSchema: z.looseObject({ type: z.literal('object') }),
            }),
          )
          .min(1),
      }),
    )
    .optional(),
});

function check({ path, body }: VendorRequest): string[] {
  if (/^\/v1\/models(\?|$)/.test(path)) return [];
  if (!/^\/v1\/models\/[\w.-]+:streamGenerateContent\?alt=sse$/.test(path)) {
    return [`${path} is not an interface`];
  }
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return [z.prettifyError(parsed.error)];
  const { contents } = parsed.data;
  const problems: string[] = [];
  contents.forEach(({ parts }, index) => {
    const called = parts.filter((part) => 'functionCall' in part).length;
    const next = contents[index + 1]?.parts ?? [];
    const answered = next.filter((part) => 'functionResponse' in part).length;
    if (called !== answered && called > 0) problems.push('function responses must match the calls');
    if (called === 0 && answered > 0) problems.push('function responses without calls');
  });
  return problems;
}

function refuse(refusal: Refusal): Reply {
  switch (refusal) {
    case 'rate-limited':
      return {
        ...toReply(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded: GenerateRequestsPerMinute'),
        headers: { 'retry-after': '7' },
      };
    case 'server-error':
      return toReply(500, 'INTERNAL', 'An internal error has occurred.');
    case 'overloaded':
      return toReply(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
    case 'wrong-key':
      return toReply(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.');
    case 'unknown-model':
      return toReply(404, 'NOT_FOUND', 'models/gone is not found for API version v1beta');
    case 'quota':
      return toReply(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded: GenerateRequestsPerDay-FreeTier');
    case 'context-too-long':
      return toReply(
        400,
        'INVALID_ARGUMENT',
        'The input token count (9) exceeds the maximum number',
      );
    default:
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: toEvent({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }),
      };
  }
}

function toReply(code: number, status: string, message: string): Reply {
  return { status: code, body: JSON.stringify({ error: { code, message, status } }) };
}

const toEvent = (chunk: object) => `data: ${JSON.stringify(chunk)}\r\n\r\n`;
const STOPS = { end: 'STOP', length: 'MAX_TOKENS', refused: 'OTHER', filtered: 'SAFETY' };

function toEvents({ text = [], calls = [], stop = 'end', usage }: Answer) {
  const say = (parts: object[]) => toEvent({ candidates: [{ content: { role: 'model', parts } }] });
  const called = calls.map(({ name, json }) =>
    say([{ functionCall: { name, args: JSON.parse(json) }, thoughtSignature: SIGNATURE }]),
  );
  const { inputTokens = 10, cachedInputTokens = 0, outputTokens = 5 } = usage ?? {};
  const end = {
    candidates: [{ content: { role: 'model', parts: [] }, finishReason: STOPS[stop] }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      cachedContentTokenCount: cachedInputTokens,
      candidatesTokenCount: outputTokens - 1,
      thoughtsTokenCount: 1,
    },
  };
  return { body: [...text.map((one) => say([{ text: one }])), ...called], closing: [toEvent(end)] };
}
