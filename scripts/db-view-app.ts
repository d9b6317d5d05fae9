/** The web view as a Hono app: three pages that only read. */
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { renderItem, renderList, STYLE, type Surroundings } from './db-view-page.ts';
import type { TableView } from './db-view-table.ts';

export interface DbViewOptions extends Surroundings {
  view: TableView;
  /** Show some items before anything was asked for: reads through the table, so for local ones only. */
  browse: boolean;
}

/** Other names may be made to point here by any web page a person visits. */
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

export function createDbView({ view, browse, ...around }: DbViewOptions): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        formAction: ["'self'"],
      },
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
    }),
  );
  app.use(async (c, next) => {
    if (LOCAL_HOST.test(c.req.header('host') ?? '')) return await next();
    return c.text('Open this page by its address on localhost.', 403);
  });
  app.get('/style.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css' }));
  app.get('/', async (c) => {
    const { pk = '', sk = '', cursor } = c.req.query();
    const page = pk
      ? await view.listPartition(pk.trim(), sk.trim(), cursor)
      : browse
        ? await view.listAny(cursor)
        : undefined;
    return c.html(renderList(around, { pk, sk }, page));
  });
  app.get('/item', async (c) => {
    const { pk = '', sk = '' } = c.req.query();
    const item = pk && sk ? await view.getItem({ PK: pk, SK: sk }) : undefined;
    return c.html(renderItem(around, item), item ? 200 : 404);
  });
  app.onError((error, c) => {
    const missing = error.name === 'ResourceNotFoundException';
    return c.text(
      missing
        ? 'There is no table yet: npm run dynamodb:setup makes it.'
        : `The table did not answer (${error.name}).`,
      500,
    );
  });
  return app;
}
