/** What OpenAI's two interfaces have in common. */
import { createHash } from 'node:crypto';
import type { ImagePart } from '../core/provider.ts';

/** Stands in for images where the model sees none. */
export const UNSEEN_IMAGE = '[An image was attached here. This model cannot see images.]';

export function toDataUrl({ mimeType, base64 }: ImagePart): string {
  return `data:${mimeType};base64,${base64}`;
}

/** Requests with the same prefix go to the same cache. */
export function cacheKeyOf(system: string): string {
  return createHash('sha256').update(system).digest('hex').slice(0, 32);
}

/** Arguments as the API takes them back, which is JSON even where the model wrote none. */
export function toArguments(input: unknown): string {
  return JSON.stringify(typeof input === 'string' ? { unreadable: input } : input);
}
