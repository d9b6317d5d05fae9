/** `/metrics` for Prometheus, to whoever has the token; where none is set, there is no such page. */
import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { digestOf } from '../core/thread.ts';
import { ProblemError } from './problem.ts';

export interface MetricsOptions {
  /** Absent: nothing is measured. */
  metrics?: MetricsPage | undefined;
}

export interface MetricsPage {
  token: string;
  render(): Promise<{ type: string; text: string }>;
}

export function createMetricsPage({ metrics }: MetricsOptions): Hono {
  const app = new Hono();
  if (!metrics) return app;
  const { token, render } = metrics;
  const expected = Buffer.from(digestOf(['metrics', token]));

  app.get('/metrics', async (c) => {
    const given = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    // Digests are of one length, so the comparison takes as long whatever was given.
    if (!timingSafeEqual(Buffer.from(digestOf(['metrics', given])), expected)) {
      throw new ProblemError('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
    }
    const { type, text } = await render();
    return c.body(text, 200, { 'content-type': type, 'cache-control': 'no-store' });
  });

  return app;
}
