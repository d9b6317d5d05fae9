/** Where OpenAI's language is spoken: how to connect to it, its models, and whether it answers. */
import OpenAI from 'openai';
import { type ConnectionCheck, ProviderError, type ProviderModel } from '../core/provider.ts';
import { checkConnection } from './connection-check.ts';
import { ask, type ExchangeOptions, fetchInExchange, QUESTION_MS } from './exchange.ts';
import type { VendorRefusal } from './vendor-refusal.ts';

export interface Endpoint {
  name: string;
  api: 'responses' | 'chat';
  /** OpenAI itself. */
  official: boolean;
  /** For use within an exchange. */
  client: OpenAI;
  line: Omit<ExchangeOptions, 'signal'>;
}

const SERVER_WITHOUT_KEY = 'none';

/** Everything that the SDK would else take from the environment is given. */
export function createClient(apiKey: string, baseURL: string): OpenAI {
  return new OpenAI({
    apiKey: apiKey || SERVER_WITHOUT_KEY,
    baseURL,
    fetch: fetchInExchange,
    maxRetries: 0,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

type OnRefusal = (refusal: VendorRefusal) => void;

export async function listModels(
  endpoint: Endpoint,
  onRefusal?: OnRefusal,
): Promise<ProviderModel[]> {
  const list = (client: OpenAI, signal: AbortSignal) => client.models.list({ signal });
  const page = await question(endpoint, list, onRefusal);
  return page.data.map(toModel);
}

export async function testConnection(endpoint: Endpoint): Promise<ConnectionCheck> {
  const refusals: VendorRefusal[] = [];
  const onRefusal = (refusal: VendorRefusal) => refusals.push(refusal);
  const check = await checkConnection(endpoint.name, () => listModels(endpoint, onRefusal));
  return !check.ok && hasStatus(refusals, 404, 405) ? testWithoutList(endpoint) : check;
}

/** Servers without a list of models are asked for an answer to nothing, which they refuse. */
async function testWithoutList(endpoint: Endpoint): Promise<ConnectionCheck> {
  const { name, api } = endpoint;
  const refusals: VendorRefusal[] = [];
  const path = api === 'responses' ? '/responses' : '/chat/completions';
  const post = (client: OpenAI, signal: AbortSignal) => client.post(path, { body: {}, signal });
  try {
    await question(endpoint, post, (refusal) => refusals.push(refusal));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (!hasStatus(refusals, 400, 422)) return { ok: false, message: `${error.message}.` };
  }
  return { ok: true, message: `${name} answers; it does not list its models.` };
}

function question<Answer>(
  { line, client }: Endpoint,
  call: (client: OpenAI, signal: AbortSignal) => Promise<Answer>,
  onRefusal?: OnRefusal,
): Promise<Answer> {
  const { signal } = new AbortController();
  const options = { ...line, signal, stallMs: QUESTION_MS, onRefusal };
  return ask(options, (_, ended) => call(client, ended));
}

function hasStatus(refusals: VendorRefusal[], ...statuses: number[]): boolean {
  return refusals.some(({ status }) => status !== undefined && statuses.includes(status));
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
