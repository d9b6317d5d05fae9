/** Who may do what: every route and every role. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { ann, thread } from '../core/bots.ts';
import { useAdmin } from './server.ts';

interface Route {
  method: string;
  path: string;
  access: 'read' | 'write' | 'admin';
}

describe('access to the API', () => {
  const { setUp, say, talk, readTickets } = useAdmin();
  type Admin = Awaited<ReturnType<typeof setUp>>;

  /** With `ids` in their paths, by the name of the parameter; others are of nobody. */
  async function routesOf({ app }: Admin, ids: Record<string, string> = {}): Promise<Route[]> {
    const document = (await (await app.request('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-access': Route['access'] }>>;
    };
    return Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({
        method: method.toUpperCase(),
        path: path
          .replaceAll(/\{platform\}/g, 'slack')
          .replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'nobody'),
        access: route['x-access'],
      })),
    );
  }

  it('names for every route who may use it', async () => {
    const routes = await routesOf(await setUp());
    expect(routes.length).toBeGreaterThan(20);
    for (const { access } of routes) expect(['read', 'write', 'admin']).toContain(access);
  });

  it('lets nobody in without a token, wherever they knock', async () => {
    const admin = await setUp();
    for (const { method, path } of await routesOf(admin)) {
      const { status, body } = await admin.ask(undefined, method, path);
      expect([method, path, status, body.code]).toEqual([method, path, 401, 'unauthenticated']);
    }
    expect((await admin.ask(undefined, 'GET', '/what/is/this')).status).toBe(401);
  });

  it('keeps each role to what it may, on every route', async () => {
    const admin = await setUp();
    const [member, viewer] = [await admin.newUser('member'), await admin.newUser('viewer')];
    const refused = { member: ['admin'], viewer: ['admin', 'write'] };
    for (const { method, path, access } of await routesOf(admin)) {
      for (const user of [member, viewer]) {
        const { status } = await admin.ask(user, method, path, {
          ...(method !== 'GET' && { body: {} }),
        });
        const isRefused = refused[user.role as 'member' | 'viewer'].includes(access);
        expect([user.role, method, path, status === 403]).toEqual([
          user.role,
          method,
          path,
          isRefused,
        ]);
        // What is somebody else's, or nobody's, looks the same.
        if (!isRefused) expect([400, 404, 428]).toContain(status);
      }
    }
  });

  it("hides what is somebody else's, on every route, and leaves it as it was", async () => {
    const admin = await setUp();
    const { bot, repositories, table, ask, newUser } = admin;
    await talk(bot, say('draft Export drops the last row'));
    const owner = await repositories.users.getUserByIdentity(ann.identity);
    if (!owner) throw new Error('nobody owns the conversation');
    const boss = await newUser('admin');
    for (const [path, body] of [
      [`/users/${owner.id}/providers/office`, { kind: 'openai', apiKey: 'sk-0123456789abcdef' }],
      [`/users/${owner.id}/trackers/office`, { kind: 'github', token: 'ghp_0123456789abcdef' }],
    ] as const) {
      expect((await ask(boss, 'PUT', path, { body })).status).toBe(200);
    }
    const [ticket] = await readTickets(repositories);
    const ids: Record<string, string> = {
      userId: owner.id,
      conversationId: conversationIdOf(thread),
      ticketId: ticket?.id ?? '',
      name: 'office',
    };
    // The owner's export writes what waits.
    await admin.bot.flushRecords();
    const before = await scanAll(table);
    const stranger = await newUser('member', 'Ben');
    const theirs = (await routesOf(admin, ids)).filter(
      ({ path, access }) =>
        access !== 'admin' && Object.values(ids).some((id) => path.includes(`/${id}`)),
    );
    expect(theirs.length).toBeGreaterThan(20);
    for (const { method, path } of theirs) {
      const asked = path.endsWith('/usage') ? `${path}?month=2026-03&platform=slack` : path;
      const body = method === 'GET' || method === 'DELETE' ? undefined : bodyFor(method, path);
      const headers = { 'if-match': '"1"' };
      const { status } = await ask(stranger, method, asked, { headers, ...(body && { body }) });
      expect([method, asked, status]).toEqual([method, asked, 404]);
      // The same is there for whoever it belongs to, so the answer above was about the stranger.
      const isRead = method === 'GET' && !/\/(models|projects)$/.test(path);
      if (isRead) expect((await ask(owner, method, asked)).status).toBe(200);
    }
    const own = (items: Record<string, unknown>[]) =>
      items.filter(({ PK }) => PK !== `USER#${stranger.id}`);
    expect(own(await scanAll(table))).toEqual(own(before));
  });

  it('reads the role and whether somebody is active at every request', async () => {
    const { repositories, newUser, ask } = await setUp();
    const user = await newUser('admin');
    expect((await ask(user, 'GET', '/users')).status).toBe(200);
    const demoted = await repositories.users.updateUser(user, { role: 'member' });
    expect((await ask(user, 'GET', '/users')).status).toBe(403);
    if (demoted.kind !== 'saved') throw new Error(demoted.kind);
    await repositories.users.updateUser(demoted.user, { status: 'deactivated' });
    expect((await ask(user, 'GET', '/users/me')).status).toBe(401);
  });
});

/** What fits each route's schema, so that only whose it is can be the reason to refuse. */
function bodyFor(method: string, path: string): object {
  if (path.includes('/providers/')) {
    return method === 'PUT' ? { kind: 'openai', apiKey: 'sk-fedcba9876543210' } : { model: 'm-2' };
  }
  if (path.includes('/trackers/')) {
    return method === 'PUT'
      ? { kind: 'github', token: 'ghp_fedcba9876543210' }
      : { kind: 'github' };
  }
  if (path.endsWith('/add-to')) return { issue: '1' };
  if (path.endsWith('/create-name')) return { field: 'labels', name: 'ux' };
  return /\/(settings|share|approve|discard)$/.test(path) ? {} : { title: 'Mine now' };
}

describe('whoever is named to approve', () => {
  const { setUp, say, talk, readTickets } = useAdmin();

  it('is known by the account where the conversation is, not by one of another workspace', async () => {
    const { ask, bot, repositories } = await setUp();
    const identities = ['terminal:other:ann', 'terminal:w:ann'];
    const made = await repositories.users.createUser({ name: 'Ann', role: 'member', identities });
    if (made.kind !== 'created') throw new Error(made.kind);
    const approvers = { people: ['terminal:w:ann'] };
    await repositories.workspaces.saveChannelSettings('terminal', 'w', 'c', { approvers });
    const author = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;
    await talk(bot, say('draft Export hangs', { author }));
    const [draft] = await readTickets(repositories);
    const path = `/conversations/${draft?.conversationId}/tickets/${draft?.id}/approve`;
    const asked = { body: {}, headers: { 'if-match': '"1"' } };
    const approved = await ask(made.user, 'POST', path, asked);
    expect([approved.status, approved.text]).toEqual([200, expect.stringContaining('Filed')]);
  });
});
