/** The product's one HTTP server: health, the API, and pages. What adapters and trackers receive is mounted beside. */

import type { Context } from 'hono';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Adapter, AdapterRoute } from '../core/adapter.ts';
import { type ApiOptions, createApi, describeApi } from './api.ts';
import { createConsole } from './console/index.ts';
import { createDocs } from './docs.ts';
import { openFrontDoor } from './front-door.ts';
import { createHealth, type HealthOptions } from './health.ts';
import { createMetricsPage, type MetricsOptions } from './metrics.ts';
import { showStyle } from './page.ts';
import { createErrorHandler, notFound } from './problem.ts';
import { createSharedPage } from './shared-page.ts';
import { createSignInPages } from './sign-in.ts';
import { createWebhookRoutes, type WebhooksOptions } from './webhooks.ts';

export interface AdminOptions
  extends HealthOptions,
    ApiOptions,
    MetricsOptions,
    Pick<WebhooksOptions, 'webhooks'> {
  bot: ApiOptions['bot'] & WebhooksOptions['bot'];
  publicUrl?: string | undefined;
  /** Receive what chat platforms send over HTTP. */
  adapters?: Adapter[];
  addressOf(c: Context): string;
}

export function createAdmin(options: AdminOptions): Hono {
  const app = new Hono();
  app.onError(createErrorHandler(options.log));
  app.notFound(notFound);
  const routes = options.adapters?.flatMap((adapter) => adapter.routes ?? []) ?? [];
  // Sent by platforms' servers, many in a second: no browser is there to heed a header.
  mountRoutes(app, routes, 'POST');
  // A page's own are set inside, and these over them: so it is decided here, for all alike.
  app.use('*', secureHeaders({ referrerPolicy: 'same-origin', xFrameOptions: 'DENY' }));
  app.get('/', openFrontDoor);
  app.route('/', createHealth(options));
  app.route('/', createMetricsPage(options));
  const api = createApi(options);
  app.route('/v1', api);
  app.get('/openapi.json', (c) => c.json(describeApi(api, options.publicUrl)));
  app.get('/.well-known/jwks.json', async (c) =>
    c.json((await options.tokens?.jwks()) ?? { keys: [] }),
  );
  app.route('/', createDocs());
  app.get('/style.css', showStyle);
  app.route('/', createSignInPages(options));
  app.route('/', createConsole({ api }));
  app.route('/', createSharedPage(options));
  app.route('/', createWebhookRoutes(options));
  mountRoutes(app, routes, 'GET');
  return app;
}

function mountRoutes(app: Hono, routes: AdapterRoute[], only: AdapterRoute['method']): void {
  for (const { method, path, handle } of routes) {
    if (method === only) app.on(method, path, (c) => handle(c.req.raw));
  }
}
