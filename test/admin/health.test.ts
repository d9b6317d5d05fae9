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
