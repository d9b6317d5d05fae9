/** While processes are restarted one by one, this version meets what a later one stored. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { batchWrite, type Item } from '../../src/db/requests.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { thread, useBots } from '../core/bots.ts';

const ann = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;

describe('items with attributes that this version does not know', () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  it('are read as if there were none: a conversation begun before goes on to its issue', async () => {
    const shared = 'later-version';
    const { bot: before, repositories, table } = await setUp({ shared });
    const { users, conversations, messages, audit, workspaces, trackerConfigs } = repositories;
    await talk(before, say('draft Export hangs', { author: ann }));
    const user = await users.getUserByIdentity(ann.identity);
    if (!user) throw new Error('nobody owns the conversation');
    const owner = { userId: user.id };
    await users.saveSettings(user.id, { language: 'Deutsch' });
    await workspaces.saveSettings('terminal', 'w', { issueNotice: false });
    await repositories.limits.change(() => ({ retentionDays: 30 }));
    await trackerConfigs.saveTrackerConfig(owner, { name: 'code', kind: 'github' });
    await command(before, { kind: 'share' }, ann);
    await before.close(0);
    const later = (item: Item) => ({
      ...item,
      later: { of: 'a version to come' },
      ...(item.settings !== undefined && { settings: { ...(item.settings as object), later: 1 } }),
    });
    const items = (await scanAll(table)) as (Item & { PK: string; SK: string })[];
    expect(items.length).toBeGreaterThan(12);
    await batchWrite(
      table,
      items.map((item) => ({ put: { ...later(item), PK: item.PK, SK: item.SK } })),
    );

    const { bot, issues } = await setUp({ shared });
    await talk(bot, say('draft Import hangs', { author: ann }));
    await command(bot, { kind: 'configure', scope: 'user', changes: { mode: 'ticket' } }, ann);
    expect(await users.getSettings(user.id)).toEqual({ language: 'Deutsch', mode: 'ticket' });
    expect(await command(bot, { kind: 'approve-all' }, ann)).toMatchObject({ kind: 'done' });
    expect(issues).toHaveLength(2);
    expect((await readTickets(repositories)).map(({ status }) => status)).toEqual([
      ...['published', 'published'],
    ]);
    expect(await trackerConfigs.listTrackerConfigs(owner)).toMatchObject([{ name: 'code' }]);
    expect(await repositories.limits.get()).toEqual({ retentionDays: 30 });
    expect((await messages.listMessages(conversationIdOf(thread))).items).toHaveLength(4);
    expect((await conversations.listConversations(user.id)).items).toHaveLength(1);
    const today = new Date().toISOString().slice(0, 10);
    const days = { from: today, to: today };
    const kept = await audit.listEntries({ platform: 'terminal', workspaceId: 'w', ...days });
    expect(kept.items.length).toBeGreaterThan(1);
    await users.deleteUser(user.id);
    expect((await users.listUsers()).items).toEqual([]);
  });
});
