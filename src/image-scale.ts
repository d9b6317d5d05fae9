/**
 * An image as every vendor takes it: one still JPEG of a modest size, upright, without what the camera
 * wrote into it (places, devices). `sharp` does the work and is loaded when the first image comes.
 */
import { ChatError } from './core/errors.ts';
import type { ImagePart } from './core/provider.ts';

/**
 * Pixels of the longer edge, and what is tried where that takes too many bytes. Above the first one
 * Anthropic scales down by itself, and OpenAI's and Google's tiles show little more (their guides to vision).
 */
const EDGES = [1_568, 1_024, 640];
/** Of the JPEG. Text on a screen stays legible at both. */
const QUALITIES = [85, 60];
/** Anthropic takes 5 MB of base64 for one image, Google 20 MB for a whole request; eight of these fit either. */
const MAX_BYTES = 1_048_576;
/** What a small file may unfold to. */
const MAX_PIXELS = 50_000_000;
const MAX_SECONDS = 5;

type Sharp = typeof import('sharp')['default'];

/** Rejects with `ChatError` what is no image of a known kind, or too much of one. */
export async function scaleImage(file: Uint8Array): Promise<ImagePart> {
  const sharp = await loadSharp();
  for (const edge of EDGES) {
    const { data, info } = await shrink(sharp, file, edge);
    for (const quality of QUALITIES) {
      const options = { quality, chromaSubsampling: '4:4:4' };
      const jpeg = await sharp(data, { raw: info }).jpeg(options).toBuffer();
      if (jpeg.length > MAX_BYTES) continue;
      return { mimeType: 'image/jpeg', base64: jpeg.toString('base64') };
    }
  }
  throw new ChatError('it is too large');
}

/** The first frame, upright, on white where it is transparent. */
async function shrink(sharp: Sharp, file: Uint8Array, edge: number) {
  const fit = { fit: 'inside', withoutEnlargement: true } as const;
  try {
    return await sharp(file, { limitInputPixels: MAX_PIXELS, failOn: 'truncated' })
      .timeout({ seconds: MAX_SECONDS })
      .autoOrient()
      .resize(edge, edge, fit)
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new ChatError('it cannot be read as an image', { cause });
  }
}

/** Readers of the kinds that are shown. Others, such as SVG's, stay shut whatever a file calls itself. */
const READERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Tiff'];

let loading: Promise<Sharp> | undefined;

function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false);
    // Beside turns that stream: one image on one thread at a time is fast enough.
    sharp.concurrency(1);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: READERS.map((reader) => `VipsForeignLoad${reader}`) });
    return sharp;
  });
  return loading;
}
