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

describe('the bare address of the server', () => {
  const { setUp } = useAdmin();

  async function ask(accept: string | undefined, redirect: RequestInit['redirect'] = 'manual') {
    const port = await findFreePort();
    const { options } = await setUp();
    const server = await listen({ host: '127.0.0.1', port, trustedProxies: 0 }, options);
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers, redirect });
    const text = await answer.text();
    await server.drain();
    return { answer, text };
  }
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

  it('leads a person to the console', async () => {
    const { answer } = await ask(BROWSER);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/console']);
    expect(answer.headers.get('vary')).toBe('Accept');
    const led = await ask(BROWSER, 'follow');
    expect(new URL(led.answer.url).pathname).toBe('/console');
    expect(led.text).toContain('Sign in from the chat');
  });

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html;q=0.5'])(
    'tells a program that there is nothing: %s',
    async (accept) => {
      const { answer, text } = await ask(accept);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('vary')).toBe('Accept');
      expect(JSON.parse(text)).toMatchObject({ status: 404, code: 'not-found' });
    },
  );
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
