/** The bare address: people who open it want the console, programs are told that there is nothing. */
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { notFound } from './problem.ts';

const PROBLEM = 'application/problem+json';

export function openFrontDoor(c: Context): Response | Promise<Response> {
  const wanted = accepts(c, {
    header: 'Accept',
    supports: ['text/html', 'application/json', PROBLEM],
    default: PROBLEM,
  });
  c.header('vary', 'Accept');
  return wanted === 'text/html' ? c.redirect('/console') : notFound(c);
}
