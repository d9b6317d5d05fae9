/**
 * OpenAI, and servers that speak its language. OpenAI itself is asked through the Responses API,
 * any other base URL through Chat Completions, which is what such servers have.
 */
import type { Provider, ProviderEvent, ProviderRequest } from '../core/provider.ts';
import { DEFAULT_STALL_MS, type ExchangeOptions, exchange, type Fetch } from './exchange.ts';
import { readChat, toChatBody } from './openai-chat.ts';
import { createClient, type Endpoint, listModels, testConnection } from './openai-endpoint.ts';
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

export function createOpenAiProvider(options: OpenAiOptions): Provider {
  const { name = 'openai', apiKey, baseUrl = OPENAI_URL, stallMs = DEFAULT_STALL_MS } = options;
  const official = isOpenAi(baseUrl);
  const endpoint: Endpoint = {
    name,
    api: options.api ?? (official ? 'responses' : 'chat'),
    official,
    client: createClient(apiKey, baseUrl),
    line: { provider: name, fetch: options.fetch, stallMs, readStreamError },
  };
  const known = new Map<string, Features>();
  return {
    name,
    stream: (request, signal) => streamAdapting(endpoint, known, request, signal),
    listModels: () => listModels(endpoint),
    testConnection: () => testConnection(endpoint),
  };
}

function isOpenAi(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com');
}

/** Asks again with one feature less where the server refused one; nothing was shown by then. */
async function* streamAdapting(
  endpoint: Endpoint,
  known: Map<string, Features>,
  request: ProviderRequest,
  signal: AbortSignal,
): AsyncGenerator<ProviderEvent> {
  for (;;) {
    const { api, official } = endpoint;
    const features = known.get(request.model) ?? expectFeatures(api, official);
    const refusals: VendorRefusal[] = [];
    const onRefusal = (refusal: VendorRefusal) => refusals.push(refusal);
    try {
      yield* streamOnce(endpoint, { ...endpoint.line, signal, onRefusal }, request, features);
      return;
    } catch (error) {
      const [refusal] = refusals;
      const next = refusal && narrowFeatures(features, refusal, request);
      if (!next) throw error;
      known.set(request.model, next);
    }
  }
}

function streamOnce(
  { name, api, client }: Endpoint,
  options: ExchangeOptions,
  request: ProviderRequest,
  features: Features,
): AsyncIterable<ProviderEvent> {
  if (api === 'responses') {
    const body = toResponsesBody(request, features.images);
    return exchange(
      options,
      (_, signal) => client.responses.create(body, { signal }),
      (events) => readResponses(name, request, events),
    );
  }
  const asJson = features.outputs[0] !== 'tools';
  const body = toChatBody(asJson ? describeTools(request) : request, features, request.tools);
  return exchange(
    options,
    (_, signal) => client.chat.completions.create(body, { signal }),
    (chunks) => {
      const events = readChat(name, request, chunks);
      return asJson && request.tools.length > 0 ? readEnvelope(events, request.tools) : events;
    },
  );
}
