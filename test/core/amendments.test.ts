/** What people edit and delete in the chat after they said it. */
import { describe, expect, it } from 'vitest';
import { messageKeyOf } from '../../src/core/message.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { markDeleting } from '../../src/db/conversation-deletion.ts';
import { echo, thread, useBots } from './bots.ts';

describe('messages changed on the platform', () => {
  const { setUp, say, talk, readThread, readMessages } = useBots();

  /** A model that waits for the gate before its first answer; later ones come at once. */
  function gated() {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let count = 0;
    return {
      gate,
      begun: begun.promise,
      async *script(request: Parameters<typeof echo>[0], signal: AbortSignal) {
        count += 1;
        if (count > 1) return yield* echo(request);
        yield { type: 'text', text: 'Let me see' } as const;
        begun.resolve();
        await Promise.race([
          gate.promise,
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        ]);
        yield* echo(request);
      },
    };
  }

  it('answers a message as it now reads when it is edited while the answer is being written', async () => {
    const { script, begun } = gated();
    const { bot, repositories, platform } = await setUp({ script });
    const message = say('export drops the first row');
    await bot.handleMessage(message);
    await begun;
    await bot.handleEdit({ ...message, text: 'export drops the LAST row' });
    await bot.idle();
    expect(platform.replies).toHaveLength(1);
    const [question, answer, ...more] = await readMessages(repositories);
    expect(question?.text).toBe('export drops the LAST row');
    expect(answer?.text).toBe('heard: export drops the LAST row');
    expect(more).toEqual([]);
    expect(await readThread(repositories)).toMatchObject({ waiting: [] });
  });

  it('answers an edited message anew when its turn runs in another process', async () => {
    const { script, begun } = gated();
    const shared = 'edited-elsewhere';
    const one = await setUp({ script, shared });
    const other = await setUp({ shared });
    const message = say('the first wording');
    await one.bot.handleMessage(message);
    await begun;
    await other.bot.handleEdit({ ...message, text: 'the second wording' });
    await other.bot.idle();
    await one.bot.idle();
    const [, answer, ...more] = await readMessages(other.repositories);
    expect(answer?.text).toBe('heard: the second wording');
    expect(more).toEqual([]);
  });

  it('leaves an answered message as it was answered', async () => {
    const { bot, repositories } = await setUp();
    const message = say('as it was');
    await talk(bot, message);
    await bot.handleEdit({ ...message, text: 'as it was never said' });
    await bot.idle();
    expect((await readMessages(repositories)).map(({ text }) => text)).toEqual([
      'as it was',
      'heard: as it was',
    ]);
  });

  it('takes what was said beside the bot as it now reads, until a reply covers it', async () => {
    const { bot, repositories, platform } = await setUp({ environment: { answer: 'mentions' } });
    const before = say('it fails in 1.4');
    platform.earlier = { messages: [before], omitted: false };
    await talk(bot, say('hello'));
    const beside = say('the export does too, in 1.4', { addressed: false });
    await talk(bot, beside);
    await bot.handleEdit({ ...before, text: 'it fails in 1.5' });
    await bot.handleEdit({ ...beside, text: 'the export does too, in 1.5' });
    await talk(bot, say('what do you think?'));
    expect(platform.replies.map(({ views }) => views.at(-1)?.text)).toEqual([
      'heard: it fails in 1.4 | hello',
      'heard: it fails in 1.5 | hello | the export does too, in 1.5 | what do you think?',
    ]);
    expect((await readMessages(repositories)).map(({ text }) => text)).not.toContain(before.text);
  });

  it('does not begin a turn again for what it does not answer', async () => {
    const { script, begun, gate } = gated();
    const { bot, requests, platform } = await setUp({
      ...{ script, environment: { answer: 'mentions' } },
    });
    const before = say('it fails in 1.4');
    platform.earlier = { messages: [before], omitted: false };
    await bot.handleMessage(say('what do you think?'));
    await begun;
    await bot.handleEdit({ ...before, text: 'it fails in 1.5' });
    gate.resolve();
    await bot.idle();
    expect(requests).toHaveLength(1);
    expect(platform.replies[0]?.views.at(-1)?.state).toBe('answered');
  });

  it('drops a summary that an edited message went into', async () => {
    const { bot, repositories, platform } = await setUp();
    const before = say('it fails in 1.4');
    platform.earlier = { messages: [before], omitted: false };
    await talk(bot, say('hello'));
    const id = conversationIdOf(thread);
    const foldedUntil = messageKeyOf(before);
    const context = { summary: 'it fails in 1.4', foldedUntil, revision: 1 };
    await repositories.contexts.saveContext(id, context, Date.now());
    await bot.handleEdit({ ...before, text: before.text });
    expect(await repositories.contexts.readContext(id)).toBeDefined();
    await bot.handleEdit({ ...before, text: 'it fails in 1.5' });
    expect(await repositories.contexts.readContext(id)).toBeUndefined();
  });

  it('keeps secrets out of an edited message too', async () => {
    const { script, begun } = gated();
    const { bot, repositories } = await setUp({ script });
    const message = say('hello');
    await bot.handleMessage(message);
    await begun;
    const key = `sk-proj-${'a1B2'.repeat(12)}`;
    await bot.handleEdit({ ...message, text: `my key is ${key}` });
    await bot.idle();
    expect(JSON.stringify(await readMessages(repositories))).not.toContain(key);
  });

  it('deletes here what is deleted there, however long ago it was answered', async () => {
    const { bot, repositories } = await setUp();
    const message = say('x'.repeat(40_000));
    await talk(bot, message, say('and this'));
    await bot.handleDeletion(message);
    const texts = (await readMessages(repositories)).map(({ text }) => text);
    expect(texts).not.toContain(message.text);
    expect(texts).toContain('and this');
  });

  it('drops a summary that a deleted message went into', async () => {
    const { bot, repositories } = await setUp();
    const message = say('to be forgotten');
    await talk(bot, message);
    const id = conversationIdOf(thread);
    const foldedUntil = messageKeyOf(message);
    await repositories.contexts.saveContext(
      id,
      {
        summary: 'it was said',
        foldedUntil,
        revision: 1,
      },
      Date.now(),
    );
    await bot.handleDeletion(message);
    expect(await repositories.contexts.readContext(id)).toBeUndefined();
  });

  it('answers in a new conversation what is said to the bot while the old one is being deleted', async () => {
    const { bot, repositories, table, platform } = await setUp();
    await talk(bot, say('hello'));
    const old = await readThread(repositories);
    if (!old) throw new Error('the thread is not bound');
    // Its process died before it could delete the rest.
    await markDeleting(table, old.owner);
    const beside = say('aside', { addressed: false, topLevel: false });
    expect(await bot.handleMessage(beside)).toEqual({ kind: 'ignored' });
    await talk(bot, say('are you there?'));
    expect(platform.replies.at(-1)?.views.at(-1)?.text).toBe('heard: are you there?');
    expect((await readMessages(repositories)).map(({ text }) => text)).toEqual([
      'are you there?',
      'heard: are you there?',
    ]);
    expect(await readThread(repositories)).toMatchObject({ deleting: false, waiting: [] });
  });

  it('stops answering a message that is deleted meanwhile', async () => {
    const { script, begun } = gated();
    const { bot, repositories, platform } = await setUp({ script });
    const message = say('never mind');
    await bot.handleMessage(message);
    await begun;
    await bot.handleDeletion(message);
    await bot.idle();
    expect(platform.replies[0]?.views.at(-1)).toMatchObject({ state: 'stopped' });
    const thread = await readThread(repositories);
    expect(thread).toMatchObject({ waiting: [] });
    expect(thread?.claim).toBeUndefined();
    expect((await readMessages(repositories)).map(({ role }) => role)).toEqual(['assistant']);
  });

  it('puts a conversation away whose channel is gone, though its turn runs in another process', async () => {
    const { script, begun } = gated();
    const shared = 'channel-gone';
    const one = await setUp({ script, shared });
    const other = await setUp({ shared });
    await one.bot.handleMessage(say('hello'));
    await begun;
    await other.bot.handleChannelGone({
      ...{ platform: 'terminal', workspaceId: 'w', channelId: 'c' },
    });
    await Promise.all([one.bot.idle(), other.bot.idle()]);
    const state = await readThread(other.repositories);
    expect([state?.claim, state?.waiting]).toEqual([undefined, []]);
    const conversation =
      state && (await other.repositories.conversations.getConversation(state.owner));
    expect(conversation?.status).toBe('archived');
  });

  it('puts a conversation away whose thread is gone, and stops what runs there', async () => {
    const { script, begun } = gated();
    const { bot, repositories } = await setUp({ script });
    await bot.handleMessage(say('hello'));
    await begun;
    await bot.handleThreadGone(thread);
    await bot.idle();
    const state = await readThread(repositories);
    const conversation = state && (await repositories.conversations.getConversation(state.owner));
    expect(conversation?.status).toBe('archived');
  });
});
