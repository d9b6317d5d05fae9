/** Who gets in, and how far: every route, every role, every kind of bad token. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Hono } from 'hono';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../../src/admin/index.ts';
import { createTokens, issuerIdentity, type Tokens } from '../../src/admin/tokens.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { ann, eve, thread } from '../core/bots.ts';
import { SECRET, useAdmin } from './server.ts';

const ISSUER = 'prompt-to-issue';
const key = (secret: string) => new TextEncoder().encode(secret);
const soon = () => Math.floor(Date.now() / 1000) + 300;

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

  /** How good tokens are made in one way of signing, and what confuses algorithms there. */
  interface Signing {
    tokens: Tokens;
    /** The key that is accepted, and how it says so. */
    key: Parameters<SignJWT['sign']>[0];
    header: { alg: string; kid?: string };
    /** Of the same sort, but not ours. */
    foreign: Parameters<SignJWT['sign']>[0];
    /** What may be known of the key: for asymmetric ones, taken for a shared secret. */
    known: (string | Buffer)[];
    stop?(): void;
  }

  function withSecret(): Signing {
    const tokens = createTokens({ kind: 'secret', secret: SECRET });
    const foreign = key('another secret that is long enough');
    return { tokens, key: key(SECRET), header: { alg: 'HS256' }, foreign, known: [''] };
  }

  async function withKeyPair(): Promise<Signing> {
    const [pair, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const tokens = createTokens({ kind: 'private-key', privateKeys: [pem] });
    const [jwk] = (await tokens.jwks()).keys;
    return {
      ...{ tokens, key: pair.privateKey, foreign: other.privateKey },
      header: { alg: 'EdDSA', kid: jwk?.kid ?? '' },
      known: knownOf(pair.publicKey, jwk?.x),
    };
  }

  async function withIssuer(): Promise<Signing> {
    const [pair, other] = [rsaPair(), rsaPair()];
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/keys`;
    return {
      tokens: createTokens({ kind: 'jwks', url, issuer: ISSUER, audience: ISSUER }),
      ...{ key: pair.privateKey, foreign: other.privateKey },
      header: { alg: 'RS256', kid: 'k1' },
      known: knownOf(pair.publicKey, jwk.n),
      stop() {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  const rsaPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const knownOf = (publicKey: KeyObject, coordinate = '') => [
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicKey.export({ type: 'spki', format: 'der' }),
    Buffer.from(coordinate, 'base64url'),
  ];

  it.each([
    ['a secret', withSecret],
    ['a key pair', withKeyPair],
    ['an external issuer', withIssuer],
  ])('refuses every kind of bad token alike, with %s', async (_, make) => {
    const { tokens, key: ours, header: right, foreign, known, stop } = await make();
    const { app, repositories, newUser } = await setUp({ tokens });
    const user = await newUser('admin');
    await repositories.users.addIdentity(user.id, issuerIdentity(user.id));
    const claims = { iss: ISSUER, aud: ISSUER, sub: user.id, exp: soon() };
    const sign = (more: object, signer = ours, header: object = {}) =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ ...right, ...header }).sign(signer);
    const good = await sign({});
    const [head, payload, signature] = good.split('.');
    const { privateKey } = rsaPair();
    const confused = await Promise.all(
      known.map((secret) =>
        new SignJWT(claims)
          .setProtectedHeader({ ...right, alg: 'HS256' })
          .sign(typeof secret === 'string' ? key(secret.padEnd(32)) : secret),
      ),
    );
    const bad: Record<string, string> = {
      ...Object.fromEntries(confused.map((token, n) => [`what is known of the key ${n}`, token])),
      'the signature of another': `${head}.${payload}.${(await sign({ jti: 'other' })).split('.')[2]}`,
      'another subject': `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'boss' })).toString('base64url')}.${signature}`,
      'a key in its header': await sign({}, foreign, {
        jwk: { kty: 'oct', k: 'c2VjcmV0' },
        jku: 'https://evil.example.com/keys',
      }),
      'no signature': `${head}.${payload}.`,
      'of two parts': `${head}.${payload}`,
      none: new UnsecuredJWT({ sub: user.id })
        .setIssuer(ISSUER)
        .setAudience(ISSUER)
        .setExpirationTime('5m')
        .encode(),
      'another key': await sign({}, foreign),
      "another key's id": await sign({}, foreign, { kid: '../../dev/null' }),
      'the id of none': await sign({}, foreign, { kid: 'unknown' }),
      'another algorithm': await new SignJWT({
        iss: ISSUER,
        aud: ISSUER,
        sub: user.id,
        exp: soon(),
      })
        .setProtectedHeader({ alg: 'RS384' })
        .sign(privateKey),
      'another HMAC': await new SignJWT({ iss: ISSUER, aud: ISSUER, sub: user.id, exp: soon() })
        .setProtectedHeader({ alg: 'HS512' })
        .sign(key(SECRET.repeat(3))),
      'another issuer': await sign({ iss: 'somebody' }),
      'another audience': await sign({ aud: 'somebody' }),
      expired: await sign({ exp: soon() - 600 }),
      'not yet valid': await sign({ nbf: soon() }),
      'without expiry': await sign({ exp: undefined }),
      'without subject': await sign({ sub: undefined }),
      'of nobody': await sign({ sub: 'nobody' }),
      oversized: await sign({ padding: 'x'.repeat(20_000) }),
      rubbish: 'rubbish',
      empty: '',
    };
    const answers = new Set<string>();
    for (const [what, token] of Object.entries(bad)) {
      const response = await app.request('/v1/users/me', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([what, response.status]).toEqual([what, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      answers.add(await response.text());
    }
    expect(answers.size).toBe(1);
    const answer = await app.request('/v1/users/me', {
      headers: { authorization: `Bearer ${good}` },
    });
    expect(answer.status).toBe(200);
    stop?.();
  });

  it('signs with the first key pair and still checks with the former one', async () => {
    const pem = () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    };
    const [old, current] = [pem(), pem()];
    const before = createTokens({ kind: 'private-key', privateKeys: [old] });
    const tokens = createTokens({ kind: 'private-key', privateKeys: [current, old] });
    const { app, newUser, ask } = await setUp({ tokens });
    const user = await newUser('admin');
    expect((await ask(user, 'GET', '/users/me')).status).toBe(200);
    const former = await before.issue?.(user.id, 5);
    const answer = await app.request('/v1/users/me', {
      headers: { authorization: `Bearer ${former}` },
    });
    expect(answer.status).toBe(200);
    const published = (await (await app.request('/.well-known/jwks.json')).json()) as {
      keys: object[];
    };
    expect(published.keys).toHaveLength(2);
    for (const one of published.keys) expect(one).not.toHaveProperty('d');
    const { privateKey: foreign } = generateKeyPairSync('ed25519');
    const kids = (published.keys as { kid: string }[]).map(({ kid }) => kid);
    for (const kid of [...kids, 'unknown', undefined]) {
      const forged = await new SignJWT({ iss: ISSUER, aud: ISSUER, sub: user.id, exp: soon() })
        .setProtectedHeader({ alg: 'EdDSA', ...(kid !== undefined && { kid }) })
        .sign(foreign);
      const headers = { authorization: `Bearer ${forged}` };
      expect([kid, (await app.request('/v1/users/me', { headers })).status]).toEqual([kid, 401]);
    }
    // The public key, taken for a shared secret.
    const [jwk] = published.keys as { x: string }[];
    const confused = await new SignJWT({ iss: ISSUER, aud: ISSUER, sub: user.id, exp: soon() })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(jwk?.x ?? '', 'base64url'));
    const refused = await app.request('/v1/users/me', {
      headers: { authorization: `Bearer ${confused}` },
    });
    expect(refused.status).toBe(401);
  });

  it("takes an external issuer's tokens for users linked to their subject, and says when the issuer is down", async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const options = { kind: 'jwks', issuer: 'https://id.example.com', audience: 'bot' } as const;
    const tokens = createTokens({ ...options, url: `http://127.0.0.1:${port}/keys` });
    const { app, repositories, newUser } = await setUp({ tokens });
    const user = await newUser('member');
    const token = await new SignJWT({
      iss: 'https://id.example.com',
      aud: 'bot',
      sub: 'ann@id',
      exp: soon(),
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey);
    const ask = () =>
      app.request('/v1/users/me', { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(401);
    await repositories.users.addIdentity(user.id, issuerIdentity('ann@id'));
    expect((await ask()).status).toBe(200);
    server.close();
    server.closeAllConnections();

    const gone = createTokens({ ...options, url: `http://127.0.0.1:${port}/keys` });
    const unreachable = await setUp({ tokens: gone });
    const answer = await unreachable.app.request('/v1/users/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(503);
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

describe('signing in from the chat', () => {
  const { setUp, command, say, talk } = useAdmin();
  const origin = 'https://bot.example.com';

  async function linkFrom({ bot }: Awaited<ReturnType<typeof setUp>>) {
    const { message, secret } = await command(bot, { kind: 'sign-in' });
    expect(secret).toBe(true);
    return new URL(/https:\S+/.exec(message)?.[0] ?? '').pathname;
  }

  it('works once, and not by merely looking at the link', async () => {
    const admin = await setUp();
    const path = await linkFrom(admin);
    for (let look = 0; look < 3; look += 1)
      expect((await admin.app.request(path)).status).toBe(200);
    const redeem = () => admin.app.request(path, { method: 'POST', headers: { origin } });
    const signedIn = await redeem();
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/Secure/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect((await redeem()).status).toBe(403);
    const me = await admin.app.request('/v1/users/me', {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect(await me.json()).toMatchObject({ name: 'Ann' });
  });

  it('is not given to guests, who could decide there what they may not in the chat', async () => {
    const { bot } = await setUp();
    const refused = await command(bot, { kind: 'sign-in' }, eve);
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('members') });
    expect(JSON.stringify(refused)).not.toContain('/sign-in/');
  });

  it('takes changes by cookie from its own pages only', async () => {
    const admin = await setUp();
    await talk(admin.bot, say('hello'));
    const path = await linkFrom(admin);
    const foreign = { origin: 'https://evil.example.com' };
    expect((await admin.app.request(path, { method: 'POST', headers: foreign })).status).toBe(403);
    const signedIn = await admin.app.request(path, { method: 'POST', headers: { origin } });
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const change = (headers: Record<string, string>) =>
      admin.app.request('/v1/users/me/settings', {
        method: 'PUT',
        headers: { cookie, 'content-type': 'application/json', ...headers },
        body: '{"mode":"assistant"}',
      });
    expect((await change({})).status).toBe(401);
    expect((await change(foreign)).status).toBe(401);
    expect((await change({ origin })).status).toBe(200);
    const out = await admin.app.request('/sign-out', {
      method: 'POST',
      headers: { cookie, origin },
    });
    expect(out.status).toBe(200);
    expect((await change({ origin })).status).toBe(401);
  });

  const guess = (app: Hono, address: string) =>
    app.request('/sign-in/guess', {
      method: 'POST',
      headers: { origin, 'x-test-address': address },
    });

  it('makes whoever guesses links wait', async () => {
    const { app } = await setUp();
    const statuses: number[] = [];
    for (let n = 0; n < 25; n += 1) statuses.push((await guess(app, 'one')).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect((await guess(app, 'other')).status).toBe(403);
  });

  it('counts the guesses of all processes together, and forgets them when their time is over', async () => {
    const { options, table } = await setUp();
    const apps = [createAdmin(options), createAdmin(options), createAdmin(options)];
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => (await guess(apps[n % 3] as Hono, 'one')).status),
    );
    expect(statuses.filter((status) => status === 403)).toHaveLength(20);
    const fresh = createAdmin(options);
    const refused = await guess(fresh, 'one');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    const stored = (await scanAll(table)).filter(({ PK }) => String(PK).startsWith('ATTEMPTS#'));
    expect(stored).toEqual([expect.objectContaining({ count: 20, expiresAt: expect.any(Number) })]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 });
    try {
      for (const app of [...apps, fresh]) expect((await guess(app, 'one')).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });
});

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
