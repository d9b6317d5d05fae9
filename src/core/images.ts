/**
 * Images of a thread for a model that can see: the newest few, read once from the platform, made small,
 * and kept for the turns that follow. What cannot be shown becomes a note, never a failed turn.
 */
import { budgetOf } from './budget.ts';
import { createCache } from './configuration.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import { type Attachment, filesOf, type Message } from './message.ts';
import type { ChatPlatform } from './platform.ts';
import type { ImagePart, ProviderChoice } from './provider.ts';
import type { ThreadRef } from './thread.ts';

/** Makes an image small enough for every vendor; rejects with `ChatError` what is none it can read. */
export type ScaleImage = (file: Uint8Array) => Promise<ImagePart>;

/** By the attachment's id: the image, or why the model does not see it. */
export type ShownImages = ReadonlyMap<string, ImagePart | string>;

export interface ShowImages {
  /** What the model is shown, oldest first. */
  messages: Message[];
  /** As many of them as `mostImages` allows. */
  most: number;
  platform: Pick<ChatPlatform, 'readAttachment'>;
  thread: ThreadRef;
  signal: AbortSignal;
}

/** Rejects with the signal's reason when aborted, and with nothing else. */
export type Images = (show: ShowImages) => Promise<ShownImages>;

export interface ImagesOptions {
  /** Absent: images are only named. */
  scaleImage?: ScaleImage | undefined;
  /** For all of a turn's images, in milliseconds. Default 10,000. */
  loadingMs?: number;
  log: Log;
}

/** Images in one prompt. */
const MAX_IMAGES = 8;
/** What one takes of a model's window: about 1,600 tokens at the size that `ScaleImage` makes. */
const IMAGE_LENGTH = 4_800;
/** The part of the window that images may take. */
const IMAGES_SHARE = 1 / 3;
/** The most that is read of a file. */
const MAX_FILE_BYTES = 20 * 1_048_576;
const LOADING_MS = 10_000;
/** Files read at the same time for one turn. */
const LANES = 3;
/** Scaled images that are kept, for how long in milliseconds: the next turn shows them again. */
const MOST_KEPT = 64;
const KEPT_MS = 600_000;

const SHOWABLE = /^image\/(?:jpe?g|png|gif|webp|avif|tiff)$/i;
const UNSEEN = 'an image; this model cannot see images';

interface Wanted extends Omit<ShowImages, 'messages' | 'most'> {
  attachment: Attachment;
}

export function createImages(options: ImagesOptions): Images {
  const { scaleImage, loadingMs = LOADING_MS, log } = options;
  const kept = createCache(read, KEPT_MS, MOST_KEPT);

  async function read({ platform, thread, attachment, signal }: Wanted): Promise<ImagePart> {
    if (!scaleImage) throw new ChatError('images are not read here');
    const file = await platform.readAttachment(thread, attachment, MAX_FILE_BYTES, signal);
    return scaleImage(file);
  }

  async function load(wanted: Wanted): Promise<ImagePart | string> {
    const { attachment, thread, signal } = wanted;
    const refusal = refusalOf(attachment);
    if (refusal) return refusal;
    const { platform, workspaceId, channelId, threadId } = thread;
    const key = JSON.stringify([platform, workspaceId, channelId, threadId, attachment.id]);
    try {
      return await Promise.race([kept.get(key, wanted), abortOf(signal)]);
    } catch (error) {
      if (error instanceof ChatError) return `an image that is not shown: ${error.message}`;
      log.warn('image-not-shown', { platform, attachmentId: attachment.id }, error);
      return 'an image that could not be read';
    }
  }

  return async function show({ messages, most, signal, ...place }) {
    const attached = imagesOf(messages);
    const newest = most > 0 ? attached.slice(-most) : [];
    const shown = new Map<string, ImagePart | string>(
      attached.map(({ id }) => [id, most > 0 ? 'an earlier image, not shown' : UNSEEN]),
    );
    if (newest.length === 0) return shown;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(loadingMs)]);
    const queue = newest.values();
    const lane = async () => {
      for (const attachment of queue) {
        shown.set(attachment.id, await load({ ...place, attachment, signal: inTime }));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    signal.throwIfAborted();
    return shown;
  };
}

/** How many images this model may be shown: none where it sees none, few where its window is small. */
export function mostImages({ seesImages, contextTokens }: ProviderChoice): number {
  if (seesImages === false) return 0;
  const fitting = Math.floor((budgetOf(contextTokens).conversation * IMAGES_SHARE) / IMAGE_LENGTH);
  return Math.max(1, Math.min(MAX_IMAGES, fitting));
}

/** Characters of the window that the images of these messages take. */
export function imagesLength(messages: Message[], most: number): number {
  return Math.min(imagesOf(messages).length, most) * IMAGE_LENGTH;
}

function imagesOf(messages: Message[]): Attachment[] {
  return filesOf(messages).filter(({ mimeType }) => mimeType.toLowerCase().startsWith('image/'));
}

function refusalOf({ mimeType, bytes }: Attachment): string | undefined {
  if (!SHOWABLE.test(mimeType)) return 'an image of a kind that cannot be shown';
  if (bytes > MAX_FILE_BYTES) return 'an image that is too large to be shown';
  return undefined;
}

/** A platform that is deaf to its signal must not hold the turn up. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
