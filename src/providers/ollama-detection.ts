/** Whether Ollama runs at an address, asked without loading anything for it. */
import { z } from 'zod';

/** Where Ollama listens by itself. */
export const OLLAMA_URL = 'http://127.0.0.1:11434';

const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) });

/** Names of its models, the last used first; `undefined` when nothing like it answers in time. */
export async function detectOllama(
  baseUrl: string,
  timeoutMs: number,
): Promise<string[] | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(new URL('/api/tags', baseUrl), { signal, redirect: 'error' });
    const parsed = tagsSchema.safeParse(await response.json());
    return parsed.success ? parsed.data.models.map(({ name }) => name) : undefined;
  } catch {
    return undefined;
  }
}
