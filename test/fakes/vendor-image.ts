/** What vendors refuse of an image: bytes that are not what they are said to be, or too many of them. */
import { z } from 'zod';

/** Anthropic's limit for one image as base64, the lowest of the vendors'. */
const MAX_LENGTH = 5 * 1_048_576;
const STARTS: Record<string, RegExp> = {
  'image/jpeg': /^\xff\xd8\xff/,
  'image/png': /^\x89PNG/,
  'image/gif': /^GIF8[79]a/,
  'image/webp': /^RIFF.{4}WEBP/s,
};

/** Base64 of an image of a kind that every vendor knows. */
export const imageData = z
  .base64()
  .max(MAX_LENGTH)
  .refine((data) => kindOf(data) !== undefined, 'could not process image');

/** A data URL whose bytes are what it says. */
export const imageUrl = z.string().refine((url) => {
  const [, mimeType, data = ''] = /^data:(image\/[a-z]+);base64,(.+)$/s.exec(url) ?? [];
  return imageData.safeParse(data).success && kindOf(data) === mimeType;
}, 'could not process image');

export function kindOf(base64: string): string | undefined {
  const start = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  return Object.keys(STARTS).find((mimeType) => STARTS[mimeType]?.test(start));
}
