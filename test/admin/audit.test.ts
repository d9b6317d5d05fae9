/** Whoever changes something over the API leaves one entry: who, what, about what, and nothing of its content. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { DELETED_AUTHOR } from '../../src/core/user.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { place, thread } from '../core/bots.ts';
import { useAdmin } from './server.ts';

const ann = { identity: 'terminal:w:ann', name: 'Ann Ashby', standing: 'member' } as const;
const SECRETS = ['sk-a-very-secret-key', 'ghp_a-very-secret-token', 'Very private words', 'Ashby'];
const IN_THREAD = { platform: 'terminal', workspaceId: 'w', channelId: 'c' };
const NOWHERE = { platform: 'api', workspaceId: '' };

interface Row {
  action: string;
  subject?: string;
}

/** What is asked, in this order, and what it leaves. */
interface Case {
  route: string;
  path: string;
  body?: object;
  headers?: Record<string, string>;
  leaves: Row[];
  where?: object;
}

describe('the audit of the API', () => {
  const { setUp, say, talk, command, readTickets } = useAdmin();
  type Admin = Awaited<ReturnType<typeof setUp>>;

  async function readEntries({ bot, table }: Admin) {
    await bot.close(0);
    const items = await scanAll(table);
    return items.filter(({ PK }) => String(PK).startsWith('AUDIT#'));
  }

  /** `METHOD /path` of every route, with what the document says of its entries. */
  async function readRoutes({ app }: Admin) {
    const document = (await (await app.request('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-audit'?: string[] | string }>>;
    };
    return Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({
        route: `${method.toUpperCase()} ${path}`,
        writes: method !== 'get',
        audit: route['x-audit'],
      })),
    );
  }

  async function prepare() {
    const admin = await setUp();
    const boss = await admin.newUser('admin', 'Boss');
    await talk(admin.bot, say('draft Very private words', { author: ann }));
    await talk(admin.bot, say('draft Very private words again', { author: ann }));
    await talk(admin.bot, say('draft Very private words at last', { author: ann }));
    const owner = await admin.repositories.users.getUserByIdentity(ann.identity);
    if (!owner) throw new Error('nobody owns the conversation');
    return { ...admin, boss, owner };
  }

  function casesFor(userId: string, tickets: { id: string }[]): Case[] {
    const [user, workspace] = [`/users/${userId}`, '/workspaces/slack/T1'];
    const conversation = `/conversations/${conversationIdOf(thread)}`;
    const ticket = (n: number) => `${conversation}/tickets/${tickets[n]?.id}`;
    const inThread = { ...IN_THREAD, conversationId: conversationIdOf(thread) };
    const seen = (revision: number) => ({ headers: { 'if-match': `"${revision}"` } });
    const atT1 = { platform: 'slack', workspaceId: 'T1' };
    const atC1 = { ...atT1, channelId: 'C1' };
    const own = '/users/{userId}';
    const at = '/workspaces/{platform}/{workspaceId}';
    const channel = `${workspace}/channels/C1/settings`;
    const ofChannel = `${at}/channels/{channelId}/settings`;
    const one = '/conversations/{conversationId}';
    const filed = '/conversations/{conversationId}/tickets/{ticketId}';
    const connection = (prefix: string, base: string, whose: string, where: object) =>
      (
        [
          ['provider', { kind: 'openai', apiKey: 'sk-a-very-secret-key' }],
          ['tracker', { kind: 'github', token: 'ghp_a-very-secret-token' }],
        ] as const
      ).flatMap(([sort, body]): Case[] => {
        const path = `${base}/${sort}s/office`;
        const route = `${prefix}/${sort}s/{name}`;
        const about = `${whose}${sort} office`;
        const change = { kind: body.kind };
        return [
          ...[{ route: `PUT ${route}`, path, body, where, leaves: [row('connected', about)] }],
          {
            ...{ route: `PATCH ${route}`, path, body: change, ...seen(1), where },
            leaves: [row('configured', `${about}: kind`)],
          },
          { route: `POST ${route}/test`, path: `${path}/test`, leaves: [] },
          { route: `DELETE ${route}`, path, where, leaves: [row('disconnected', about)] },
        ];
      });
    return [
      {
        ...{ route: 'POST /users', path: '/users', body: { name: 'Ben Ashby' } },
        leaves: [row('created', expect.stringMatching(/^user [\w-]{36}$/))],
      },
      {
        ...{ route: `PATCH ${own}`, path: user, ...seen(1) },
        body: { name: 'Ann B. Ashby', role: 'viewer', status: 'deactivated' },
        leaves: [row('changed', `user ${userId}: name, role viewer, status deactivated`)],
      },
      {
        route: `PUT ${own}/identities/{identity}`,
        path: `${user}/identities/slack:T1:U9`,
        leaves: [row('linked', `user ${userId}: slack:T1:U9`)],
      },
      {
        route: `DELETE ${own}/identities/{identity}`,
        path: `${user}/identities/slack:T1:U9`,
        leaves: [row('unlinked', `user ${userId}: slack:T1:U9`)],
      },
      {
        ...{ route: `PUT ${own}/settings`, path: `${user}/settings` },
        body: { language: 'Very private words' },
        leaves: [row('configured', `user ${userId}: language`)],
      },
      {
        ...{ route: `PATCH ${own}/settings`, path: `${user}/settings` },
        body: { mode: 'assistant', language: null },
        leaves: [row('configured', `user ${userId}: language, mode`)],
      },
      ...(['PUT', 'PATCH'] as const).flatMap((method, n): Case[] => {
        const body = { spendCapDaily: n + 1 };
        const subject = 'spendCapDaily';
        return [
          {
            ...{ route: `${method} ${at}/settings`, path: `${workspace}/settings`, body },
            ...{ where: atT1, leaves: [row('configured', `workspace: ${subject}`)] },
          },
          {
            ...{ route: `${method} ${ofChannel}`, path: channel, body },
            ...{ where: atC1, leaves: [row('configured', `channel: ${subject}`)] },
          },
        ];
      }),
      {
        ...{ route: 'PUT /caps', path: '/caps', body: { spendCapDaily: 5, spendCapMonthly: 50 } },
        leaves: [row('configured', 'deployment: spendCapDaily, spendCapMonthly')],
      },
      {
        ...{ route: 'PUT /retention', path: '/retention', body: { retentionDays: 30 } },
        leaves: [row('configured', 'deployment: retentionDays')],
      },
      ...connection(own, user, `user ${userId}: `, {}),
      ...connection(at, workspace, '', atT1),
      {
        ...{ route: `PATCH ${filed}`, path: ticket(0), ...seen(1), where: inThread },
        body: { title: 'Very private words indeed' },
        leaves: [row('edited', 'title')],
      },
      {
        ...{ route: `POST ${filed}/approve`, path: `${ticket(0)}/approve`, ...seen(2) },
        ...{ body: {}, where: inThread },
        leaves: [row('approved'), row('published', 'local:issues#1')],
      },
      {
        ...{ route: `POST ${filed}/add-to`, path: `${ticket(1)}/add-to`, ...seen(1) },
        ...{ body: { issue: '1' }, where: inThread, leaves: [row('commented')] },
      },
      {
        ...{ route: `PATCH ${filed}`, path: ticket(2), ...seen(1), where: inThread },
        ...{ body: { labels: ['ux'] }, leaves: [row('edited', 'labels')] },
      },
      {
        ...{ route: `POST ${filed}/create-name`, path: `${ticket(2)}/create-name`, ...seen(2) },
        ...{ body: { field: 'labels', name: 'ux' }, where: inThread },
        leaves: [row('created', 'label: ux')],
      },
      {
        ...{ route: `POST ${filed}/discard`, path: `${ticket(2)}/discard`, ...seen(2) },
        ...{ where: inThread, leaves: [row('discarded')] },
      },
      {
        ...{ route: `PATCH ${one}`, path: conversation, body: { title: 'Very private words' } },
        ...{ where: inThread, leaves: [row('renamed')] },
      },
      {
        ...{ route: `PATCH ${one}`, path: conversation, body: { status: 'archived' } },
        ...{ where: inThread, leaves: [row('archived')] },
      },
      {
        ...{ route: `PATCH ${one}`, path: conversation, body: { status: 'active' } },
        ...{ where: inThread, leaves: [row('restored')] },
      },
      {
        ...{ route: `PUT ${one}/share`, path: `${conversation}/share`, where: inThread },
        leaves: [row('shared')],
      },
      {
        ...{ route: `DELETE ${one}/share`, path: `${conversation}/share`, where: inThread },
        leaves: [row('unshared')],
      },
      {
        ...{ route: `GET ${own}/export`, path: `${user}/export` },
        leaves: [row('exported', `user ${userId}`)],
      },
      {
        ...{ route: `DELETE ${one}`, path: conversation, where: inThread },
        leaves: [row('deleted')],
      },
      {
        ...{ route: `DELETE ${own}`, path: user },
        leaves: [row('deleted', DELETED_AUTHOR.name)],
      },
    ];
  }

  it('has one entry for each change, on every route that changes something, or says why none', async () => {
    const admin = await prepare();
    const { boss, owner, ask, repositories } = admin;
    const cases = casesFor(owner.id, await readTickets(repositories));
    const kept = new Set((await readEntries(admin)).map(({ SK }) => SK));
    const left = new Map<string, Set<string>>();
    for (const { route, path, body, headers = {}, leaves, where = {} } of cases) {
      const method = route.split(' ')[0] ?? '';
      const { status, text } = await ask(boss, method, path, { headers, ...(body && { body }) });
      expect([route, status < 300 || text]).toEqual([route, true]);
      const entries = (await readEntries(admin)).filter(({ SK }) => !kept.has(SK));
      for (const { SK } of entries) kept.add(SK);
      const actor = `api::${boss.id}`;
      const expected = leaves.map((one) => ({ ...NOWHERE, ...where, actor, ...one }));
      expect([route, entries]).toEqual([
        route,
        expect.arrayContaining(expected.map((one) => expect.objectContaining(one))),
      ]);
      expect([route, entries.length]).toEqual([route, leaves.length]);
      left.set(route, (left.get(route) ?? new Set()).union(new Set(leaves.map((l) => l.action))));
    }
    const routes = (await readRoutes(admin)).filter(({ writes, audit }) => writes || audit);
    expect([...left.keys()].sort()).toEqual(routes.map(({ route }) => route).sort());
    for (const { route, audit } of routes) {
      const said = typeof audit === 'string' ? [] : audit;
      if (typeof audit === 'string') expect(audit).toMatch(/\.$/);
      // A PUT that finds the connection there changes it, as PATCH does.
      const shown = [...(left.get(route) ?? [])];
      const also = said?.includes('connected') ? ['configured'] : [];
      expect([route, [...shown, ...also].sort()]).toEqual([route, [...(said ?? [])].sort()]);
    }
    const stored = JSON.stringify(await readEntries(admin));
    for (const secret of SECRETS) expect(stored).not.toContain(secret);
  });

  it('has none for what changed nothing, or was refused', async () => {
    const admin = await prepare();
    const { boss, owner, ask, newUser } = admin;
    const viewer = await newUser('viewer');
    const before = await readEntries(admin);
    const user = `/users/${owner.id}`;
    const conversation = `/conversations/${conversationIdOf(thread)}`;
    for (const [method, path, body] of [
      ['PUT', `${user}/identities/${ann.identity}`],
      ['DELETE', `${user}/identities/slack:T1:nobody`],
      ['PATCH', `${user}/settings`, {}],
      ['PUT', `${user}/settings`, {}],
      ['DELETE', `${user}/providers/none`],
      ['PATCH', conversation, { status: 'active' }],
      ['DELETE', '/users/nobody'],
    ] as const) {
      const { status } = await ask(boss, method, path, body && { body });
      expect([method, path, status < 300]).toEqual([method, path, true]);
    }
    expect((await ask(viewer, 'DELETE', user)).status).toBe(403);
    expect((await ask(viewer, 'PATCH', conversation, { body: { title: 'x' } })).status).toBe(403);
    const stale = { body: { role: 'admin' }, headers: { 'if-match': '"9"' } };
    expect((await ask(boss, 'PATCH', user, stale)).status).toBe(412);
    expect(await readEntries(admin)).toHaveLength(before.length);
  });

  it('is the same as for the same change made in the chat', async () => {
    const rows: Record<string, unknown>[][] = [];
    const inChat = async ({ bot }: Admin) => {
      const commands: Command[] = [
        { kind: 'configure', scope: 'user', changes: { language: 'French' } },
        { kind: 'edit', target: { ordinal: 1 }, changes: { title: 'Export hangs' } },
        { kind: 'discard', target: { ordinal: 2 } },
        { kind: 'share' },
        { kind: 'unshare' },
        { kind: 'archive' },
        { kind: 'delete' },
      ];
      for (const one of commands) await command(bot, one, ann);
    };
    const overApi = async ({ ask, repositories }: Admin) => {
      const user = await repositories.users.getUserByIdentity(ann.identity);
      const [first, second] = await readTickets(repositories);
      const conversation = `/conversations/${conversationIdOf(thread)}`;
      const headers = { 'if-match': '"1"' };
      for (const [method, path, body] of [
        ['PATCH', '/users/me/settings', { language: 'French' }],
        ['PATCH', `${conversation}/tickets/${first?.id}`, { title: 'Export hangs' }],
        ['POST', `${conversation}/tickets/${second?.id}/discard`],
        ['PUT', `${conversation}/share`],
        ['DELETE', `${conversation}/share`],
        ['PATCH', conversation, { status: 'archived' }],
        ['DELETE', conversation],
      ] as const) {
        const isTicket = path.includes('/tickets/');
        const more = { ...(body && { body }), ...(isTicket && { headers }) };
        expect((await ask(user, method, path, more)).status).toBeLessThan(300);
      }
    };
    for (const change of [inChat, overApi]) {
      const admin = await prepare();
      const known = new Set((await readEntries(admin)).map(({ SK }) => SK));
      await change(admin);
      const entries = (await readEntries(admin)).filter(({ SK }) => !known.has(SK));
      rows.push(
        entries
          .map(({ action, subject, outcome, conversationId }) => ({
            ...{ action, subject, outcome },
            // One's own settings belong to no thread, wherever they were changed.
            ...(action !== 'configured' && { conversationId }),
          }))
          .sort((a, b) => (String(a.action) < String(b.action) ? -1 : 1)),
      );
    }
    expect(rows[0]).toHaveLength(7);
    expect(rows[1]).toEqual(rows[0]);
  });

  it('names people as they are called now, and nobody who was deleted', async () => {
    const admin = await prepare();
    const { boss, owner, ask, bot, repositories, table } = admin;
    await bot.close(0);
    const list = async (platform: string, workspaceId: string) =>
      (await ask(boss, 'GET', `/audit?platform=${platform}&workspaceId=${workspaceId}`)).body.items;
    expect(await list('terminal', 'w')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ actor: ann.identity, actorName: 'Ann Ashby', action: 'drafted' }),
      ]),
    );
    await repositories.users.updateUser(owner, { name: 'Ann Bly' });
    expect((await list('terminal', 'w'))[0]).toMatchObject({ actorName: 'Ann Bly' });
    await ask(boss, 'DELETE', `/users/${owner.id}`);
    await bot.close(0);
    for (const entry of await list('terminal', 'w')) expect(entry).not.toHaveProperty('actorName');
    expect(await list('api', '')).toMatchObject([
      { action: 'deleted', actorName: 'Boss', subject: DELETED_AUTHOR.name },
    ]);
    expect(JSON.stringify(await scanAll(table))).not.toMatch(/Ashby|Ann Bly/);
  });

  it('tells who asked for a link to the console and who used it', async () => {
    const admin = await setUp();
    const { app, bot } = admin;
    const { message } = await command(bot, { kind: 'sign-in' }, ann);
    const path = new URL(/https:\S+/.exec(message)?.[0] ?? '').pathname;
    const headers = { origin: 'https://bot.example.com' };
    for (const status of [303, 403]) {
      expect((await app.request(path, { method: 'POST', headers })).status).toBe(status);
    }
    await command(bot, { kind: 'link' }, ann);
    const entries = await readEntries(admin);
    expect(entries.map(({ platform, action }) => [platform, action]).sort()).toEqual([
      ['api', 'signed-in'],
      [thread.platform, 'asked-to-sign-in'],
    ]);
    expect(place.workspaceId).toBe('w');
  });
});

function row(action: string, subject?: string): Row {
  return { action, ...(subject !== undefined && { subject }) };
}
