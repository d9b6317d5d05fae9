/**
 * Checks Ollama's stream before its client reads it: the client skips a line that is no JSON, and
 * text would be missing without a word. Such a line, and an end without `done`, break the answer off.
 */
import { ProviderError } from '../core/provider.ts';
import type { Fetch } from './exchange.ts';

export function checkLines(provider: string, fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.headers.get('content-type')?.includes('ndjson')) return response;
    const body = response.body?.pipeThrough(createLineCheck(provider));
    return new Response(body, response);
  };
}

function createLineCheck(provider: string): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let open = '';
  let last = '';

  function check(line: string): void {
    if (line.trim() === '') return;
    last = line;
    if (!isObject(line))
      throw new ProviderError(provider, 'cut-off', 'sent something that cannot be read');
  }

  return new TransformStream({
    transform(chunk, out) {
      const lines = (open + decoder.decode(chunk, { stream: true })).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) check(line);
      out.enqueue(chunk);
    },
    flush() {
      check(open);
      const { done, error } = isObject(last) ? JSON.parse(last) : {};
      if (done || error) return;
      throw new ProviderError(provider, 'cut-off', 'the answer ended without a stop reason');
    },
  });
}

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
