/** One person with two accounts. */
import { describe, expect, it } from 'vitest';
import { ann, useBots } from './bots.ts';

const alias = { identity: 'terminal::ann-elsewhere', name: 'annie', standing: 'member' } as const;

describe('linking accounts', () => {
  const { setUp, say, talk, command } = useBots();
  type Bot = Awaited<ReturnType<typeof setUp>>['bot'];

  const codeFor = async (bot: Bot) => {
    const { message, secret } = await command(bot, { kind: 'link' });
    expect(secret).toBe(true);
    return /`link ([A-Z0-9]{8})`/.exec(message)?.[1] ?? '';
  };

  it('makes one person of two accounts: what is theirs is listed from both', async () => {
    const { bot } = await setUp();
    await talk(bot, say('from elsewhere', { author: alias }));
    const code = await codeFor(bot);
    const linked = await command(bot, { kind: 'link', code: code.toLowerCase() }, alias as never);
    expect(linked).toMatchObject({ kind: 'done', message: 'You are Ann here too from now on.' });
    const list = (actor: typeof ann) => command(bot, { kind: 'list' }, actor);
    for (const account of [ann, alias as never]) {
      expect((await list(account)).conversations?.items.map(({ title }) => title)).toEqual([
        'from elsewhere',
      ]);
    }
  });

  it('takes a code once, and no other', async () => {
    const { bot } = await setUp();
    const code = await codeFor(bot);
    const give = (what: string) => command(bot, { kind: 'link', code: what }, alias as never);
    expect(await give('AAAAAAAA')).toMatchObject({ kind: 'refused' });
    expect(await give(code)).toMatchObject({ kind: 'done' });
    expect(await give(code)).toMatchObject({ kind: 'refused' });
  });

  it('does not take a code after its time', async () => {
    const { bot, repositories } = await setUp();
    const { id } = await repositories.users.ensureUser(ann);
    await repositories.oneTimes.put('link', 'ABCD1234', id, Date.now() - 1);
    expect(await command(bot, { kind: 'link', code: 'ABCD1234' }, alias as never)).toMatchObject({
      kind: 'refused',
    });
  });

  it('tells the code to nobody else when it is asked for in a thread', async () => {
    const { bot, platform } = await setUp();
    await talk(bot, say('link'));
    expect(platform.secrets).toHaveLength(1);
    expect(platform.notices).toEqual([]);
  });
});
