/** Anthropic's Claude, through the Messages API. */
import Anthropic from '@anthropic-ai/sdk';
import type { Provider, ProviderModel, ProviderRequest, ToolCall } from '../core/provider.ts';
import { readMessages } from './anthropic-events.ts';
import { type Thought, toMessagesBody } from './anthropic-messages.ts';
import { checkConnection } from './connection-check.ts';
import {
  ask,
  DEFAULT_STALL_MS,
  exchange,
  type Fetch,
  fetchInExchange,
  QUESTION_MS,
} from './exchange.ts';
import { readStreamError } from './vendor-refusal.ts';

export interface AnthropicOptions {
  /** What people call this endpoint. Default `anthropic`. */
  name?: string;
  apiKey: string;
  /** Without `/v1`. Default Anthropic's own. */
  baseUrl?: string;
  fetch?: Fetch;
  /** Milliseconds without a byte until an answer is given up. Default 60,000. */
  stallMs?: number;
}

const ANTHROPIC_URL = 'https://api.anthropic.com';
/** The most the API lists at once. */
const MODELS_PER_PAGE = 1_000;
/** Steps whose thoughts are kept; a turn has at most a dozen, and they matter only within it. */
const MAX_THOUGHTS = 500;

export function createAnthropicProvider(options: AnthropicOptions): Provider {
  const { name = 'anthropic', baseUrl = ANTHROPIC_URL, stallMs = DEFAULT_STALL_MS } = options;
  const client = createClient(options.apiKey, baseUrl);
  const line = { provider: name, fetch: options.fetch, stallMs, readStreamError };
  const memory = createThoughtMemory();

  function stream(request: ProviderRequest, signal: AbortSignal) {
    const body = toMessagesBody(request, memory.recall);
    return exchange(
      { ...line, signal },
      (_, ended) => client.messages.create(body, { signal: ended }),
      (events) => readMessages(name, request, events, memory.keep),
    );
  }

  async function listModels(): Promise<ProviderModel[]> {
    const { signal } = new AbortController();
    const page = await ask({ ...line, signal, stallMs: QUESTION_MS }, (_, ended) =>
      client.models.list({ limit: MODELS_PER_PAGE }, { signal: ended }),
    );
    return page.data.filter(({ lifecycle }) => lifecycle !== 'retired').map(toModel);
  }

  return { name, stream, listModels, testConnection: () => checkConnection(name, listModels) };
}

/** Everything that the SDK would else take from the environment is given. */
function createClient(apiKey: string, baseURL: string): Anthropic {
  return new Anthropic({
    apiKey,
    authToken: null,
    webhookKey: null,
    baseURL,
    fetch: fetchInExchange,
    maxRetries: 0,
    logLevel: 'off',
  });
}

/** Within a turn, a model that thinks must get its thoughts back with the calls they led to. */
function createThoughtMemory() {
  const kept = new Map<string, Thought[]>();
  return {
    keep([call]: ToolCall[], thoughts: Thought[]): void {
      if (!call || thoughts.length === 0) return;
      kept.set(call.id, thoughts);
      const [oldest] = kept.keys();
      if (kept.size > MAX_THOUGHTS && oldest) kept.delete(oldest);
    },
    recall: ([call]: ToolCall[]): Thought[] => (call && kept.get(call.id)) ?? [],
  };
}

function toModel({ id, max_input_tokens, capabilities }: Anthropic.ModelInfo): ProviderModel {
  const seesImages = capabilities?.image_input?.supported;
  return {
    id,
    ...(max_input_tokens && { contextTokens: max_input_tokens }),
    ...(seesImages !== undefined && { seesImages }),
  };
}
