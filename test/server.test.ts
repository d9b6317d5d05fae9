/** The process's HTTP server, over real sockets. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { addressOf, listen } from '../src/server.ts';
import { useAdmin } from './admin/server.ts';
import { findFreePort } from './engine.ts';

describe('the address of whoever asks', () => {
  async function ask(trustedProxies: number, forwarded?: string) {
    const app = new Hono();
    app.get('/', (c) => c.text(addressOf(c, trustedProxies)));
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const env = { incoming: { socket: { remoteAddress: '10.0.0.1' } } };
    return (await app.request('/', { headers }, env)).text();
  }

  it('is the socket’s, whatever the header says, where no proxy is trusted', async () => {
    expect(await ask(0, '1.1.1.1')).toBe('10.0.0.1');
    expect(await ask(0)).toBe('10.0.0.1');
  });

  it('is what the outermost trusted proxy saw, not what its caller made up', async () => {
    expect(await ask(1, '6.6.6.6, 2.2.2.2')).toBe('2.2.2.2');
    expect(await ask(2, '6.6.6.6, 2.2.2.2, 10.0.0.2')).toBe('2.2.2.2');
    expect(await ask(1)).toBe('10.0.0.1');
  });
});

describe('the end of the server', () => {
  const { setUp } = useAdmin();

  it('lets what is under way end, and takes nothing new', async () => {
    const port = await findFreePort();
    const { options } = await setUp();
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const server = await listen(
      { host: '127.0.0.1', port, trustedProxies: 0 },
      {
        ...options,
        checkTable: async () => {
          begun.resolve();
          await release.promise;
        },
      },
    );
    const underWay = fetch(`http://127.0.0.1:${port}/readyz`);
    await begun.promise;
    const drained = server.drain();
    const late = connect(port, '127.0.0.1');
    const [error] = await once(late, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    release.resolve();
    expect((await underWay).status).toBe(200);
    await drained;
  });
});
