/** What a balancer and an orchestrator ask. */
import { describe, expect, it } from 'vitest';
import { createAdmin } from '../../src/admin/index.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';
import { useAdmin } from './server.ts';

describe('health and readiness', () => {
  const { setUp } = useAdmin();

  function createAdapter() {
    const state = { connected: true };
    const adapter = {
      platform: createRecordingPlatform(),
      start: async () => undefined,
      stop: async () => undefined,
      connected: () => state.connected,
    };
    return { adapter, state };
  }

  it('is ready while the table answers and every chat is connected', async () => {
    const { adapter, state } = createAdapter();
    const { app } = await setUp({ adapters: [adapter] });
    const ready = () => app.request('/readyz');
    expect((await ready()).status).toBe(200);
    state.connected = false;
    const lost = await ready();
    expect([lost.status, await lost.json()]).toEqual([
      503,
      { status: 'terminal is not connected' },
    ]);
    expect((await app.request('/healthz')).status).toBe(200);
  });

  it('is not ready, but alive, while the table is silent or the process stops', async () => {
    const { options } = await setUp();
    const silent = createAdmin({
      ...options,
      checkTable: () => Promise.reject(new Error('no route to host')),
    });
    const answer = await silent.request('/readyz');
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'the table does not answer' },
    ]);
    const stopping = createAdmin({ ...options, stopping: () => true });
    expect((await stopping.request('/readyz')).status).toBe(503);
    expect((await stopping.request('/healthz')).status).toBe(200);
  });
});

describe('the server', () => {
  const { setUp } = useAdmin();

  it('gives an answer up that takes too long, and says so', async () => {
    const { options, newUser, tokenOf } = await setUp();
    const stuck = new Promise<never>(() => undefined);
    const providerConnections = { ...options.providerConnections, list: () => stuck };
    const app = createAdmin({ ...options, providerConnections, timeoutMs: 200 });
    const authorization = `Bearer ${await tokenOf(await newUser('member'))}`;
    const answer = await app.request('/v1/users/me/providers', { headers: { authorization } });
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'timed-out' }),
    ]);
  });

  it('lets no other site read or ask anything in a browser', async () => {
    const { app, newUser, tokenOf } = await setUp();
    const origin = 'https://elsewhere.example.com';
    const authorization = `Bearer ${await tokenOf(await newUser('admin'))}`;
    for (const path of ['/v1/users', '/openapi.json', '/healthz', '/console', '/shared/x']) {
      const read = await app.request(path, { headers: { origin, authorization } });
      const asked = await app.request(path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      });
      for (const { headers } of [read, asked]) {
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('x-frame-options')).toBe('DENY');
      }
    }
  });

  it('takes no more than a body of 1 MB', async () => {
    const { ask, newUser } = await setUp();
    const body = { name: 'x'.repeat(1_100_000) };
    const { status, body: problem } = await ask(await newUser('admin'), 'POST', '/users', { body });
    expect([status, problem]).toEqual([413, expect.objectContaining({ code: 'too-large' })]);
  });
});
