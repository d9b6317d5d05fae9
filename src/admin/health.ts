/**
 * `/healthz`: the process answers. `/readyz`: it can do its work: the table answers, chats are
 * connected, and it is not about to stop.
 */
import { Hono } from 'hono';
import type { Adapter } from '../core/adapter.ts';

export interface HealthOptions {
  /** Rejects while the table cannot be reached. */
  checkTable(): Promise<unknown>;
  /** No new work should come here. */
  stopping?(): boolean;
  adapters?: Pick<Adapter, 'connected' | 'platform'>[];
}

export function createHealth({ checkTable, stopping, adapters = [] }: HealthOptions): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (stopping?.()) return c.json({ status: 'stopping' }, 503);
    try {
      await checkTable();
    } catch {
      return c.json({ status: 'the table does not answer' }, 503);
    }
    const lost = adapters.find((adapter) => !adapter.connected());
    if (lost) return c.json({ status: `${lost.platform.name} is not connected` }, 503);
    return c.json({ status: 'ok' });
  });
  return app;
}
