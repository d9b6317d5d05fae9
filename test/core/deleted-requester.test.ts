/** Whoever asked for a draft may be deleted before anybody approves it. */
import { describe, expect, it } from 'vitest';
import { scanAll } from '../contracts/repositories/broken.ts';
import { useBots } from './bots.ts';

const ann = { identity: 'terminal:w:ann', name: 'Ann Ashby', standing: 'member' } as const;
const ben = { identity: 'terminal:w:ben', name: 'Ben', standing: 'member' } as const;

describe('a draft whose requester was deleted', () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  it('is filed by others all the same, and brings nobody back', async () => {
    const { bot, repositories, table, issues } = await setUp();
    await talk(bot, say('draft Export hangs', { author: ann }), say('so do I', { author: ben }));
    const owner = await repositories.users.getUserByIdentity(ann.identity);
    await repositories.users.deleteUser(owner?.id ?? '');
    bot.forgetConfiguration();
    const approved = await command(bot, { kind: 'approve', target: { ordinal: 1 } }, ben);
    expect(approved).toMatchObject({ kind: 'done' });
    expect(issues).toHaveLength(1);
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'published' });
    const { items } = await repositories.users.listUsers();
    expect(items.map(({ name }) => name)).toEqual(['Ben']);
    await bot.close(0);
    expect(JSON.stringify(await scanAll(table))).not.toContain('Ashby');
    expect(JSON.stringify(issues)).not.toContain('Ashby');
  });
});
