/** What GitLab sends: payloads cut to the fields around those that are read, shaped as in its documentation, with a token or signed. */
import { createHmac, randomUUID } from 'node:crypto';
import type { FiledIssue } from '../../src/core/ticket.ts';

export function issueHook(issue: FiledIssue, action: string, more: object = {}, changes = {}) {
  const state = action === 'close' ? 'closed' : 'opened';
  return {
    object_kind: 'issue',
    event_type: 'issue',
    ...placeOf(issue),
    object_attributes: {
      id: 301,
      iid: Number(issue.number),
      title: 'Checkout hangs',
      url: issue.externalUrl,
      state,
      action,
      // As GitLab writes it, to the second.
      updated_at: new Date().toISOString().replace(/T(.{8}).*/, ' $1 UTC'),
      confidential: false,
      moved_to_id: null,
      ...more,
    },
    changes,
  };
}

export function noteHook(issue: FiledIssue, note: string, more: object = {}, id = 7) {
  const now = new Date().toISOString();
  return {
    object_kind: 'note',
    event_type: 'note',
    ...placeOf(issue),
    object_attributes: {
      id,
      note,
      noteable_type: 'Issue',
      url: `${issue.externalUrl}#note_${id}`,
      created_at: now,
      updated_at: now,
      action: 'create',
      system: false,
      internal: false,
      ...more,
    },
    issue: {
      id: 301,
      iid: Number(issue.number),
      title: 'Checkout hangs',
      state: 'opened',
      updated_at: now,
      confidential: false,
    },
  };
}

function placeOf({ host, project, projectId }: FiledIssue) {
  return {
    user: { id: 1, name: 'Ben', username: 'ben' },
    project: {
      id: Number(projectId),
      path_with_namespace: project,
      web_url: `https://${host}/${project}`,
    },
  };
}

/** As Standard Webhooks signs it; `at` in seconds since 1970. */
export function signGitLab(
  body: string,
  token: string,
  { id = randomUUID() as string, at = Math.floor(Date.now() / 1000) } = {},
): Record<string, string> {
  const key = Buffer.from(token.slice('whsec_'.length), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': `${at}`,
    'webhook-signature': `v1,${digest}`,
  };
}

export function toGitLabRequest(payload: object | string, headers: Record<string, string>) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new Request('http://bot.example.com/webhooks/gitlab', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
  });
}
