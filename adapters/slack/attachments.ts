/** Files of Slack messages, read with the bot's token: from Slack's own hosts only, and nowhere it is sent on to. */
import type { WebClient } from '@slack/web-api';
import { ChatError } from '../../src/core/errors.ts';
import type { Attachment } from '../../src/core/message.ts';
import { readAtMost } from '../../src/core/read-at-most.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { Line } from './line.ts';
import { toChatError } from './refusals.ts';

export interface AttachmentsOptions {
  line: Line;
  clientOf(workspaceId: string): Promise<WebClient>;
  /** The Web API's base: its host is trusted like Slack's. */
  apiUrl: string;
}

export type ReadAttachment = (
  thread: ThreadRef,
  attachment: Attachment,
  maxBytes: number,
  signal: AbortSignal,
) => Promise<Uint8Array>;

const PATIENCE = { patienceMs: 10_000 };
const GONE = 'That file is not there any more, or I may not read it.';

export function createReadAttachment(options: AttachmentsOptions): ReadAttachment {
  const { line, clientOf, apiUrl } = options;

  /** Files from Slack Connect come without an address. */
  async function addressOf({ workspaceId }: ThreadRef, { id, url }: Attachment): Promise<string> {
    if (url) return url;
    try {
      const { file } = await line.call(workspaceId, 'files.info', PATIENCE, (client) =>
        client.files.info({ file: id }),
      );
      return file?.url_private_download ?? file?.url_private ?? '';
    } catch (error) {
      throw toChatError(error);
    }
  }

  return async function readAttachment(thread, attachment, maxBytes, signal) {
    if (attachment.bytes > maxBytes) throw tooLarge(attachment, maxBytes);
    const address = await addressOf(thread, attachment);
    if (!isSlacks(address, apiUrl)) throw new ChatError(GONE);
    const { token } = await clientOf(thread.workspaceId);
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal,
    });
    // A redirect may lead anywhere. A page instead of the file is Slack's own for signing in.
    const type = response.headers.get('content-type') ?? '';
    const isPage = type.startsWith('text/html') && !attachment.mimeType.startsWith('text/html');
    if (!response.ok || isPage) {
      await response.body?.cancel();
      throw new ChatError(GONE);
    }
    const bytes = await readAtMost(response.body, maxBytes);
    if (!bytes) throw tooLarge(attachment, maxBytes);
    return bytes;
  };
}

function tooLarge({ name }: Attachment, maxBytes: number): ChatError {
  return new ChatError(`${name} is larger than ${Math.floor(maxBytes / 1_048_576)} MB.`);
}

function isSlacks(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, origin } = new URL(address);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && (hostname === 'slack.com' || hostname.endsWith('.slack.com'));
}
