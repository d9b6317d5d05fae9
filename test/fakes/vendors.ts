/** The four vendors of models as stand-ins, each with what a process of ours has to be given to ask it. */
import { startAnthropicServer } from './anthropic-server.ts';
import { startGoogleServer } from './google-server.ts';
import { startOllamaServer } from './ollama-server.ts';
import { startOpenAiServer } from './openai-server.ts';
import type { VendorServer } from './vendor-server.ts';

export const VENDOR_KEY = 'sk-test-0123456789abcdef';

interface Vendor {
  name: string;
  /** Its package. */
  sdk: string;
  start(options: { apiKey: string }): Promise<VendorServer>;
  /** Of the server, where its API begins. */
  path: string;
  model: string;
}

export const VENDORS: Vendor[] = [
  { name: 'openai', sdk: 'openai', start: startOpenAiServer, path: '/v1', model: 'gpt-large' },
  {
    ...{ name: 'anthropic', sdk: '@anthropic-ai/sdk', start: startAnthropicServer },
    ...{ path: '', model: 'claude-large' },
  },
  {
    ...{ name: 'google', sdk: '@google/genai', start: startGoogleServer },
    ...{ path: '', model: 'gemini-large' },
  },
  { name: 'ollama', sdk: 'ollama', start: startOllamaServer, path: '', model: 'llama:large' },
];

/** Starts it; `env` makes it the provider of a process. */
export async function startVendor({ name, start, path, model }: Vendor) {
  const server = await start({ apiKey: VENDOR_KEY });
  const prefix = name.toUpperCase();
  const env: Record<string, string> = {
    DEFAULT_PROVIDER: name,
    [`${prefix}_BASE_URL`]: `${server.url}${path}`,
    [`${prefix}_API_KEY`]: VENDOR_KEY,
    [`${prefix}_MODEL`]: model,
  };
  return { server, env };
}
