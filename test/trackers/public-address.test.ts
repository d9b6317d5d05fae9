/** A tracker that is reached by another address than its own: a name inside a network, a port, capital letters. */
import { describe, expect, it } from 'vitest';
import type { FiledIssue } from '../../src/core/ticket.ts';
import type { CreatedIssue, NewIssue, Tracker } from '../../src/core/tracker.ts';
import type { Webhook } from '../../src/core/webhook.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitHubWebhook } from '../../src/trackers/github-webhook.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { createGitLabWebhook } from '../../src/trackers/gitlab-webhook.ts';
import { issuesHook, toGitHubRequest } from '../fakes/github-delivery.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN, PROJECT } from '../fakes/github-world.ts';
import { issueHook } from '../fakes/gitlab-delivery.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';

const SECRET = 'secret';
const signal = new AbortController().signal;

interface Case {
  name: string;
  publicUrl: string;
  /** As events name the server. */
  host: string;
  project: string;
  start(publicUrl: string): Promise<{ url: string; stop(): Promise<void> }>;
  connect(url: string, trusted: boolean): Tracker;
  webhook: Webhook;
  /** That the issue was closed, as the server tells it. */
  hookOf(issue: FiledIssue, publicUrl: string): Promise<[Headers, string]>;
}

const onGitHub: Case = {
  ...{ name: 'github', publicUrl: 'https://GitHub.Example.com:443', host: 'github.example.com' },
  project: PROJECT,
  start: (publicUrl) => startGitHubServer({ publicUrl }),
  connect: (baseUrl, trusted) =>
    createGitHubTracker({ auth: { kind: 'token', token: GITHUB_TOKEN }, baseUrl, trusted }),
  webhook: createGitHubWebhook({ secrets: [SECRET] }),
  async hookOf(issue) {
    const hook = issuesHook({ ...issue, host: 'GitHub.Example.com' }, 'closed');
    const sent = toGitHubRequest(hook, SECRET);
    return [sent.headers, await sent.text()];
  },
};

const onGitLab = (relativePath: string): Case => ({
  ...{ name: `gitlab below "${relativePath}"`, host: `git.example.com${relativePath}` },
  publicUrl: `https://Git.Example.com:443${relativePath}`,
  project: 'acme/web/shop',
  start: (publicUrl) => startGitLabServer({ relativePath, publicUrl }),
  connect: (url, trusted) => createGitLabTracker({ url, token: GITLAB_TOKEN, trusted }),
  webhook: createGitLabWebhook({ secrets: [SECRET] }),
  async hookOf(issue, publicUrl) {
    const hook = issueHook(issue, 'close');
    hook.project.web_url = `${publicUrl}/acme/web/shop`;
    return [new Headers({ 'x-gitlab-token': SECRET }), JSON.stringify(hook)];
  },
});

describe.each([onGitHub, onGitLab(''), onGitLab('/tools/gitlab')])('$name', (where) => {
  const { publicUrl, project, start, connect, webhook, hookOf } = where;
  const marker = `prompt-to-issue:${'a1'.repeat(16)}`;
  const body = `Nobody can pay.\n\n<!-- ${marker} -->\n`;
  const texts = { title: 'Checkout hangs', body, rest: [], labels: [], assignees: [] };
  const issue: NewIssue = { ...texts, project, marker };
  const asFiled = ({ url, ...created }: CreatedIssue): FiledIssue => ({
    ...{ ...created, tracker: where.name.slice(0, 6), externalId: '', externalUrl: url },
    filedAt: '',
  });

  it('is named as its events name it, where the operator chose it', async () => {
    const server = await start(publicUrl);
    const tracker = connect(server.url, true);
    const created = await tracker.createIssue(issue, signal);
    const reading = await webhook.read(...(await hookOf(asFiled(created), publicUrl)));
    if (reading.kind !== 'event') throw new Error(reading.kind);
    const { host } = reading.event.issue.address;
    expect(host).toBe(where.host);
    expect(created.host).toBe(host);
    const since = new Date(Date.now() - 60_000).toISOString();
    expect(await tracker.findIssueByMarker(project, marker, since, signal)).toMatchObject({ host });
    expect(await tracker.getProject(project)).toMatchObject({ host });
    await server.stop();
  });

  it('passes for no other, where people entered its address', async () => {
    const server = await start(publicUrl);
    const tracker = connect(server.url, false);
    const { host, pathname } = new URL(server.url);
    const own = { host: `${host}${pathname}`.replace(/\/$/, '') };
    expect(await tracker.createIssue(issue, signal)).toMatchObject(own);
    expect(await tracker.getProject(project)).toMatchObject(own);
    await server.stop();
  });
});
