/** What becomes of an image before a model sees it. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ChatError } from '../src/core/errors.ts';
import type { ImagePart } from '../src/core/provider.ts';
import { scaleImage } from '../src/image-scale.ts';

const create = (width: number, height: number, background = '#2266aa') =>
  sharp({ create: { width, height, channels: 3, background } });
const decode = ({ base64 }: ImagePart) => sharp(Buffer.from(base64, 'base64'));

describe('scaleImage', () => {
  it('makes a large one small, and leaves its shape alone', async () => {
    const image = await scaleImage(await create(4_000, 1_000).png().toBuffer());
    expect(image.mimeType).toBe('image/jpeg');
    expect(await decode(image).metadata()).toMatchObject({
      format: 'jpeg',
      width: 1_568,
      height: 392,
    });
  });

  it('does not blow a small one up', async () => {
    const image = await scaleImage(await create(40, 30).png().toBuffer());
    expect(await decode(image).metadata()).toMatchObject({ width: 40, height: 30 });
  });

  it.each(['jpeg', 'png', 'gif', 'webp', 'avif', 'tiff'] as const)('reads %s', async (format) => {
    const image = await scaleImage(await create(40, 30).toFormat(format).toBuffer());
    expect(await decode(image).metadata()).toMatchObject({ format: 'jpeg', width: 40 });
  });

  it('turns a photo upright, and takes out where and with what it was made', async () => {
    const exif = { IFD0: { Model: 'Camera 7' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } };
    const photo = await create(60, 40)
      .withExif(exif)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const metadata = await decode(await scaleImage(photo)).metadata();
    expect(metadata).toMatchObject({ width: 40, height: 60 });
    expect(metadata.exif).toBeUndefined();
    expect(metadata.orientation).toBeUndefined();
  });

  it('puts white behind what is transparent', async () => {
    const background = { r: 0, g: 0, b: 0, alpha: 0 };
    const clear = sharp({ create: { width: 8, height: 8, channels: 4, background } });
    const { data } = await decode(await scaleImage(await clear.png().toBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('fits the bytes that vendors take, however busy the picture is', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 120 } as const;
    const background = '#888888';
    const busy = sharp({ create: { width: 1_600, height: 1_600, channels: 3, background, noise } });
    const { base64 } = await scaleImage(await busy.png().toBuffer());
    expect(Buffer.from(base64, 'base64').length).toBeLessThanOrEqual(1_048_576);
  });

  it('makes the same of the same, so that the vendor finds it in its cache', async () => {
    const file = await create(2_000, 2_000).png().toBuffer();
    expect(await scaleImage(file)).toEqual(await scaleImage(file));
  });

  it.each([
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ])('refuses %s in words', async (_, file) => {
    const refused = scaleImage(file);
    await expect(refused).rejects.toThrow(ChatError);
    await expect(refused).rejects.toThrow('cannot be read as an image');
  });

  it('refuses a small file that would unfold to a huge picture', async () => {
    const bomb = await create(9_000, 9_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(2_000_000);
    await expect(scaleImage(bomb)).rejects.toThrow(ChatError);
  });
});
