/** Images of a thread for a model that can see: the newest few, made small. */
import { budgetOf } from './budget.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import { type Attachment, filesOf, type Message } from './message.ts';
import type { ImagePart, ProviderChoice } from './provider.ts';
import { createFileLoading, type ShowFiles, type WantedFile } from './shown-files.ts';

/** Makes an image small enough for every vendor; rejects with `ChatError` what is none it can read. */
export type ScaleImage = (file: Uint8Array) => Promise<ImagePart>;

export interface ShowImages extends ShowFiles {
  /** As many of them as `mostImages` allows. */
  most: number;
}

/** By the attachment's id: the image, or why the model does not see it. Rejects as `LoadFiles` does. */
export type Images = (show: ShowImages) => Promise<Map<string, ImagePart | string>>;

export interface ImagesOptions {
  /** Absent: images are only named. */
  scaleImage?: ScaleImage | undefined;
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

const SHOWABLE = /^image\/(?:jpe?g|png|gif|webp|avif|tiff)$/i;
const UNSEEN = 'an image; this model cannot see images';

export function createImages({ scaleImage, loadingMs, log }: ImagesOptions): Images {
  const load = createFileLoading({ called: 'an image', read, loadingMs, log });

  async function read({ platform, thread, attachment, signal }: WantedFile): Promise<ImagePart> {
    if (!scaleImage) throw new ChatError('images are not read here');
    const file = await platform.readAttachment(thread, attachment, MAX_FILE_BYTES, signal);
    return scaleImage(file);
  }

  return async function show({ messages, most, ...source }) {
    const attached = imagesOf(messages);
    const newest = most > 0 ? attached.slice(-most) : [];
    const unshown = most > 0 ? 'an earlier image, not shown' : UNSEEN;
    const loaded = await load(
      newest.filter((image) => !refusalOf(image)),
      source,
    );
    return new Map([
      ...attached.map(({ id }) => [id, unshown] as const),
      ...newest.map((image) => [image.id, refusalOf(image) ?? unshown] as const),
      ...loaded,
    ]);
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
