/** A user who did everything is deleted: the whole table is read, and nothing of them is in it. */
import { describe, expect, it } from 'vitest';
import type { Author, IncomingMessage } from '../../src/core/message.ts';
import type { ThreadStart } from '../../src/core/start.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { DELETED_AUTHOR } from '../../src/core/user.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { newClaim } from '../db/samples.ts';
import { useAdmin } from './server.ts';

const ZOE: Author = { identity: 'slack:T1:UZOE', name: 'Zoe Quill', standing: 'member' };
const BEN: Author = { identity: 'slack:T1:UBEN', name: 'Ben Okafor', standing: 'member' };
const HEADERS = { origin: 'https://bot.example.com' };
const place = { workspaceId: 'T1', channelId: 'C1', visibility: 'public' } as const;
const threadOf = (threadId: string) => ({ platform: 'slack' as const, ...pick(place), threadId });
const pick = ({ workspaceId, channelId }: typeof place) => ({ workspaceId, channelId });

describe('deleting a user', () => {
  const { setUp, say } = useAdmin();

  const first = { ordinal: 1 };

  async function live() {
    const admin = await setUp();
    const { app, ask, bot, repositories, newUser, platform } = admin;
    Object.assign(platform, { name: 'slack' });
    const boss = await newUser('admin', 'Boss');
    const body = { name: ZOE.name, email: 'zoe@quill.example', identities: [ZOE.identity] };
    const made = await ask(boss, 'POST', '/users', { body });
    const zoe = await repositories.users.getUserById(String(made.body.id));
    if (!zoe) throw new Error('Zoe is missing');
    const act = (command: Parameters<typeof bot.handleAction>[0]['command'], threadId: string) =>
      bot.handleAction({ thread: threadOf(threadId), place, actor: ZOE, command });
    const talk = async (author: Author, text: string, threadId: string) => {
      const message: Partial<IncomingMessage> = { thread: threadOf(threadId), place, author };
      await bot.handleMessage(say(text, message));
      await bot.idle();
    };
    return { ...admin, app, boss, zoe, act, talk };
  }

  it('leaves no id, account, name, address or word of theirs in the table', async () => {
    const { app, ask, bot, repositories, table, boss, zoe, act, talk } = await live();
    await talk(ZOE, 'draft Gulls ate the parquet', 'alone');
    await talk(BEN, 'draft Rows vanish', 'shared');
    await talk(ZOE, 'Gulls did that too', 'shared');
    await talk(BEN, 'draft Columns vanish', 'unspoken');
    await act({ kind: 'approve', target: first }, 'unspoken');
    await act({ kind: 'edit', target: first, changes: { title: 'Rows are lost' } }, 'shared');
    await act({ kind: 'share' }, 'shared');
    const link = await act({ kind: 'sign-in' }, 'shared');
    const path = new URL(/https:\S+/.exec(link.message)?.[0] ?? '').pathname;
    expect((await app.request(path, { method: 'POST', headers: HEADERS })).status).toBe(303);
    await act({ kind: 'sign-in' }, 'shared');
    await act({ kind: 'link' }, 'shared');

    await ask(zoe, 'PUT', '/users/me/settings', { body: { mode: 'ticket' } });
    const key = { kind: 'openai', apiKey: 'sk-a-very-secret-key-1234' };
    await ask(boss, 'PUT', `/users/${zoe.id}/providers/office`, { body: key });
    const seen = await ask(boss, 'GET', `/users/${zoe.id}`);
    const etag = { 'if-match': String(seen.headers.get('etag')) };
    await ask(boss, 'PATCH', `/users/${zoe.id}`, { body: { role: 'member' }, headers: etag });
    await ask(boss, 'GET', `/users/${zoe.id}/export`);
    const people = { people: [ZOE.identity, BEN.identity] };
    await repositories.workspaces.saveSettings('slack', 'T1', { approvers: people });
    const configurers = { configurers: people, mode: 'ticket' } as const;
    await repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', configurers);

    expect((await ask(boss, 'DELETE', `/users/${zoe.id}`)).status).toBe(204);
    await bot.close(0);

    const items = (await scanAll(table)).map((item) => JSON.stringify(item));
    const traces = [zoe.id, 'UZOE', 'Zoe', 'Quill', 'quill.example', 'Gulls', 'parquet'];
    for (const trace of traces) expect(items.filter((item) => item.includes(trace))).toEqual([]);
    // What others did, and what was counted of all, is still there.
    const kept = items.join('\n');
    for (const left of ['Rows are lost', 'Columns vanish', BEN.identity, 'USAGE#slack#T1'])
      expect(kept).toContain(left);
    const settings = await repositories.workspaces.getConfiguration('slack', 'T1');
    expect(settings.settings).toEqual({ approvers: { people: [BEN.identity] } });
    expect(settings.channels.get('C1')).toEqual({
      mode: 'ticket',
      configurers: { people: [BEN.identity] },
    });
    const [ticket] = await repositories.tickets
      .listTickets(conversationIdOf(threadOf('unspoken')))
      .then(({ items: found }) => found);
    expect(ticket).toMatchObject({ status: 'published', approval: { by: DELETED_AUTHOR } });
  });

  it('keeps in the audit what was done, and by whom no more', async () => {
    const { ask, bot, boss, zoe, act, talk } = await live();
    await talk(BEN, 'draft Columns vanish', 'unspoken');
    await act({ kind: 'approve', target: first }, 'unspoken');
    await ask(boss, 'DELETE', `/users/${zoe.id}`);
    await bot.close(0);
    const inChat = await ask(boss, 'GET', '/audit?platform=slack&workspaceId=T1');
    const approved = inChat.body.items.find(
      ({ action }: { action: string }) => action === 'approved',
    );
    expect(approved).toMatchObject({ outcome: 'done', actor: DELETED_AUTHOR.identity });
    const overApi = await ask(boss, 'GET', '/audit?platform=api');
    expect(
      overApi.body.items.map(({ action, subject, actorName }: Record<string, string>) => [
        ...[action, subject, actorName],
      ]),
    ).toEqual([
      ['deleted', DELETED_AUTHOR.name, 'Boss'],
      ['created', DELETED_AUTHOR.name, 'Boss'],
    ]);
  });

  it('signs out the browsers of whoever deletes themself, and says not who it was', async () => {
    const { app, ask, bot, boss, repositories, table } = await live();
    await repositories.sessions.open('secret', boss.id, Date.now() + 60_000);
    expect((await ask(boss, 'DELETE', `/users/${boss.id}`)).status).toBe(204);
    await bot.close(0);
    expect(await repositories.sessions.find('secret')).toBeUndefined();
    expect(JSON.stringify(await scanAll(table))).not.toContain(boss.id);
    expect(app).toBeDefined();
  });

  it('keeps of a start only what tells a redelivery apart, once it has its thread', async () => {
    const { repositories, table } = await setUp();
    const start: ThreadStart = {
      ...{ id: 's1', platform: 'slack', place, author: ZOE, text: 'Gulls ate the parquet' },
      ...{ settings: { mode: 'ticket' }, givenAt: new Date().toISOString() },
    };
    const claim = newClaim();
    expect(await repositories.starts.putStart(start, claim)).toBe(true);
    await repositories.starts.endStart(start, claim);
    expect(JSON.stringify(await scanAll(table))).not.toMatch(/Gulls|Zoe|UZOE/);
    expect(await repositories.starts.putStart(start, newClaim())).toBe(false);
  });
});
