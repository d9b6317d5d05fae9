/** Whoever is heard in a thread finds it among theirs, and their words go with them: said to the bot or past it. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, thread, useBots } from './bots.ts';

const ben = { identity: 'terminal::ben', name: 'Ben', standing: 'member' } as const;
const robot = { identity: 'terminal::robot', name: 'Robot', standing: 'bot' } as const;
const conversationId = conversationIdOf(thread);

describe('who only speaks past the bot', () => {
  const { setUp, say, talk, readMessages } = useBots();
  type Made = Awaited<ReturnType<typeof setUp>>;

  const past = (text: string, author: typeof ann | typeof ben | typeof robot) =>
    say(text, { author, addressed: false, topLevel: false });

  async function expectTheirs({ repositories }: Made) {
    const { users, conversations } = repositories;
    const user = await users.getUserByIdentity(ben.identity);
    if (!user) throw new Error('nobody knows Ben');
    expect((await conversations.listParticipations(user.id)).items).toEqual([conversationId]);
    await users.deleteUser(user.id);
    const texts = (await readMessages(repositories)).map(({ text }) => text);
    expect(texts).toContain('mine');
    expect(texts).not.toContain('between us');
  }

  it('has a part in the thread', async () => {
    const made = await setUp({ environment: { answer: 'mentions' } });
    await talk(made.bot, say('hello'), past('between us', ben), past('mine', ann));
    await talk(made.bot, past('beep', robot));
    expect(await made.repositories.users.getUserByIdentity(robot.identity)).toBeUndefined();
    await expectTheirs(made);
  });

  it('has a part in it though the bot came later', async () => {
    const made = await setUp();
    const messages = [past('between us', ben), past('mine', ann)];
    made.platform.readThread = async () => ({ messages, omitted: false });
    await talk(made.bot, say('hello', { topLevel: false }));
    await expectTheirs(made);
  });
});
