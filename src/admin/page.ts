/** Pages for browsers: server-rendered, without script, the same in light and dark. */
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import { STYLE } from './style.ts';

/** A piece of HTML whose parts were escaped where they came in. */
export type Html = ReturnType<typeof html>;

/** No script at all, styles of our own only, and nobody may frame it. */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // Not `no-referrer`: with it browsers send `Origin: null` from our own forms too.
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
});

export interface PageOptions {
  title: string;
  /** Search engines stay away unless it is for everybody. */
  indexed?: boolean;
  body: Html | Promise<Html>;
}

export async function renderPage({ title, indexed = false, body }: PageOptions): Promise<string> {
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${indexed ? '' : raw('<meta name="robots" content="noindex, nofollow">')}
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
${body}
</body>
</html>`;
  return page.toString();
}

export function showStyle(c: Context): Response {
  return c.body(STYLE, 200, {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=3600',
  });
}
