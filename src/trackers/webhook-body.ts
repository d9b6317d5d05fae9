/** What the webhooks of all trackers are read with. */
import { z } from 'zod';

/** `undefined` for what is no JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A time in any form that trackers write it, as ISO 8601 with milliseconds in UTC. */
export const instantSchema = z.string().transform((text, context) => {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  context.addIssue({ code: 'custom', message: 'must be a time' });
  return z.NEVER;
});
