/** What GitHub sends: payloads cut to the fields around those that are read, shaped as in its documentation, and signed. */
import { createHmac, randomUUID } from 'node:crypto';
import type { FiledIssue } from '../../src/core/ticket.ts';

export interface GitHubHook {
  event: string;
  payload: object;
}

interface HookOptions {
  by?: string;
  type?: 'User' | 'Bot';
  at?: string;
  more?: object;
}

/** `issue` is as it was filed; `action` as GitHub names it. */
export function issuesHook(
  issue: FiledIssue,
  action: string,
  { more = {}, ...options }: HookOptions & { issue?: object } = {},
): GitHubHook {
  const state = action === 'closed' ? 'closed' : 'open';
  return {
    event: 'issues',
    payload: { ...envelope(issue, { state, ...options }), action, ...more },
  };
}

export function commentHook(
  issue: FiledIssue,
  body: string,
  { at = new Date().toISOString(), ...options }: HookOptions & { id?: number } = {},
): GitHubHook {
  const { id = 7 } = options;
  const url = `${issue.externalUrl}#issuecomment-${id}`;
  const comment = { id, html_url: url, body, created_at: at, user: { login: 'ben' } };
  return {
    event: 'issue_comment',
    payload: { ...envelope(issue, { at, ...options }), action: 'created', comment },
  };
}

function envelope(
  { host, project, projectId, number, externalUrl }: FiledIssue,
  {
    by = 'ben',
    type = 'User',
    at = new Date().toISOString(),
    state = 'open',
    issue = {},
  }: HookOptions & { state?: string; issue?: object },
) {
  return {
    issue: {
      id: 1,
      number: Number(number),
      title: 'Checkout hangs',
      html_url: externalUrl,
      state,
      state_reason: state === 'closed' ? 'completed' : null,
      updated_at: at,
      body: 'Nobody can pay.',
      ...issue,
    },
    repository: {
      id: Number(projectId),
      full_name: project,
      html_url: `https://${host}/${project}`,
      private: true,
    },
    sender: { login: by, id: 5, type },
  };
}

export function signGitHub(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** The request as GitHub makes it; `headers` replace its own. */
export function toGitHubRequest(
  { event, payload }: GitHubHook,
  secret: string,
  headers: Record<string, string> = {},
): Request {
  const body = JSON.stringify(payload);
  return new Request('http://bot.example.com/webhooks/github', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signGitHub(body, secret),
      ...headers,
    },
  });
}
