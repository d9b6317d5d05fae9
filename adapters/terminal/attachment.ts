/** Files of this machine that a person sends along. */
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ChatError } from '../../src/core/errors.ts';
import type { Attachment } from '../../src/core/message.ts';

const MIME_TYPES: Record<string, string> = {
  '.avif': 'image/avif',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.webp': 'image/webp',
};

/** Rejects with `ChatError` when there is no such file, or it is no image by its name. */
export async function toImageAttachment(path: string): Promise<Attachment> {
  const mimeType = MIME_TYPES[extname(path).toLowerCase()];
  if (!mimeType) {
    const kinds = Object.keys(MIME_TYPES).join(', ');
    throw new ChatError(
      `${path} is no image that can be sent along; its name must end in ${kinds}.`,
    );
  }
  const found = await stat(path).catch((cause: unknown) => {
    throw new ChatError(`${path} cannot be read.`, { cause });
  });
  if (!found.isFile()) throw new ChatError(`${path} is not a file.`);
  const url = pathToFileURL(resolve(path)).href;
  return { id: randomUUID(), name: basename(path), mimeType, bytes: found.size, url };
}

/** Rejects with `ChatError` when it is gone meanwhile, or has grown too large. */
export async function readAttachedFile(
  { name, url }: Attachment,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const path = fileURLToPath(url);
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new ChatError(`${name} is not there any more.`, { cause });
  }
  throw new ChatError(`${name} has more than ${maxBytes} bytes.`);
}
