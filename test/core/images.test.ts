/** Images of a thread on their way to the model, through the bot's front door. */
import { describe, expect, it } from 'vitest';
import { createImages, type ScaleImage } from '../../src/core/images.ts';
import type { Attachment } from '../../src/core/message.ts';
import type { ProviderRequest } from '../../src/core/provider.ts';
import { sayNothing, silent, thread, useBots } from './bots.ts';

/** Stands for the scaled image: what it was made of can be read back. */
const scale: ScaleImage = async (file) => ({
  mimeType: 'image/jpeg',
  base64: Buffer.from(file).toString('base64'),
});

function picture(id: string, more: Partial<Attachment> = {}): Attachment {
  const url = `https://files.example/${id}`;
  return { id, name: `${id}.png`, mimeType: 'image/png', bytes: 9, url, ...more };
}

const imagesOf = (request: ProviderRequest | undefined) =>
  (request?.messages ?? []).flatMap((message) =>
    message.role === 'user' ? (message.images ?? []).map(readBack) : [],
  );
const readBack = ({ base64 }: { base64: string }) => Buffer.from(base64, 'base64').toString();
const wordsOf = (request: ProviderRequest | undefined) => JSON.stringify(request?.messages);

describe('images in a thread', () => {
  const { setUp, say, talk, command } = useBots();

  async function setUpImages({ scaleImage = scale, ...more } = {}) {
    const set = await setUp({ more: { scaleImage }, ...more });
    const read: string[] = [];
    const { readAttachment } = set.platform;
    set.platform.readAttachment = (...asked) => {
      read.push(asked[1].id);
      return readAttachment(...asked);
    };
    const put = (...ids: string[]) => {
      for (const id of ids) set.platform.files.set(id, Buffer.from(`pixels of ${id}`));
      return ids.map((id) => picture(id));
    };
    return { ...set, read, put };
  }

  it('reach a model that can see, beside the message they were sent with', async () => {
    const { bot, requests, put } = await setUpImages();
    await talk(bot, say('look at this', { attachments: put('shot') }));
    const [message] = requests[0]?.messages ?? [];
    expect(message).toMatchObject({ role: 'user', images: [{ mimeType: 'image/jpeg' }] });
    expect(imagesOf(requests[0])).toEqual(['pixels of shot']);
    expect(wordsOf(requests[0])).toContain('[attached: shot.png]');
  });

  it('are shown once, though a request about their message brings them along again', async () => {
    const { bot, platform, requests, put } = await setUpImages();
    const attachments = put('shot');
    platform.earlier = { messages: [say('look at this', { attachments })], omitted: false };
    await talk(bot, say('what is wrong here?', { attachments }));
    expect(imagesOf(requests[0])).toEqual(['pixels of shot']);
    expect(wordsOf(requests[0])).toContain('shot.png (the same file as above)');
  });

  it('count once against the newest eight, wherever they came last', async () => {
    const { bot, requests, put } = await setUpImages();
    const ids = Array.from({ length: 8 }, (_, index) => `shot${index}`);
    const attachments = put(...ids);
    await talk(
      bot,
      say('look', { attachments }),
      say('and this', { attachments: [picture('shot0')] }),
    );
    expect(imagesOf(requests[1])).toEqual(ids.map((id) => `pixels of ${id}`));
  });

  it('are read from the platform once, for all steps of a turn and for the next turn', async () => {
    const { bot, requests, read, put } = await setUpImages();
    await talk(bot, say('draft Export is broken', { attachments: put('shot') }), say('thanks'));
    expect(requests).toHaveLength(3);
    for (const request of requests) expect(imagesOf(request)).toEqual(['pixels of shot']);
    expect(requests[2]?.messages[0]).toEqual(requests[0]?.messages[0]);
    expect(read).toEqual(['shot']);
  });

  it('are only named to a model that sees none, which is told so', async () => {
    const { bot, platform, requests } = await setUp({
      choice: { seesImages: false },
      more: { scaleImage: scale },
    });
    platform.readAttachment = () => Promise.reject(new Error('nothing must be read'));
    await talk(bot, say('look', { attachments: [picture('shot')] }));
    expect(imagesOf(requests[0])).toEqual([]);
    expect(wordsOf(requests[0])).toContain('shot.png (an image; this model cannot see images)');
    expect(platform.replies[0]?.views.at(-1)).toEqual({ text: 'heard: look', state: 'answered' });
  });

  it('become a note each where they cannot be had, and the turn is answered', async () => {
    const { bot, platform, requests, read, put } = await setUpImages({
      scaleImage: async (file) => {
        if (String(file).includes('odd')) throw new Error('a secret of the machine');
        return scale(file);
      },
    });
    const [good, odd] = put('good', 'odd') as [Attachment, Attachment];
    const attachments = [
      picture('gone'),
      odd,
      picture('drawing', { mimeType: 'image/svg+xml' }),
      picture('huge', { bytes: 99_000_000 }),
      picture('report', { name: 'report.pdf', mimeType: 'application/pdf' }),
      good,
    ];
    await talk(bot, say('look', { attachments }));
    expect(imagesOf(requests[0])).toEqual(['pixels of good']);
    expect(wordsOf(requests[0])).toContain(
      '[attached: gone.png (an image that is not shown: That file is not there any more.), odd.png (an image that could not be read), drawing.png (an image of a kind that cannot be shown), huge.png (an image that is too large to be shown), report.pdf, good.png]',
    );
    expect([...read].sort()).toEqual(['gone', 'good', 'odd']);
    expect(platform.replies[0]?.views.at(-1)?.state).toBe('answered');
  });

  it('are read again in the next turn where one could not be had', async () => {
    const { bot, requests, put } = await setUpImages();
    await talk(bot, say('look', { attachments: [picture('late')] }));
    put('late');
    await talk(bot, say('now?'));
    expect(requests.map(imagesOf)).toEqual([[], ['pixels of late']]);
  });

  it('are shown as far as the newest eight, and earlier ones are named', async () => {
    const { bot, requests, read, put } = await setUpImages();
    const ids = Array.from({ length: 10 }, (_, index) => `shot${index}`);
    await talk(bot, say('look', { attachments: put(...ids) }));
    expect(imagesOf(requests[0])).toEqual(ids.slice(2).map((id) => `pixels of ${id}`));
    expect(wordsOf(requests[0])).toContain('shot1.png (an earlier image, not shown)');
    expect(read).toHaveLength(8);
  });

  it('do not keep a turn from being stopped', async () => {
    const asked = Promise.withResolvers<void>();
    const { bot, platform } = await setUpImages();
    platform.readAttachment = (_thread, _attachment, _bytes, signal) => {
      asked.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    await bot.handleMessage(say('look', { attachments: [picture('slow')] }));
    await asked.promise;
    await command(bot, { kind: 'stop' });
    await bot.idle();
    expect(platform.replies[0]?.views.at(-1)).toMatchObject({ text: 'Stopped.', state: 'stopped' });
  });

  it('hold a turn up no longer than the time for them, whatever the platform does', async () => {
    const show = createImages({ scaleImage: scale, loadingMs: 20, log: silent });
    const message = { id: '1', conversationId: 'c', sentAt: '', role: 'user', text: '' } as const;
    const shown = await show({
      messages: [{ ...message, attachments: [picture('deaf')] }],
      most: 1,
      platform: { readAttachment: () => new Promise(() => {}) },
      thread,
      signal: new AbortController().signal,
    });
    expect(shown.get('deaf')).toBe('an image that could not be read');
  });

  it('count against the window, so that text and images together fit a small model', async () => {
    const { bot, platform, requests } = await setUp({
      ...{ script: sayNothing, choice: { contextTokens: 24_576 } },
      more: { scaleImage: scale },
    });
    const ids = Array.from({ length: 6 }, (_, index) => `shot${index}`);
    for (const id of ids) platform.files.set(id, Buffer.from(id));
    const attachments = ids.map((id) => picture(id));
    await talk(bot, say('x'.repeat(20_000)), say('y'.repeat(15_000), { attachments }));
    expect(imagesOf(requests[1])).toEqual(ids.slice(-2));
    expect(wordsOf(requests[0])).toContain('xxx');
    expect(wordsOf(requests[1])).toContain('yyy');
    expect(wordsOf(requests[1])).not.toContain('xxx');
  });
});
