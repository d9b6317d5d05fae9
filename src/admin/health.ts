/** `/healthz`: the process answers. `/readyz`: it can do its work, because the table answers too. */
import { Hono } from 'hono';

export interface HealthOptions {
  /** Rejects while the table cannot be reached. */
  checkTable(): Promise<unknown>;
}

export function createHealth({ checkTable }: HealthOptions): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    try {
      await checkTable();
      return c.json({ status: 'ok' });
    } catch {
      return c.json({ status: 'the table does not answer' }, 503);
    }
  });
  return app;
}
