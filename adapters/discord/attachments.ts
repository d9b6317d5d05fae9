/** Files of Discord messages: their addresses are signed and expire, so a fresh one is asked for. */
import type { REST } from 'discord.js';
import { ChatError } from '../../src/core/errors.ts';
import type { Attachment } from '../../src/core/message.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import { readAtMost } from '../../src/core/read-at-most.ts';
import { refusalOf } from './refusals.ts';

export interface AttachmentsOptions {
  rest: REST;
  /** The API's base: its host is trusted like Discord's. */
  apiUrl?: string | undefined;
}

/** Where Discord keeps files (reference: Signed Attachment CDN URLs). */
const HOSTS = ['cdn.discordapp.com', 'media.discordapp.net'];
const GONE = 'That file is not there any more, or I may not read it.';
const TOO_LARGE = 'That file is larger than I can read.';

export function createReadAttachment(options: AttachmentsOptions): ChatPlatform['readAttachment'] {
  const trusted = options.apiUrl ? [...HOSTS, new URL(options.apiUrl).host] : HOSTS;

  return async function readAttachment(_thread, attachment, maxBytes, signal) {
    if (attachment.bytes > maxBytes) throw new ChatError(TOO_LARGE);
    const url = isFresh(attachment.url) ? attachment.url : await refresh(options.rest, attachment);
    if (!trusted.includes(URL.parse(url)?.host ?? '')) throw new ChatError(GONE);
    const response = await fetch(url, { signal, redirect: 'error' }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new ChatError(GONE, { cause: error });
    });
    if (!response.ok) throw new ChatError(GONE);
    const bytes = await readAtMost(response.body, maxBytes);
    if (!bytes) throw new ChatError(TOO_LARGE);
    return bytes;
  };
}

/** `ex` is when it expires, in hexadecimal seconds. */
function isFresh(url: string): boolean {
  const expires = URL.parse(url)?.searchParams.get('ex');
  return !expires || Number.parseInt(expires, 16) * 1_000 > Date.now() + 60_000;
}

async function refresh(rest: REST, { url }: Attachment): Promise<string> {
  const body = { attachment_urls: [url] };
  try {
    const answer = (await rest.post('/attachments/refresh-urls', { body })) as {
      refreshed_urls?: { refreshed?: string }[];
    };
    return answer.refreshed_urls?.[0]?.refreshed ?? url;
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    throw new ChatError(GONE, { cause: error });
  }
}
