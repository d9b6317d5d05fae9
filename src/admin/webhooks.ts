/**
 * What trackers send when an issue changes, at `/webhooks/github` and `/webhooks/gitlab`. An event is
 * acknowledged when it is stored: while the table does not answer, the tracker keeps it.
 */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Bot } from '../core/bot.ts';
import type { IssueEvent } from '../core/issue-event.ts';
import type { Log } from '../core/log.ts';
import { createUnverifiedLog, type Unverified } from '../core/unverified.ts';
import type { Webhook } from '../core/webhook.ts';
import { ProblemError } from './problem.ts';

/** Bytes: an issue of a million characters, before and after, as GitLab sends it. GitHub sends 25 MB at most, of which nothing here needs as much. */
const MAX_BODY_BYTES = 8 * 1_048_576;

/** Trackers show what was answered to whoever set the webhook up. */
const ADVICE: Record<Unverified, string> = {
  'no signature': 'It carries no signature: set the same secret in the webhook and here.',
  'another secret': 'It was made with another secret than the one that is set here.',
  clock: 'It was signed too long ago, or too early: compare the clocks.',
};

export interface WebhooksOptions {
  /** Of the trackers whose secret is known; for others there is no such address. */
  webhooks?: Webhook[];
  bot: Pick<Bot, 'handleIssueEvent'>;
  log: Log;
}

export function createWebhookRoutes({ webhooks = [], bot, log }: WebhooksOptions): Hono {
  const app = new Hono();

  /** Where a thread should have heard of it, the address shows why not: another server, another project. */
  async function receive(event: IssueEvent): Promise<void> {
    const outcome = await bot.handleIssueEvent(event);
    if (outcome === 'unfollowed') log.info('webhook-without-follower', event.issue.address);
  }

  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new ProblemError('too-large');
    },
  });
  for (const { tracker, read } of webhooks) {
    const notVerified = createUnverifiedLog({
      log,
      event: 'webhook-not-verified',
      fields: { tracker },
    });
    app.post(`/webhooks/${tracker}`, limit, async (c) => {
      const reading = await read(c.req.raw.headers, await c.req.text());
      switch (reading.kind) {
        case 'refused':
          notVerified(reading.reason);
          throw new ProblemError('not-verified', { detail: ADVICE[reading.reason] });
        case 'malformed':
          throw new ProblemError('invalid-input');
        case 'event':
          await receive(reading.event);
          break;
        default:
          if (reading.unknown) log.warn('webhook-not-understood', { tracker });
      }
      return c.body(null, 204);
    });
  }
  return app;
}
