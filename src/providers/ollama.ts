/**
 * Ollama, on this machine or another. It has no keys, cuts long prompts silently unless it is told
 * how much to take, and its client skips what it cannot read: all three are seen to here.
 */
import { randomUUID } from 'node:crypto';
import { type ChatResponse, Ollama } from 'ollama';
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
import { ask, exchange, type Fetch, QUESTION_MS } from './exchange.ts';
import { OLLAMA_URL } from './ollama-detection.ts';
import { checkLines } from './ollama-lines.ts';
import { toChatBody } from './ollama-messages.ts';
import { type Ending, endStep } from './step-end.ts';
import { describeTools, readEnvelope } from './tools-as-json.ts';
import type { VendorRefusal } from './vendor-refusal.ts';

export interface OllamaOptions {
  /** What people call this endpoint. Default `ollama`. */
  name?: string;
  /** Default `http://127.0.0.1:11434`. */
  baseUrl?: string;
  fetch?: Fetch;
  /** Milliseconds without a byte until it is given up; a model may have to be loaded first. Default 180,000. */
  stallMs?: number;
  /** The most tokens a model is given room for, prompt and answer together: memory grows with it. Default 32,768. */
  contextTokens?: number;
}

const LOADING_STALL_MS = 180_000;
const MAX_CONTEXT_TOKENS = 32_768;
/** What Ollama gives a model that does not say how much it takes. */
const SMALLEST_CONTEXT_TOKENS = 4_096;
/** Models whose details are asked for in a listing. */
const MAX_LISTED = 100;

/** What a model can do, by its own account. */
interface Abilities {
  tools: boolean;
  images: boolean;
  contextTokens: number;
}

interface Endpoint {
  name: string;
  line: {
    provider: string;
    fetch?: Fetch;
    readStreamError(error: unknown): VendorRefusal | undefined;
  };
  stallMs: number;
  /** Its client takes no signal: it is given one with its fetch. */
  connect(fetch: Fetch, signal: AbortSignal): Ollama;
  mostTokens: number;
}

export function createOllamaProvider(options: OllamaOptions = {}): Provider {
  const { name = 'ollama', baseUrl = OLLAMA_URL, stallMs = LOADING_STALL_MS } = options;
  const endpoint: Endpoint = {
    name,
    line: { provider: name, fetch: options.fetch, readStreamError },
    stallMs,
    connect: (fetch, signal) => {
      const checked = checkLines(name, fetch);
      return new Ollama({ host: baseUrl, fetch: (url, init) => checked(url, { ...init, signal }) });
    },
    mostTokens: options.contextTokens ?? MAX_CONTEXT_TOKENS,
  };
  const known = new Map<string, Abilities>();

  async function abilitiesOf(model: string, signal: AbortSignal): Promise<Abilities> {
    const found = known.get(model) ?? (await askAbilities(endpoint, model, signal));
    known.set(model, found);
    return found;
  }

  async function* stream(request: ProviderRequest, signal: AbortSignal) {
    const abilities = await abilitiesOf(request.model, signal);
    const asJson = !abilities.tools && request.tools.length > 0;
    const body = toChatBody(
      asJson ? describeTools(request) : request,
      abilities,
      asJson ? request.tools : [],
    );
    const line = { ...endpoint.line, signal, stallMs };
    yield* exchange(
      line,
      (fetch, ended) => endpoint.connect(fetch, ended).chat(body),
      (chunks) => {
        const events = readChat(name, request, chunks);
        return asJson ? readEnvelope(events, request.tools) : events;
      },
    );
  }

  async function listModels(): Promise<ProviderModel[]> {
    const signal = AbortSignal.timeout(QUESTION_MS);
    const line = { ...endpoint.line, signal, stallMs: QUESTION_MS };
    const { models } = await ask(line, (fetch, ended) => endpoint.connect(fetch, ended).list());
    return Promise.all(
      models.slice(0, MAX_LISTED).map(async ({ name: id }) => {
        const { contextTokens, images } = await abilitiesOf(id, signal);
        return { id, contextTokens, seesImages: images };
      }),
    );
  }

  return { name, stream, listModels, testConnection: () => checkConnection(name, listModels) };
}

async function askAbilities(
  endpoint: Endpoint,
  model: string,
  signal: AbortSignal,
): Promise<Abilities> {
  const line = { ...endpoint.line, signal, stallMs: QUESTION_MS };
  const shown = await ask(line, (fetch, ended) => endpoint.connect(fetch, ended).show({ model }));
  const capabilities = shown.capabilities ?? [];
  const lengths = Object.entries(shown.model_info ?? {})
    .filter(([name]) => name.endsWith('.context_length'))
    .map(([, length]) => Number(length));
  const [takes = SMALLEST_CONTEXT_TOKENS] = lengths;
  return {
    tools: capabilities.includes('tools'),
    images: capabilities.includes('vision'),
    contextTokens: Math.min(takes, endpoint.mostTokens),
  };
}

async function* readChat(
  provider: string,
  request: ProviderRequest,
  chunks: AsyncIterable<ChatResponse>,
): AsyncGenerator<ProviderEvent> {
  const calls: ToolCall[] = [];
  let wrote = false;
  let ending: Ending | undefined;
  let usage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  for await (const { message, done, done_reason, prompt_eval_count, eval_count } of chunks) {
    if (message?.content) {
      wrote = true;
      yield { type: 'text', text: message.content };
    }
    for (const { function: called } of message?.tool_calls ?? []) {
      calls.push({ id: `call_${randomUUID()}`, name: called.name, input: called.arguments });
    }
    if (!done) continue;
    ending = done_reason === 'length' ? 'length' : 'done';
    const inputTokens = prompt_eval_count ?? 0;
    usage = { inputTokens, cachedInputTokens: 0, outputTokens: eval_count ?? 0 };
  }
  yield* endStep({ provider, request, ending, wrote, calls, usage });
}

/** An error object inside a stream becomes a plain error of its words. */
function readStreamError(error: unknown): VendorRefusal | undefined {
  if (!(error instanceof Error) || error instanceof ProviderError || error.name !== 'Error')
    return undefined;
  return { body: { error: error.message } };
}
