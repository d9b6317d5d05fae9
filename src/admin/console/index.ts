/** `/console`: what an operator does by eye. Server-rendered, without script, as a client of the API. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { pageHeaders, renderPage } from '../page.ts';
import { ProblemError } from '../problem.ts';
import { userSchema } from '../users.ts';
import { createApiClient, type InProcessApi, RefusedError } from './api-client.ts';
import { addAudit } from './audit.ts';
import { addConnections } from './connections.ts';
import { addConversations } from './conversations.ts';
import type { ConsoleEnv } from './frame.ts';
import { addLimits } from './limits.ts';
import { addOverview } from './overview.ts';
import { addSettings } from './settings.ts';
import { addTickets } from './tickets.ts';
import { addUsage } from './usage.ts';
import { addUsers } from './users.ts';
import { addWorkspaces } from './workspaces.ts';

const MAX_FORM_BYTES = 262_144;

export interface ConsoleOptions {
  api: InProcessApi;
}

export function createConsole({ api }: ConsoleOptions): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.onError(showRefusal);
  for (const path of ['/console', '/console/*']) {
    app.use(path, pageHeaders);
    app.use(path, async (c, next) => {
      await next();
      c.header('cache-control', 'no-store');
    });
    app.use(path, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }));
    app.use(path, async (c, next) => {
      const client = createApiClient(api, c);
      c.set('api', client);
      c.set('me', await client.read('/users/me', userSchema));
      await next();
    });
  }
  const parts = [
    ...[addOverview, addConversations, addTickets, addConnections],
    ...[addUsage, addSettings, addWorkspaces, addAudit, addLimits, addUsers],
  ];
  for (const add of parts) add(app);
  return app;
}

function tooLarge(): never {
  throw new ProblemError('too-large');
}

const SIGN_IN = {
  title: 'Sign in',
  body: html`<main><header><h1>Sign in from the chat</h1></header>
<p>Say <code>sign in</code> to the bot, in a direct message or where it is mentioned. It answers, to you alone, with a link that works once.</p></main>`,
};

/** What the API refused, as a page; what it did not is the product's one error handler's. */
function showRefusal(error: Error, c: Context): Response | Promise<Response> {
  if (!(error instanceof RefusedError)) throw error;
  if (error.status === 401) return c.html(renderPage(SIGN_IN), 401);
  const title = error.status === 404 ? 'There is nothing here' : 'That did not work';
  const body = html`<main><header><h1>${title}</h1></header>
<p>${error.message}</p><p><a href="/console">Back to the console</a></p></main>`;
  return c.html(renderPage({ title, body }), error.status as 404);
}
