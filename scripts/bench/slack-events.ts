/** Signed events as Slack sends them, and a load of them. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'undici';
import { signBody } from '../../test/fakes/slack-delivery.ts';
import { atOnce } from './measure.ts';

export interface SignedEvent {
  headers: Record<string, string>;
  body: string;
}

export interface EventPlace {
  signingSecret: string;
  team: string;
  botUser: string;
  channel: string;
  /** A message of this thread; absent: one that begins none. */
  thread?: string;
}

const TEXT =
  'The checkout hangs on Safari after the update, has anybody else seen that since Monday?';
let written = 0;

/** A message of a person to other people, about 1 KB as Slack's are. */
export function signMessage({ signingSecret, team, botUser, ...rest }: EventPlace): SignedEvent {
  const { channel, thread } = rest;
  written += 1;
  const seconds = Math.floor(Date.now() / 1_000);
  const ts = `${seconds}.${String(written % 1_000_000).padStart(6, '0')}`;
  const element = { type: 'rich_text_section', elements: [{ type: 'text', text: TEXT }] };
  const event = {
    ...{ type: 'message', channel_type: 'channel', channel, user: 'UANN', team, text: TEXT },
    ...{ ts, event_ts: ts, client_msg_id: randomUUID(), ...(thread && { thread_ts: thread }) },
    blocks: [{ type: 'rich_text', block_id: 'b1', elements: [element] }],
  };
  const authorization = { enterprise_id: null, team_id: team, user_id: botUser, is_bot: true };
  const body = JSON.stringify({
    ...{ token: 'legacy', team_id: team, context_team_id: team, api_app_id: 'A1', event },
    ...{ type: 'event_callback', event_id: `Ev${written}`, event_time: seconds },
    authorizations: [{ ...authorization, is_enterprise_install: false }],
    ...{ is_ext_shared_channel: false, event_context: '4-eyJldCI6Im1lc3NhZ2UifQ' },
  });
  return { body, headers: headersOf(signingSecret, String(seconds), body) };
}

const headersOf = (secret: string, timestamp: string, body: string) => ({
  ...{ 'content-type': 'application/json', accept: '*/*', 'accept-encoding': 'gzip,deflate' },
  'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
  'x-slack-request-timestamp': timestamp,
  'x-slack-signature': signBody(secret, timestamp, body),
});

/** Sends them `width` at once; the milliseconds until each was acknowledged. Rejects when one was not. */
export async function sendEvents(
  pool: Pool,
  events: SignedEvent[],
  width: number,
): Promise<number[]> {
  const took: number[] = [];
  await atOnce(events.length, width, async (n) => {
    const event = events[n];
    if (!event) return;
    const startedAt = performance.now();
    const path = '/slack/events';
    const { statusCode, body } = await pool.request({ method: 'POST', path, ...event });
    await body.dump();
    took.push(performance.now() - startedAt);
    if (statusCode !== 200) throw new Error(`an event was answered with ${statusCode}`);
  });
  return took;
}
