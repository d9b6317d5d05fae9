/** Turns beside one another, and who takes part in them. */
import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { SUMMARY_PROMPT } from '../../src/core/prompt.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, echo, hang, thread, USAGE, useBots } from './bots.ts';

describe('turns', () => {
  const { setUp, say, command, talk, readThread, readMessages } = useBots();

  it('stops the answer that runs, not the one before whose notes are still being made', async () => {
    const folding = Promise.withResolvers<void>();
    const folded = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { bot, repositories, platform } = await setUp({
      async *script(request, signal) {
        if (request.system === SUMMARY_PROMPT) {
          folding.resolve();
          await folded.promise;
          yield { type: 'text', text: 'notes' };
          yield { type: 'end', stopReason: 'end', usage: USAGE };
        } else if (JSON.stringify(request.messages).includes('second question')) {
          yield* hang(signal, begun.resolve);
        } else yield* echo(request);
      },
    });
    await talk(bot, say('the beginning'));
    const conversationId = conversationIdOf(thread);
    await repositories.messages.putMessages(
      Array.from({ length: 300 }, (_, n) => {
        const { id, sentAt, author, text } = say(`said ${n}`);
        return { id, sentAt, author, text, conversationId, role: 'user' as const };
      }),
    );
    await bot.handleMessage(say('first question'));
    await folding.promise;
    await bot.handleMessage(say('second question'));
    await begun.promise;
    expect(await command(bot, { kind: 'stop' })).toMatchObject({ message: 'Stopping.' });
    await vi.waitFor(() =>
      expect(platform.replies.at(-1)?.views.at(-1)).toEqual({ text: 'Stopped.', state: 'stopped' }),
    );
    expect(await command(bot, { kind: 'stop' })).toMatchObject({
      message: 'Nothing is running here.',
    });
    folded.resolve();
    await bot.idle();
  });

  it('answers once the table can be read again, though it could not when the turn began', async () => {
    const shared = 'settings-away';
    const { repositories } = await setUp({ shared });
    const away = new StoreUnavailableError('query', new Error('too busy'));
    const workspaces = Object.assign(Object.create(repositories.workspaces), {
      getConfiguration: vi.fn(() => {
        const isAway = workspaces.getConfiguration.mock.calls.length <= 4;
        return isAway
          ? Promise.reject(away)
          : repositories.workspaces.getConfiguration('terminal', 'w');
      }),
    });
    const { bot, platform } = await setUp({
      shared,
      more: { repositories: { ...repositories, workspaces } },
    });
    await talk(bot, say('hello'));
    expect(workspaces.getConfiguration.mock.calls.length).toBeGreaterThan(4);
    expect(platform.replies).toHaveLength(1);
    expect(platform.replies[0]?.views.at(-1)).toEqual({ text: 'heard: hello', state: 'answered' });
  });

  const person = (name: string) => ({ ...ann, identity: `terminal::${name}`, name });

  it('forgets all that somebody said in a thread once they are deleted, what came before the bot included', async () => {
    const { bot, repositories, platform } = await setUp();
    const bob = person('bob');
    platform.earlier = {
      messages: [say('it was me', { author: bob, addressed: false })],
      omitted: false,
    };
    await talk(bot, say('what happened?'), say('let me explain', { author: bob }));
    const user = await repositories.users.getUserByIdentity(bob.identity);
    await repositories.users.deleteUser(user?.id ?? '');
    const texts = (await readMessages(repositories)).map(({ text, role }) => [role, text]);
    expect(texts).not.toContainEqual(['user', 'it was me']);
    expect(texts).not.toContainEqual(['user', 'let me explain']);
    expect(texts).toContainEqual(['user', 'what happened?']);
  });

  it('answers 120 people who speak for the first time during one turn', async () => {
    const gate = Promise.withResolvers<void>();
    const { bot, repositories } = await setUp({
      async *script(request) {
        await gate.promise;
        yield* echo(request);
      },
    });
    await bot.handleMessage(say('who is here?'));
    const people = Array.from({ length: 120 }, (_, n) => person(`one-of-many-${n}`));
    for (let start = 0; start < people.length; start += 10) {
      const some = people.slice(start, start + 10);
      await Promise.all(some.map((author) => bot.handleMessage(say('me', { author }))));
    }
    gate.resolve();
    await bot.idle();
    expect(await readThread(repositories)).toMatchObject({ waiting: [] });
    const last = await repositories.users.getUserByIdentity(people.at(-1)?.identity ?? '');
    await repositories.users.deleteUser(last?.id ?? '');
    const { items } = await repositories.messages.listMessages(conversationIdOf(thread), {
      limit: 200,
    });
    expect(items.filter(({ text }) => text === 'me')).toHaveLength(119);
  }, 60_000);

  it('shows the end of a reply although the platform is away for a moment just then', async () => {
    const { bot, platform } = await setUp();
    const { openReply } = platform;
    let backAt = Number.POSITIVE_INFINITY;
    platform.openReply = (target) => {
      const reply = openReply(target);
      return {
        async show(view) {
          if (view.state === 'streaming') return reply.show(view);
          backAt = Math.min(backAt, Date.now() + 500);
          if (Date.now() < backAt) throw new Error('ECONNRESET');
          return reply.show(view);
        },
      };
    };
    await talk(bot, say('hello'));
    expect(platform.replies[0]?.views.at(-1)).toEqual({ text: 'heard: hello', state: 'answered' });
  });
});
