/** The product's one HTTP server. */
import { Hono } from 'hono';
import { createHealth, type HealthOptions } from './health.ts';

export type AdminOptions = HealthOptions;

export function createAdmin(options: AdminOptions): Hono {
  const app = new Hono();
  app.route('/', createHealth(options));
  app.notFound((c) => c.json({ title: 'There is nothing here.' }, 404));
  return app;
}
