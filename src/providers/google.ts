/** Google's Gemini, through the Gemini API. */
import { randomUUID } from 'node:crypto';
import { ApiError, FinishReason, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import {
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderModel,
  type ProviderRequest,
  type ToolCall,
  type Usage,
} from '../core/provider.ts';
import { checkConnection } from './connection-check.ts';
import { ask, DEFAULT_STALL_MS, exchange, type Fetch, QUESTION_MS } from './exchange.ts';
import { toGenerateParameters } from './google-contents.ts';
import { type Ending, endStep } from './step-end.ts';
import type { VendorRefusal } from './vendor-refusal.ts';

export interface GoogleOptions {
  /** What people call this endpoint. Default `google`. */
  name?: string;
  apiKey: string;
  /** Without the version. Default Google's own. */
  baseUrl?: string;
  fetch?: Fetch;
  /** Milliseconds without a byte until an answer is given up. Default 60,000. */
  stallMs?: number;
}

const GOOGLE_URL = 'https://generativelanguage.googleapis.com';
/** Calls whose signatures are kept; a turn has at most a few dozen, and they matter only within it. */
const MAX_SIGNATURES = 1_000;

export function createGoogleProvider(options: GoogleOptions): Provider {
  const { name = 'google', apiKey, baseUrl = GOOGLE_URL, stallMs = DEFAULT_STALL_MS } = options;
  // Neither retries nor time-outs of the SDK's own, and no address from the environment.
  const connect = (fetch: Fetch) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl, fetch } });
  const line = { provider: name, fetch: options.fetch, stallMs, readStreamError };
  /** Gemini wants each call back with the signature it came with. */
  const signatures = new Map<string, string>();

  function remember(callId: string, signature: string): void {
    signatures.set(callId, signature);
    const oldest = signatures.keys().next().value;
    if (signatures.size > MAX_SIGNATURES && oldest !== undefined) signatures.delete(oldest);
  }

  function stream(request: ProviderRequest, signal: AbortSignal) {
    const parameters = (ended: AbortSignal) => toGenerateParameters(request, signatures, ended);
    return exchange(
      { ...line, signal },
      (fetch, ended) => connect(fetch).models.generateContentStream(parameters(ended)),
      (chunks) => readChunks(name, request, chunks, remember),
    );
  }

  async function listModels(): Promise<ProviderModel[]> {
    const signal = AbortSignal.timeout(QUESTION_MS);
    return ask({ ...line, signal, stallMs: QUESTION_MS }, async (fetch) => {
      const models: ProviderModel[] = [];
      for await (const model of await connect(fetch).models.list()) {
        if (!model.name || !model.supportedActions?.includes('generateContent')) continue;
        const contextTokens = model.inputTokenLimit;
        models.push({ id: model.name.replace(/^models\//, ''), contextTokens, seesImages: true });
      }
      return models;
    });
  }

  return { name, stream, listModels, testConnection: () => checkConnection(name, listModels) };
}

async function* readChunks(
  provider: string,
  request: ProviderRequest,
  chunks: AsyncIterable<GenerateContentResponse>,
  remember: (callId: string, signature: string) => void,
): AsyncGenerator<ProviderEvent> {
  const calls: ToolCall[] = [];
  let wrote = false;
  let finish: FinishReason | undefined;
  let usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  for await (const { candidates, promptFeedback, usageMetadata } of chunks) {
    if (promptFeedback?.blockReason) {
      throw new ProviderError(provider, 'filtered', 'the content filter stopped the prompt');
    }
    const [candidate] = candidates ?? [];
    for (const part of candidate?.content?.parts ?? []) {
      if (part.text && !part.thought) {
        wrote = true;
        yield { type: 'text', text: part.text };
      }
      if (!part.functionCall) continue;
      const id = part.functionCall.id ?? `call_${randomUUID()}`;
      calls.push({ id, name: part.functionCall.name ?? '', input: part.functionCall.args ?? {} });
      if (part.thoughtSignature) remember(id, part.thoughtSignature);
    }
    finish = candidate?.finishReason ?? finish;
    if (usageMetadata) usage = toUsage(usageMetadata);
  }
  yield* endStep({ provider, request, ending: endingOf(finish), wrote, calls, usage });
}

const FILTERED: readonly FinishReason[] = [
  FinishReason.SAFETY,
  FinishReason.RECITATION,
  FinishReason.BLOCKLIST,
  FinishReason.PROHIBITED_CONTENT,
  FinishReason.SPII,
];

/** A call that came out malformed counts as an answer that broke off: asking again may well help. */
function endingOf(finish: FinishReason | undefined): Ending | undefined {
  if (finish === FinishReason.STOP) return 'done';
  if (finish === FinishReason.MAX_TOKENS) return 'length';
  if (finish === FinishReason.OTHER || finish === FinishReason.LANGUAGE) return 'refused';
  return finish && FILTERED.includes(finish) ? 'filtered' : undefined;
}

/** Thinking is written too, and billed so; the prompt's count holds the cached part. */
function toUsage(counts: NonNullable<GenerateContentResponse['usageMetadata']>): Usage {
  const { promptTokenCount = 0, toolUsePromptTokenCount = 0 } = counts;
  const { cachedContentTokenCount = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = counts;
  return {
    inputTokens: promptTokenCount + toolUsePromptTokenCount,
    cachedInputTokens: cachedContentTokenCount,
    outputTokens: candidatesTokenCount + thoughtsTokenCount,
  };
}

function readStreamError(error: unknown): VendorRefusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return { status: error.status, body: error.message };
}
