/** Which tokens are taken: every way of signing, every kind of bad token. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokens, issuerIdentity, type Tokens } from '../../src/admin/tokens.ts';
import { silent } from '../core/bots.ts';
import { SECRET, useAdmin } from './server.ts';

const ISSUER = 'prompt-to-issue';
const key = (secret: string) => new TextEncoder().encode(secret);
const soon = () => Math.floor(Date.now() / 1000) + 300;

describe('a token for the API', () => {
  const { setUp } = useAdmin();

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

  it.each([
    ['an error', 500, 'oops'],
    ['a page', 200, '<html>'],
    ['no keys', 200, '{}'],
  ])('does not blame the token when the issuer answers with %s', async (_, status, answer) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const server = createServer((_, response) => response.writeHead(status).end(answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/keys`;
    const tokens = createTokens({ kind: 'jwks', url, issuer: ISSUER, audience: ISSUER });
    const logged: string[] = [];
    const log = { ...silent, error: (event: string) => `ref-${logged.push(event)}` };
    const { app } = await setUp({ tokens, log });
    const token = await new SignJWT({ iss: ISSUER, aud: ISSUER, sub: 'ann', exp: soon() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey);
    const headers = { authorization: `Bearer ${token}` };
    const response = await app.request('/v1/users/me', { headers });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'issuer-unreachable',
      title: 'The issuer of tokens does not answer: try again.',
      reference: 'ref-1',
    });
    expect(logged).toEqual(['issuer-unreachable']);
    server.close();
    server.closeAllConnections();
  });

  it.each([
    ['auth0|7', 'auth0|7'],
    ['auth0|7', 'auth0%7C7'],
    ['ann@id', 'ann@id'],
    ['urn:people:ann smith', 'urn:people:ann smith'],
    ['100%', '100%'],
  ])("links an issuer's subject %j that was written as %j", async (subject, written) => {
    const { ask, newUser, repositories } = await setUp();
    const [admin, user] = [await newUser('admin'), await newUser('member')];
    const account = encodeURIComponent(`issuer::${written}`);
    const path = `/users/${user.id}/identities/${account}`;
    expect((await ask(admin, 'PUT', path)).status).toBe(200);
    expect((await ask(admin, 'PUT', path)).status).toBe(200);
    const find = () => repositories.users.getUserByIdentity(issuerIdentity(subject));
    expect(await find()).toMatchObject({ id: user.id });
    const { body } = await ask(admin, 'GET', `/users?identity=${account}`);
    expect(body.items).toMatchObject([{ id: user.id }]);
    expect((await ask(admin, 'DELETE', path)).status).toBe(204);
    expect(await find()).toBeUndefined();
    const identities = [`issuer::${written}`];
    const made = await ask(admin, 'POST', '/users', { body: { name: 'Ann', identities } });
    expect(await find()).toMatchObject({ id: made.body.id });
    await ask(admin, 'DELETE', `/users/${made.body.id}`);
  });

  it('unlinks a subject that was stored as it was written', async () => {
    const { ask, newUser, repositories } = await setUp();
    const [admin, user] = [await newUser('admin'), await newUser('member')];
    await repositories.users.addIdentity(user.id, 'issuer::auth0|7');
    await ask(
      admin,
      'DELETE',
      `/users/${user.id}/identities/${encodeURIComponent('issuer::auth0|7')}`,
    );
    expect(await repositories.users.getUserById(user.id)).toMatchObject({ identities: [] });
  });
});
