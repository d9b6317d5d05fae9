/**
 * Files of a thread that a model is shown: read once from the platform and kept for the turns that follow.
 * What cannot be shown becomes a note, never a failed turn.
 */
import { createCache } from './cache.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import type { Attachment, Message } from './message.ts';
import type { ChatPlatform } from './platform.ts';
import type { ImagePart } from './provider.ts';
import type { ThreadRef } from './thread.ts';

export interface TextPart {
  text: string;
}

/** What the model is shown of a file, or why it is not. */
export type ShownFile = ImagePart | TextPart | string;

/** By the attachment's id. */
export type ShownFiles = ReadonlyMap<string, ShownFile>;

export interface FileSource {
  platform: Pick<ChatPlatform, 'readAttachment'>;
  thread: ThreadRef;
  signal: AbortSignal;
}

export interface WantedFile extends FileSource {
  attachment: Attachment;
}

export interface ShowFiles extends FileSource {
  /** What the model is shown, oldest first. */
  messages: Message[];
}

export interface FileLoadingOptions<Part> {
  /** What a note calls such a file: "an image". */
  called: string;
  /** Rejects with `ChatError` what cannot be shown. */
  read(wanted: WantedFile): Promise<Part>;
  /** For all of a turn's files, in milliseconds. Default 10,000. */
  loadingMs?: number | undefined;
  log: Log;
}

/** Rejects with the signal's reason when aborted, and with nothing else. */
export type LoadFiles<Part> = (
  files: Attachment[],
  source: FileSource,
) => Promise<Map<string, Part | string>>;

const LOADING_MS = 10_000;
/** Files read at the same time for one turn. */
const LANES = 3;
/** Files that are kept, for how long in milliseconds: the next turn shows them again. */
const MOST_KEPT = 64;
const KEPT_MS = 600_000;

export function createFileLoading<Part>(options: FileLoadingOptions<Part>): LoadFiles<Part> {
  const { called, loadingMs = LOADING_MS, log } = options;
  const kept = createCache(options.read, KEPT_MS, MOST_KEPT);

  async function load(wanted: WantedFile): Promise<Part | string> {
    const { attachment, thread, signal } = wanted;
    const { platform, workspaceId, channelId, threadId } = thread;
    const key = JSON.stringify([platform, workspaceId, channelId, threadId, attachment.id]);
    try {
      return await Promise.race([kept.get(key, wanted), abortOf(signal)]);
    } catch (error) {
      if (error instanceof ChatError) return `${called} that is not shown: ${error.message}`;
      log.warn('file-not-shown', { platform, attachmentId: attachment.id }, error);
      return `${called} that could not be read`;
    }
  }

  return async function loadAll(files, { signal, ...source }) {
    const loaded = new Map<string, Part | string>();
    if (files.length === 0) return loaded;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(loadingMs)]);
    const queue = files.values();
    const lane = async () => {
      for (const attachment of queue) {
        loaded.set(attachment.id, await load({ ...source, attachment, signal: inTime }));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    signal.throwIfAborted();
    return loaded;
  };
}

/** A platform that is deaf to its signal must not hold the turn up. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
