/**
 * The link from the chat: looking at it shows a button, because previews and scanners fetch links;
 * pressing the button uses it up and opens a session for the console.
 */
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Bot } from '../core/bot.ts';
import type { Repositories } from '../core/repositories.ts';
import { apiIdentity } from '../core/user.ts';
import { SESSION_COOKIE } from './access.ts';
import { createAttempts } from './attempts.ts';
import { pageHeaders, renderPage } from './page.ts';
import { ProblemError } from './problem.ts';

/** A session ends after a working day. */
const SESSION_MS = 8 * 60 * 60_000;
const SECRET_BYTES = 32;
/** Tries from one place in ten minutes before it has to wait. */
const MAX_TRIES = 20;
const TRIES_MS = 600_000;

export interface SignInOptions {
  repositories: Pick<Repositories, 'oneTimes' | 'sessions' | 'users' | 'attempts'>;
  bot: Pick<Bot, 'recordChange'>;
  origins: string[];
  /** Who asks, for counting tries. */
  addressOf(c: Context): string;
}

export function createSignInPages({ repositories, bot, ...options }: SignInOptions): Hono {
  const { origins, addressOf } = options;
  const app = new Hono();
  const tries = createAttempts({
    ...{ attempts: repositories.attempts, purpose: 'sign-in' },
    ...{ most: MAX_TRIES, periodMs: TRIES_MS },
  });
  app.use('/sign-in/*', pageHeaders);
  app.use('/sign-out', pageHeaders);

  app.get('/sign-in/:secret', (c) => {
    const action = `/sign-in/${encodeURIComponent(c.req.param('secret'))}`;
    return c.html(
      renderPage({
        title: 'Sign in',
        body: html`<main><header><h1>Sign in to prompt-to-issue</h1></header>
<p>The link is yours alone and works once.</p>
<form method="post" action="${action}"><button>Sign in</button></form></main>`,
      }),
    );
  });

  app.post('/sign-in/:secret', async (c) => {
    checkOrigin(c);
    const left = await tries.take(addressOf(c));
    if (!left.ok) return c.html(renderPage(WAIT), 429, { 'retry-after': left.seconds });
    const userId = await repositories.oneTimes.take('sign-in', c.req.param('secret'));
    const user = userId === undefined ? undefined : await repositories.users.getUserById(userId);
    if (user?.status !== 'active') return c.html(renderPage(GONE), 403);
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await repositories.sessions.open(secret, user.id, Date.now() + SESSION_MS);
    const actor = apiIdentity(user.id);
    bot.recordChange({ platform: 'api', workspaceId: '', actor, action: 'signed-in' });
    setCookie(c, SESSION_COOKIE, secret, cookieOptions(c));
    return c.redirect('/console', 303);
  });

  app.post('/sign-out', async (c) => {
    checkOrigin(c);
    const secret = getCookie(c, SESSION_COOKIE);
    if (secret) await repositories.sessions.close(secret);
    setCookie(c, SESSION_COOKIE, '', { ...cookieOptions(c), maxAge: 0 });
    return c.html(renderPage(SIGNED_OUT));
  });

  function checkOrigin(c: Context): void {
    if (!origins.includes(c.req.header('origin') ?? '')) throw new ProblemError('forbidden');
  }

  function cookieOptions(c: Context) {
    const secure =
      origins.some((origin) => origin.startsWith('https:')) || c.req.url.startsWith('https:');
    return {
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      secure,
      maxAge: SESSION_MS / 1000,
    } as const;
  }

  return app;
}

const WAIT = {
  title: 'Sign in',
  body: html`<main><header><h1>Too many tries</h1></header>
<p>Wait ten minutes, then ask the bot for a new link: <code>sign in</code>.</p></main>`,
};

const GONE = {
  title: 'Sign in',
  body: html`<main><header><h1>This link does not work any more</h1></header>
<p>It was used, or is older than ten minutes. Ask the bot for a new one: <code>sign in</code>.</p></main>`,
};

const SIGNED_OUT = {
  title: 'Signed out',
  body: html`<main><header><h1>Signed out</h1></header>
<p>Ask the bot for a new link to come back: <code>sign in</code>.</p></main>`,
};
