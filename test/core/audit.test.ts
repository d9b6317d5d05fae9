/** Who did what is kept, for each workspace, newest first, and holds nothing of what was said. */
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { ann, eve, useBots } from './bots.ts';

const WORKSPACE = { platform: 'terminal', workspaceId: 'w' } as const;
const today = () => new Date().toISOString().slice(0, 10);

describe('audit', () => {
  const { setUp, say, talk, command } = useBots();

  const list = async ({ audit }: Repositories) =>
    (await audit.listEntries({ ...WORKSPACE, from: today(), to: today() })).items;

  const entryAt = (at: string, id = 'e'): AuditEntry => ({
    ...WORKSPACE,
    ...{ id, at, actor: ann.identity, action: 'edited', outcome: 'done' },
  });

  it('keeps who drafted, edited, approved, published and changed what', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    const changes = { title: 'Checkout hangs on Safari' };
    await command(bot, { kind: 'edit', target: { ordinal: 1 }, changes });
    await command(bot, { kind: 'approve-all' }, eve);
    await command(bot, { kind: 'approve-all' });
    await command(bot, { kind: 'configure', scope: 'user', changes: { language: 'French' } });
    await command(bot, { kind: 'list' });
    await bot.close(0);
    const entries = (await list(repositories)).reverse();
    const short = entries.map((e) => [e.actor, e.action, e.outcome, e.subject]);
    expect(short.sort()).toEqual(
      [
        [ann.identity, 'drafted', 'done', undefined],
        [ann.identity, 'edited', 'done', 'title'],
        [eve.identity, 'approved', 'refused', undefined],
        [ann.identity, 'approved', 'done', undefined],
        [ann.identity, 'published', 'done', 'local:issues#1'],
        [ann.identity, 'configured', 'done', 'user: language'],
      ].sort(),
    );
    expect(JSON.stringify(entries)).not.toMatch(/Checkout|French|Ann|Eve/);
    expect(entries[0]).toMatchObject({ ...WORKSPACE, channelId: 'c' });
  });

  it('is written when the table answers again', async () => {
    const { bot, repositories } = await setUp();
    const { addEntries } = repositories.audit;
    let refusals = 0;
    repositories.audit.addEntries = (...given) => {
      refusals += 1;
      if (refusals > 1) return addEntries(...given);
      return Promise.reject(new StoreUnavailableError('put', new Error('away')));
    };
    await talk(bot, say('draft Checkout hangs'));
    await bot.close(0);
    expect(await list(repositories)).toEqual([]);
    await bot.close(0);
    expect(await list(repositories)).toHaveLength(1);
  });

  it('is read day by day, newest first, page by page, and forgotten when its time is over', async () => {
    const { audit } = (await setUp()).repositories;
    const days = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-03'];
    const at = days.flatMap((day) => [`${day}T08:00:00.000Z`, `${day}T09:00:00.000Z`]);
    const since = Date.now() - 3 * 86_400_000;
    const moved = at.map((time) =>
      new Date(since - Date.parse(at[7] ?? '') + Date.parse(time)).toISOString(),
    );
    await audit.addEntries(
      moved.map((time) => entryAt(time)),
      365,
    );
    const longAgo = new Date(Date.now() - 366 * 86_400_000).toISOString();
    await audit.addEntries([entryAt(longAgo)], 365);
    const query = { ...WORKSPACE, from: longAgo.slice(0, 10), to: today() };
    const read: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.listEntries(query, { limit: 3, ...(cursor && { cursor }) });
      read.push(...page.items.map((entry) => entry.at));
      cursor = page.cursor;
    } while (cursor);
    expect(read).toEqual([...moved].reverse());
    const other = { ...query, workspaceId: 'other' };
    expect((await audit.listEntries({ ...other, from: today() })).items).toEqual([]);
  });

  it('skips nothing that lives on behind what was kept for a shorter time', async () => {
    const { audit } = (await setUp()).repositories;
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const at = (hour: string) => entryAt(`${day}T${hour}:00:00.000Z`);
    await audit.addEntries([at('01'), at('02'), at('03'), at('08')], undefined);
    await audit.addEntries([at('04'), at('05'), at('06'), at('07')], 1);
    const read: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { ...WORKSPACE, from: day, to: today() };
      const page = await audit.listEntries(query, { limit: 2, ...(cursor && { cursor }) });
      read.push(...page.items.map((entry) => entry.at.slice(11, 13)));
      cursor = page.cursor;
    } while (cursor);
    expect(read).toEqual(['08', '03', '02', '01']);
  });
});
