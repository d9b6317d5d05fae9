/**
 * What a person is told whose command, button or window could not be looked at: the table, where the tokens
 * of many workspaces are, is away. Slack's own ways to answer an interaction need no token.
 */
import type { ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import { shownAgain, withNotice } from './modal.ts';

const bodySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('command') }),
  z.object({ type: z.literal('view_submission'), view: z.looseObject({}) }),
  z.object({ type: z.literal('block_suggestion') }),
  z.object({ type: z.literal('block_actions'), response_url: z.url() }),
  z.object({ type: z.literal('message_action'), response_url: z.url() }),
]);

/** Milliseconds: Slack waits three seconds for the acknowledgement, and most of them are gone. */
const ANSWER_WITHIN_MS = 500;

/** The acknowledgement that says so; `undefined` where Slack offers no way to say anything. */
export async function turnAway(
  body: Record<string, unknown>,
  sentence: string,
): Promise<{ acknowledgement: unknown } | undefined> {
  const parsed = bodySchema.safeParse('command' in body ? { type: 'command' } : body);
  if (!parsed.success) return undefined;
  const ephemeral = { response_type: 'ephemeral', replace_original: false, text: sentence };
  switch (parsed.data.type) {
    case 'command':
      return { acknowledgement: { response_type: 'ephemeral', text: sentence } };
    case 'view_submission': {
      const view = withNotice(shownAgain(parsed.data.view as unknown as ViewOutput), sentence);
      return { acknowledgement: { response_action: 'update', view } };
    }
    case 'block_suggestion':
      return { acknowledgement: { options: [] } };
    default:
      return (await post(parsed.data.response_url, ephemeral))
        ? { acknowledgement: '' }
        : undefined;
  }
}

async function post(url: string, answer: object): Promise<boolean> {
  try {
    const { ok } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return ok;
  } catch {
    // Then Slack itself shows that something went wrong.
    return false;
  }
}
