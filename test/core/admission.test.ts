/** Who may begin when a process cannot keep up, and what that means for turns. */
import { setImmediate as round } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Admission, createAdmission } from '../../src/core/admission.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { echo, hang, thread, useBots } from './bots.ts';

const aborted = (reason: string) => AbortSignal.abort(new Error(reason));

/** Enters one after the other; tells who was let in, in order. */
function visit(admission: Admission, names: string[], signal?: AbortSignal) {
  const inside: string[] = [];
  for (const name of names) {
    const line = admission.enter(signal);
    if (line) line.then(() => inside.push(name)).catch(() => undefined);
    else inside.push(name);
  }
  return inside;
}

describe('admission', () => {
  it('lets some in whatever there is to do, and the others in their order as those leave', async () => {
    const admission = createAdmission({ always: 2, hasTime: () => false });
    const inside = visit(admission, ['a', 'b', 'c', 'd', 'e']);
    expect(inside).toEqual(['a', 'b']);
    admission.leave();
    await round();
    expect(inside).toEqual(['a', 'b', 'c']);
    admission.leave();
    admission.leave();
    await round();
    expect(inside).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('lets in more where there is time to spare, a few at a time', async () => {
    const admission = createAdmission({ always: 2, hasTime: () => true });
    const inside = visit(admission, ['a', 'b', 'c', 'd', 'e', 'f']);
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
    await vi.waitFor(() => expect(inside).toEqual(['a', 'b', 'c', 'd', 'e', 'f']));
  });

  it('looks again by itself whether there is time', async () => {
    let spare = false;
    const admission = createAdmission({ always: 1, hasTime: () => spare });
    const inside = visit(admission, ['a', 'b']);
    expect(inside).toEqual(['a']);
    spare = true;
    await vi.waitFor(() => expect(inside).toEqual(['a', 'b']));
  });

  it('passes over who gave up waiting', async () => {
    const admission = createAdmission({ always: 1, hasTime: () => false });
    const inside = visit(admission, ['a']);
    const patience = new AbortController();
    const waiting = admission.enter(patience.signal);
    const late = visit(admission, ['c']);
    patience.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(admission.enter(aborted('before'))).rejects.toThrow('before');
    admission.leave();
    await round();
    expect([...inside, ...late]).toEqual(['a', 'c']);
  });
});

describe('turns of a process that does not keep up', () => {
  const { setUp, say, talk, readMessages, readThread } = useBots();
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const busyThread = { ...thread, threadId: 'busy' };

  /** One turn at a time, and one of another thread that runs until it is let go. */
  async function occupied(shared = '', before: IncomingMessage[] = []) {
    const admission = createAdmission({ always: 1, hasTime: () => false });
    const begun = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const setting = await setUp({
      shared,
      async *script(request, signal) {
        if (JSON.stringify(request.messages).includes('take long')) {
          const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
          signal.addEventListener('abort', () => leave());
          begun.resolve();
          await Promise.race([done.promise, gone]);
          signal.throwIfAborted();
        }
        yield* echo(request);
      },
      more: { admission, timing: { leaseMs: 1_000, renewMs: 100, settleMs: 10 } },
    });
    const seen = vi.spyOn(admission, 'enter');
    await talk(setting.bot, ...before);
    // Long ago, so that a turn need not read again what was read while its claim was asked for.
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
    await setting.bot.handleMessage(say('take long', { thread: busyThread }));
    await begun.promise;
    return { ...setting, done, entered: () => seen.mock.calls.length };
  }

  it('wait while their messages are stored, and answer everything said meanwhile at once', async () => {
    const { bot, repositories, platform, requests, done } = await occupied('', [say('hello')]);
    for (const text of ['one', 'two', 'three']) {
      expect(await bot.handleMessage(say(text))).toMatchObject({ kind: 'stored' });
    }
    const stored = (await readMessages(repositories)).map(({ text }) => text);
    expect(stored.filter((text) => !text.includes('hello'))).toEqual(['one', 'two', 'three']);
    expect(requests).toHaveLength(2);
    // Their claim is kept for them, longer than one lasts.
    const first = await readThread(repositories);
    await vi.waitFor(async () => {
      const { claim } = (await readThread(repositories)) ?? {};
      expect(claim?.expiresAt).toBeGreaterThan((first?.claim?.expiresAt ?? 0) + 1_000);
    }, 5_000);
    expect(await bot.resumePending()).toBe(0);
    done.resolve();
    await bot.idle();
    const texts = platform.replies.map(({ views }) => views.at(-1)?.text);
    expect(texts).toEqual(['heard: hello', 'heard: take long', 'heard: hello | one | two | three']);
  });

  it('are stopped as others are', async () => {
    const { bot, platform, done } = await occupied();
    await bot.handleMessage(say('never mind'));
    const stopped = await bot.handleAction({
      ...{ thread, command: { kind: 'stop' } as const },
      ...{ place: say('').place, actor: say('').author },
    });
    expect(stopped).toMatchObject({ message: 'Stopping.' });
    done.resolve();
    await bot.idle();
    expect(platform.replies.at(-1)?.views.at(-1)).toEqual({ text: 'Stopped.', state: 'stopped' });
  });

  it('are handed over when the process ends, and go on in another one at once', async () => {
    const { bot, done } = await occupied('handed-over');
    await bot.handleMessage(say('please'));
    await bot.close(0);
    const next = await setUp({ shared: 'handed-over' });
    expect(await next.bot.resumePending()).toBeGreaterThan(0);
    await next.bot.idle();
    expect(next.platform.replies.map(({ views }) => views.at(-1)?.text)).toContain('heard: please');
    done.resolve();
  });

  it('are not taken over from others before there is room', async () => {
    const dead = await setUp({
      shared: 'left',
      script: (_, signal) => hang(signal, () => undefined),
    });
    await dead.bot.handleMessage(say('still there?'));
    const { bot, platform, repositories, done, entered } = await occupied('left');
    await dead.bot.close(0);
    const before = entered();
    const look = bot.resumePending();
    await vi.waitFor(() => expect(entered()).toBeGreaterThan(before));
    expect((await readThread(repositories))?.claim?.attempt).toBe(1);
    done.resolve();
    expect(await look).toBe(1);
    await bot.idle();
    expect(platform.replies.at(-1)?.views.at(-1)?.text).toBe('heard: still there?');
  });
});
