/** The bot through its own front door. */
import { describe, expect, it } from 'vitest';
import { readPrompt, SUMMARY_PROMPT } from '../../src/core/prompt.ts';
import type { ProviderRequest } from '../../src/core/provider.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, echo, eve, hang, thread, USAGE, useBots } from './bots.ts';

describe('bot', () => {
  const { setUp, say, command, talk, readThread, readMessages } = useBots();

  it('answers a message, stores both, and lets go of the claim', async () => {
    const { bot, repositories, platform } = await setUp();
    await talk(bot, say('hello'));
    expect(platform.replies).toHaveLength(1);
    expect(platform.replies[0]?.views.at(-1)).toEqual({ text: 'heard: hello', state: 'answered' });
    const [question, answer] = await readMessages(repositories);
    expect(question).toMatchObject({ role: 'user', text: 'hello' });
    expect(answer).toMatchObject({ role: 'assistant', text: 'heard: hello' });
    expect(answer?.answer?.covers).toEqual([`${question?.sentAt}#${question?.id}`]);
    expect(await readThread(repositories)).toMatchObject({ waiting: [] });
    expect((await readThread(repositories))?.claim).toBeUndefined();
  });

  it('ignores a top-level message that does not speak to it, without asking the table', async () => {
    const { bot, repositories } = await setUp();
    const message = say('lunch?', { addressed: false, topLevel: true });
    expect(await bot.handleMessage(message)).toEqual({ kind: 'ignored' });
    expect(await readThread(repositories)).toBeUndefined();
  });

  it('does not enter a thread it was never called into', async () => {
    const { bot, platform } = await setUp();
    const handled = await bot.handleMessage(say('just us', { addressed: false }));
    expect(handled).toEqual({ kind: 'ignored' });
    expect(platform.replies).toEqual([]);
  });

  it('makes one message and one turn of an event delivered five times at once', async () => {
    const { bot, repositories, platform } = await setUp();
    const message = say('again and again');
    await Promise.all(Array.from({ length: 5 }, () => bot.handleMessage(message)));
    await bot.idle();
    await talk(bot, message);
    expect(platform.replies).toHaveLength(1);
    expect(await readMessages(repositories)).toHaveLength(2);
  });

  it('answers what comes during a turn in a turn of its own', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { bot, repositories, platform } = await setUp({
      async *script(request) {
        begun.resolve();
        await gate.promise;
        yield* echo(request);
      },
    });
    await bot.handleMessage(say('first'));
    await begun.promise;
    await bot.handleMessage(say('second'));
    await bot.handleMessage(say('third'));
    gate.resolve();
    await bot.idle();
    expect(platform.replies.map(({ views }) => views.at(-1)?.text)).toEqual([
      'heard: first',
      'heard: first | second | third',
    ]);
    const covered = (await readMessages(repositories)).flatMap((m) => m.answer?.covers ?? []);
    expect(new Set(covered).size).toBe(3);
    expect(covered).toHaveLength(3);
  });

  it('stores but does not answer what is not for it where only mentions are answered', async () => {
    const { bot, repositories, platform, requests } = await setUp({
      environment: { answer: 'mentions' },
    });
    await talk(bot, say('one'), say('aside', { addressed: false }), say('two'));
    expect(platform.replies).toHaveLength(2);
    expect(await readMessages(repositories)).toHaveLength(5);
    const shown = readPrompt(requests.at(-1)?.messages ?? []).messages.map(({ text }) => text);
    expect(shown).toEqual(['one', 'heard: one', 'aside', 'two']);
  });

  it('reads what was said in the thread before it was called', async () => {
    const { bot, platform, requests } = await setUp();
    platform.earlier = { messages: [say('it began in May', { addressed: false })], omitted: true };
    await talk(bot, say('what happened?'));
    const { messages, state } = readPrompt(requests[0]?.messages ?? []);
    expect(messages.map(({ text }) => text)).toEqual(['it began in May', 'what happened?']);
    expect(state?.earlierMessagesOmitted).toBe(true);
  });

  it('folds what falls out of the window once, and says once that the window was passed', async () => {
    const folds: ProviderRequest[] = [];
    const { bot, repositories, platform, requests } = await setUp({
      async *script(request) {
        if (request.system === SUMMARY_PROMPT) {
          folds.push(request);
          yield { type: 'text', text: `notes ${folds.length}` };
          yield { type: 'end', stopReason: 'end', usage: USAGE };
        } else yield* echo(request);
      },
    });
    await talk(bot, say('the beginning'));
    const conversationId = conversationIdOf(thread);
    const long = Array.from({ length: 300 }, (_, n) => ({ ...say(`said ${n}`), conversationId }));
    await repositories.messages.putMessages(
      long.map(({ id, sentAt, author, text }) => ({
        ...{ id, sentAt, author, text, conversationId },
        role: 'user',
      })),
    );
    await talk(bot, say('first question'));
    const textOf = (request: ProviderRequest | undefined) => JSON.stringify(request?.messages);
    expect(textOf(folds[0])).toContain('the beginning');
    expect(textOf(folds[0])).not.toContain('first question');
    expect(folds).toHaveLength(1);
    await talk(bot, say('second question'));
    expect(folds).toHaveLength(1);
    const asked = requests.filter(({ system }) => system !== SUMMARY_PROMPT);
    expect(textOf(asked.at(-1))).toContain('<summary>\\nnotes 1\\n</summary>');
    const told = platform.replies.map(({ views }) =>
      /longer than I can/.test(views.at(-1)?.text ?? ''),
    );
    expect(told).toEqual([false, true, false]);
  });

  it('keeps known shapes of secrets out of the table and the prompt', async () => {
    const { bot, repositories, requests } = await setUp();
    const key = `ghp_${'a1B2'.repeat(9)}`;
    await talk(bot, say(`the token is ${key}`));
    expect(JSON.stringify(await readMessages(repositories))).not.toContain(key);
    expect(JSON.stringify(requests)).not.toContain(key);
  });

  it('refuses a message over the limit in a sentence, and stores nothing', async () => {
    const { bot, repositories } = await setUp();
    await expect(bot.handleMessage(say('x'.repeat(262_145)))).rejects.toThrow(/too long.*256 KB/);
    expect(await readThread(repositories)).toBeUndefined();
  });

  it('stops when told to, keeps what was said, and says so', async () => {
    const begun = Promise.withResolvers<void>();
    const { bot, repositories, platform } = await setUp({
      async *script(_request, signal) {
        yield { type: 'text', text: 'I was going to' };
        begun.resolve();
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    await bot.handleMessage(say('talk'));
    await begun.promise;
    expect(await command(bot, { kind: 'stop' })).toMatchObject({ kind: 'done' });
    await bot.idle();
    const expected = { text: 'I was going to\n\nStopped.', state: 'stopped' };
    expect(platform.replies[0]?.views.at(-1)).toEqual(expected);
    expect((await readThread(repositories))?.waiting).toEqual([]);
  });

  it('stops a turn that runs in another process', async () => {
    const begun = Promise.withResolvers<void>();
    const shared = 'stopped-from-elsewhere';
    const one = await setUp({
      shared,
      script: (_request, signal) => hang(signal, begun.resolve),
    });
    const other = await setUp({ shared });
    await one.bot.handleMessage(say('talk'));
    await begun.promise;
    await command(other.bot, { kind: 'stop' });
    await Promise.all([one.bot.idle(), other.bot.idle()]);
    expect(other.platform.replies[0]?.views.at(-1)).toEqual({ text: 'Stopped.', state: 'stopped' });
    expect(one.platform.replies).toEqual([]);
    const replies = (await readMessages(other.repositories)).filter((m) => m.answer);
    expect(replies.map((m) => m.answer?.outcome)).toEqual(['stopped']);
  });

  it('tells the person in one sentence when the model fails, and offers a retry', async () => {
    const { bot, platform, repositories } = await setUp({
      // biome-ignore lint/correctness/useYield: it fails before it says anything
      async *script() {
        throw new Error('boom: secret detail');
      },
    });
    await talk(bot, say('hello'));
    const last = platform.replies[0]?.views.at(-1);
    expect(last).toMatchObject({ state: 'failed', retry: true });
    expect(last?.text).toBe('Something went wrong on my side. (reference ref-1)');
    expect((await readThread(repositories))?.waiting).toEqual([]);
  });

  it('takes over what a dead process left, and answers it once', async () => {
    const shared = 'left-behind';
    const begun = Promise.withResolvers<void>();
    const one = await setUp({
      shared,
      script: (_request, signal) => hang(signal, begun.resolve),
    });
    const other = await setUp({ shared });
    await one.bot.handleMessage(say('anybody?'));
    await begun.promise;
    await one.bot.close(0);
    expect(await other.bot.resumePending()).toBe(1);
    await other.bot.idle();
    expect(one.platform.replies).toEqual([]);
    expect(other.platform.replies[0]?.views.at(-1)?.text).toBe('heard: anybody?');
    expect(await other.bot.resumePending()).toBe(0);
  });

  it('knows its reply from those of earlier turns, in whichever process', async () => {
    const shared = 'one-after-another';
    const one = await setUp({ shared });
    await talk(one.bot, say('first'));
    const other = await setUp({ shared });
    await talk(other.bot, say('second'));
    const [earlier] = one.platform.replies;
    expect(earlier?.others).toEqual([]);
    expect(other.platform.replies[0]?.others).toEqual([earlier?.id]);
  });

  it('gives a poisonous message up after the third start, with a retry', async () => {
    const { bot, repositories, platform } = await setUp({ shared: 'poison' });
    await talk(bot, say('hello'));
    const message = say('poison');
    const dead = {
      token: 'dead',
      turnId: 'poisoned',
      attempt: 3,
      claimedAt: Date.now() - 60_000,
      expiresAt: Date.now() - 1_000,
    };
    const { conversationId } = (await readThread(repositories)) ?? { conversationId: '' };
    const stored = { ...message, conversationId, role: 'user' as const };
    expect(await repositories.threads.open({ message: stored, claim: dead })).toEqual({
      kind: 'opened',
    });
    await bot.resumePending();
    await bot.idle();
    expect(platform.replies.at(-1)?.views.at(-1)).toMatchObject({ state: 'failed', retry: true });
    const last = (await readMessages(repositories)).at(-1);
    expect(last?.answer).toMatchObject({ outcome: 'gave-up', turnId: 'poisoned' });
  });

  it('lists and deletes conversations of their owner only', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('hello'));
    const listed = await command(bot, { kind: 'list' });
    expect(listed.conversations?.items.map(({ title }) => title)).toEqual(['hello']);
    expect((await command(bot, { kind: 'delete' }, eve)).kind).toBe('refused');
    expect((await command(bot, { kind: 'delete' })).kind).toBe('done');
    expect(await readThread(repositories)).toBeUndefined();
    expect((await command(bot, { kind: 'list' })).conversations?.items).toEqual([]);
  });

  it('says where the rest of a long list is, and shows it', async () => {
    const { bot, repositories, platform } = await setUp();
    const { id } = await repositories.users.ensureUser(ann);
    const begun = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    for (let n = 1; n <= 45; n += 1) {
      const at = { ...thread, threadId: `t${n}` };
      await bot.handleMessage(say(`wish ${n}`, { thread: at, sentAt: begun(n) }));
    }
    await bot.idle();
    expect((await repositories.conversations.listConversations(id)).items).toHaveLength(45);
    for (const words of ['list', 'list 2', 'list 3', 'list 4']) await talk(bot, say(words));
    const [first = '', second = '', third = '', fourth] = platform.secrets;
    expect(first).toMatch(/^Your conversations, newest first \(`list 2` shows more\):\n- wish 45 /);
    expect(second).toMatch(
      /^More of your .*\(`list 3` shows more\):\n- wish 25 [\s\S]*- wish 6 \S+$/,
    );
    expect(third).toMatch(/^More of your conversations:\n- wish 5 [\s\S]*- wish 1 \S+$/);
    expect(fourth).toBe('You have no more conversations than that.');
  });

  it('runs a typed command instead of a turn, and answers in the thread', async () => {
    const { bot, platform, requests } = await setUp();
    expect(await bot.handleMessage(say('help'))).toMatchObject({ kind: 'command' });
    expect(platform.notices[0]).toContain('approve 2');
    expect(requests).toEqual([]);
  });

  it('shows what was asked for by typing: conversations to that person alone, and open drafts', async () => {
    const { bot, platform } = await setUp();
    platform.linkTo = ({ threadId }) => `https://chat.example.com/${threadId}`;
    await talk(bot, say('draft Export hangs'), say('list'), say('drafts'));
    expect(platform.secrets).toEqual([
      'Your conversations, newest first:\n- draft Export hangs ([terminal](https://chat.example.com/t))',
    ]);
    expect(platform.notices).toEqual(['Open drafts:\n- 1: Export hangs (bug, high)']);
  });

  it('answers although the tracker does not say which labels and templates there are', async () => {
    const silence = () => new Promise<never>(() => undefined);
    const { bot, platform } = await setUp({
      tracker: { listLabels: silence, listTemplates: silence },
    });
    await talk(bot, say('hello'));
    expect(platform.replies[0]?.views.at(-1)?.text).toBe('heard: hello');
  });

  it('answers in a thread whose earlier messages it may not read, and says that something is missing', async () => {
    const { bot, repositories, platform } = await setUp();
    platform.readThread = () => Promise.reject(new Error('missing_scope'));
    await talk(bot, say('what do you think?'));
    const { text = '' } = platform.replies[0]?.views.at(-1) ?? {};
    expect(text).toContain('heard: what do you think?');
    expect(text).toContain('could not read what was said here before');
    expect((await readThread(repositories))?.claim).toBeUndefined();
  });
});
