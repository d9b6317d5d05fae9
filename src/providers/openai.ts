/**
 * OpenAI, and servers that speak its language. OpenAI itself is asked through the Responses API,
 * any other base URL through Chat Completions, which is what such servers have.
 */
import OpenAI from 'openai';
import {
  type ConnectionCheck,
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderModel,
  type ProviderRequest,
} from '../core/provider.ts';
import { checkConnection } from './connection-check.ts';
import {
  ask,
  DEFAULT_STALL_MS,
  type ExchangeOptions,
  exchange,
  type Fetch,
  QUESTION_MS,
} from './exchange.ts';
import { readChat, toChatBody } from './openai-chat.ts';
import { expectFeatures, type Features, narrowFeatures } from './openai-features.ts';
import { readResponses, toResponsesBody } from './openai-responses.ts';
import { describeTools, readEnvelope } from './tools-as-json.ts';
import { readStreamError, type VendorRefusal } from './vendor-refusal.ts';

export interface OpenAiOptions {
  /** What people call this endpoint. Default `openai`. */
  name?: string;
  /** May be empty for a server that wants none. */
  apiKey: string;
  /** Up to and including `/v1`. Default OpenAI's own. */
  baseUrl?: string;
  /** Default `responses` at OpenAI, `chat` elsewhere. */
  api?: 'responses' | 'chat';
  fetch?: Fetch;
  /** Milliseconds without a byte until an answer is given up. Default 60,000. */
  stallMs?: number;
}

const OPENAI_URL = 'https://api.openai.com/v1';
const SERVER_WITHOUT_KEY = 'none';

export function createOpenAiProvider(options: OpenAiOptions): Provider {
  const { name = 'openai', baseUrl = OPENAI_URL, stallMs = DEFAULT_STALL_MS } = options;
  const official = isOpenAi(baseUrl);
  const api = options.api ?? (official ? 'responses' : 'chat');
  const known = new Map<string, Features>();
  const connect = (fetch: Fetch) => createClient(options.apiKey, baseUrl, fetch);
  const line = { provider: name, fetch: options.fetch, stallMs, readStreamError };

  async function* stream(request: ProviderRequest, signal: AbortSignal) {
    for (;;) {
      const features = known.get(request.model) ?? expectFeatures(official);
      let refusal: VendorRefusal | undefined;
      const onRefusal = (refused: VendorRefusal) => {
        refusal = refused;
      };
      try {
        return yield* streamOnce({ ...line, signal, onRefusal }, request, features);
      } catch (error) {
        const next = refusal && narrowFeatures(features, refusal, request);
        if (!next) throw error;
        known.set(request.model, next);
      }
    }
  }

  function streamOnce(
    exchanged: ExchangeOptions,
    request: ProviderRequest,
    features: Features,
  ): AsyncIterable<ProviderEvent> {
    if (api === 'responses') {
      const body = toResponsesBody(request, features.images);
      const events = exchange(exchanged, (fetch, signal) =>
        connect(fetch).responses.create(body, { signal }),
      );
      return readResponses(name, request, events);
    }
    const asJson = features.outputs[0] !== 'tools';
    const sent = asJson ? describeTools(request) : request;
    const body = toChatBody(sent, features, request.tools);
    const chunks = exchange(exchanged, (fetch, signal) =>
      connect(fetch).chat.completions.create(body, { signal }),
    );
    const events = readChat(name, request, chunks);
    return asJson && request.tools.length > 0 ? readEnvelope(events, request.tools) : events;
  }

  function question<Answer>(
    call: (client: OpenAI, signal: AbortSignal) => Promise<Answer>,
    onRefusal?: (refusal: VendorRefusal) => void,
  ): Promise<Answer> {
    const { signal } = new AbortController();
    const asked = { ...line, signal, stallMs: QUESTION_MS, onRefusal };
    return ask(asked, (fetch, ended) => call(connect(fetch), ended));
  }

  async function listModels(onRefusal?: (refusal: VendorRefusal) => void) {
    const page = await question((client, signal) => client.models.list({ signal }), onRefusal);
    return page.data.map(toModel);
  }

  async function testConnection(): Promise<ConnectionCheck> {
    const refusals: VendorRefusal[] = [];
    const onRefusal = (refusal: VendorRefusal) => refusals.push(refusal);
    const check = await checkConnection(name, () => listModels(onRefusal));
    return !check.ok && hasStatus(refusals, 404, 405) ? testWithoutList() : check;
  }

  /** Servers without a list of models are asked for an answer to nothing, which they refuse. */
  async function testWithoutList(): Promise<ConnectionCheck> {
    const refusals: VendorRefusal[] = [];
    const path = api === 'responses' ? '/responses' : '/chat/completions';
    const post = (client: OpenAI, signal: AbortSignal) => client.post(path, { body: {}, signal });
    try {
      await question(post, (refusal) => refusals.push(refusal));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (!hasStatus(refusals, 400, 422)) return { ok: false, message: `${error.message}.` };
    }
    return { ok: true, message: `${name} answers; it does not list its models.` };
  }

  return { name, stream, listModels: () => listModels(), testConnection };
}

function hasStatus(refusals: VendorRefusal[], ...statuses: number[]): boolean {
  return refusals.some(({ status }) => status !== undefined && statuses.includes(status));
}

function isOpenAi(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com');
}

/** Everything that the SDK would else take from the environment is given. */
function createClient(apiKey: string, baseURL: string, fetch: Fetch): OpenAI {
  return new OpenAI({
    apiKey: apiKey || SERVER_WITHOUT_KEY,
    baseURL,
    fetch,
    maxRetries: 0,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

/** OpenAI lists ids only; OpenRouter, Groq and vLLM also say how much a model takes. */
function toModel(model: OpenAI.Model): ProviderModel {
  const { context_length, context_window, max_model_len, architecture } = model as OpenAI.Model & {
    context_length?: unknown;
    context_window?: unknown;
    max_model_len?: unknown;
    architecture?: { input_modalities?: unknown };
  };
  const sizes = [context_length, context_window, max_model_len];
  const contextTokens = sizes.find((size): size is number => typeof size === 'number');
  const inputs = architecture?.input_modalities;
  return {
    id: model.id,
    ...(contextTokens && { contextTokens }),
    ...(Array.isArray(inputs) && { seesImages: inputs.includes('image') }),
  };
}
