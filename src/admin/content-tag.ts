/** ETags of what carries no revision: its content stands for itself. Without If-Match, the last writer wins. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { ProblemError } from './problem.ts';
import { seenTag } from './route.ts';

/** Rejects when the request saw other content than this. */
export function checkContent(c: Context, current: object): void {
  const seen = seenTag(c);
  if (seen !== undefined && seen !== contentTag(current)) throw new ProblemError('outdated');
}

export function contentTag(content: object): string {
  return `"${createHash('sha256').update(spell(content)).digest('base64url').slice(0, 22)}"`;
}

/** Which fields are others now; their names only, because what one was set to may be anything. */
export function differences(before: object, after: object): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].filter((name) => spell(old.get(name)) !== spell(now.get(name)));
}

/** The same for the same content, in whatever order the table returns it. */
function spell(value: unknown): string {
  const sorted = (_: string, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part;
  return JSON.stringify(value, sorted) ?? '';
}
