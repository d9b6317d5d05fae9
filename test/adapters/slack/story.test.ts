/**
 * The whole story: the app installed by OAuth, a mention in a thread of thirty messages, a streamed answer, two cards, an edit, two
 * people who approve at once, one issue on GitHub, and the thread hears that it was closed. All of the
 * composition, on stand-ins, once by each receiver.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { describe, expect, it, vi } from 'vitest';
import { createSlackAdapter } from '../../../adapters/slack/adapter.ts';
import { parseCardAction } from '../../../adapters/slack/card-action.ts';
import { createAdmin } from '../../../src/admin/index.ts';
import { createApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { silent } from '../../core/bots.ts';
import { startEngine } from '../../engine.ts';
import { issuesHook, toGitHubRequest } from '../../fakes/github-delivery.ts';
import { startGitHubServer } from '../../fakes/github-server.ts';
import { newProject, TOKEN } from '../../fakes/github-world.ts';
import { startOpenAiServer } from '../../fakes/openai-server.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import { createDelivery } from '../../fakes/slack-delivery.ts';
import { createPeople } from '../../fakes/slack-people.ts';
import { type SlackServer, startSlack } from '../../fakes/slack-server.ts';
import { addChannel, addUser, type SlackMessage, threadOf } from '../../fakes/slack-world.ts';
import { PUBLIC_URL, RECEIVERS, type ReceiverKind } from './bots.ts';

const KEY = 'sk-test-0123456789abcdef';
const SECRET = 'a-webhook-secret';
const TITLES = ['Export drops the last row', 'Import accepts empty files'];
const PATIENCE = { timeout: 15_000, interval: 20 };

async function setUp(receiver: ReceiverKind) {
  const [engine, slack, github, vendor, dataDir] = await Promise.all([
    startEngine(),
    startSlack(),
    startGitHubServer(),
    startOpenAiServer({ apiKey: KEY }),
    mkdtemp(join(tmpdir(), 'story-')),
  ]);
  const { world } = slack;
  for (const name of ['Ann', 'Bob']) addUser(world, `U${name.toUpperCase()}`, name);
  const channel = addChannel(world, 'C1', 'channel', ['UANN', 'UBOB']);
  github.world.projects.push({ ...newProject(7, 'acme/shop'), roles: { 'acme-bot': 'write' } });
  const config = parseConfig({
    ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: `test-${randomUUID()}` },
    ...{ DATA_DIR: dataDir, DEFAULT_PROJECT: 'github:acme/shop' },
    ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${vendor.url}/v1`, OPENAI_MODEL: 'gpt-large' },
    ...{ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: github.url, GITHUB_WEBHOOK_SECRET: SECRET },
    ...{ SLACK_CLIENT_ID: slack.oauth.clientId, SLACK_CLIENT_SECRET: slack.oauth.clientSecret },
    ...{ SLACK_STATE_SECRET: 'stand-in-state-secret', SLACK_API_URL: slack.apiUrl },
    ...{ PUBLIC_URL },
    ...(receiver === 'socket'
      ? { SLACK_APP_TOKEN: world.appToken }
      : { SLACK_SIGNING_SECRET: world.signingSecret }),
  });
  const { slack: connection } = config;
  if (!connection) throw new Error('Slack is not configured');
  const app = await createApp({
    ...{ config, log: silent, platforms: [] },
    connect: async (tools) => [createSlackAdapter({ ...tools, config: connection })],
  });
  const admin = createAdmin({ ...app.admin, addressOf: () => '127.0.0.1' });
  const server = serve({ fetch: admin.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await Promise.all(app.adapters.map((adapter) => adapter.start(app.bot)));
  const base = `http://127.0.0.1:${port}`;
  const requestUrl = `${base}/slack/events`;
  const delivery = createDelivery({ slack, ...(receiver === 'http' && { requestUrl }) });
  const people = createPeople({ slack, delivery });
  async function close(): Promise<void> {
    await Promise.all(app.adapters.map((adapter) => adapter.stop()));
    server.close();
    await app.close(500);
    await Promise.all([engine.stop(), slack.stop(), github.stop(), vendor.stop()]);
    await rm(dataDir, { recursive: true });
  }
  return { app, admin, base, slack, channel, github, vendor, people, close };
}

/** Somebody's browser on its way through the installation, and what it is shown in the end. */
async function install(base: string, { oauth }: SlackServer): Promise<string> {
  const begun = await fetch(`${base}/slack/install`, { redirect: 'manual' });
  const place = { team: 'T1', botUser: 'UBOT', botId: 'BBOT' };
  const address = oauth.approve(begun.headers.get('location') ?? '', place);
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  return (await fetch(address.replace(PUBLIC_URL, base), { headers: { cookie } })).text();
}

const buttonIn = ({ blocks = [] }: SlackMessage, what: string): string => {
  const elements = (blocks as { elements?: { action_id?: string; value?: string }[] }[]).flatMap(
    ({ elements = [] }) => elements,
  );
  const found = elements.find(({ value }) => {
    const action = parseCardAction(value);
    return action?.kind === what || (action?.kind === 'command' && action.command.kind === what);
  });
  return found?.action_id ?? expect.unreachable(`there is no ${what}`);
};

describe('from a mention to the closed issue', () => {
  it.each(RECEIVERS)(
    'leads there and back into the thread, over %s',
    async (receiver) => {
      const story = await setUp(receiver);
      const { app, admin, slack, channel, github, vendor, people, close } = story;
      try {
        expect(await install(story.base, slack)).toContain('Installed in Workspace T1');
        // Nothing else would do: the workspace's own token is not known to the process.
        const { botToken } = slack.world;
        const root = await people.say('UANN', 'C1', 'Something is wrong with our tables.');
        for (let n = 1; n < 30; n += 1) {
          const who = n % 2 ? 'UBOB' : 'UANN';
          await people.say(who, 'C1', `What I saw, number ${n}.`, { thread: root.ts });
        }
        const tickets = TITLES.map((title) => ({ ...DRAFT, title, labels: [] }));
        vendor.will({
          do: 'answer',
          answer: {
            text: ['Let me ', 'see.'],
            calls: [{ id: 'call_1', name: 'draft_tickets', json: JSON.stringify({ tickets }) }],
          },
        });
        vendor.will({ do: 'answer', answer: { text: ['Two ', 'drafts.'] } });
        await people.say('UANN', 'C1', '<@UBOT> draft the export and the import', {
          thread: root.ts,
        });
        const own = () => threadOf(channel, root.ts).filter(({ user }) => user === 'UBOT');
        const cardOf = (title: string) =>
          vi.waitFor(
            () =>
              own().find(({ blocks }) => JSON.stringify(blocks ?? []).includes(title)) ??
              expect.unreachable('no card yet'),
            PATIENCE,
          );
        const [card] = await Promise.all([cardOf(TITLES[0] ?? ''), cardOf(TITLES[1] ?? '')]);
        expect(own()[0]).toMatchObject({ streaming_state: 'completed' });
        expect(own()[0]?.text).toContain('Two drafts.');
        const asked = JSON.stringify(
          vendor.requests.find(({ body }) => JSON.stringify(body).includes('draft the export'))
            ?.body,
        );
        for (const n of [1, 15, 29]) expect(asked).toContain(`What I saw, number ${n}.`);

        await people.click('UANN', 'C1', card.ts, buttonIn(card, 'open-edit'));
        const view = await vi.waitFor(
          () =>
            [...slack.world.views.values()].find((one) => one.open && one.view.submit) ??
            expect.unreachable('no window'),
          PATIENCE,
        );
        await people.submit(view, { title: 'Export drops two rows' });
        await vi.waitFor(
          () => expect(JSON.stringify(card.blocks)).toContain('Export drops two rows'),
          PATIENCE,
        );

        const approve = buttonIn(card, 'approve');
        await Promise.all(['UANN', 'UBOB'].map((who) => people.click(who, 'C1', card.ts, approve)));
        await vi.waitFor(
          () => expect(own().some(({ text }) => text.includes('/issues/'))).toBe(true),
          PATIENCE,
        );
        const [project] = github.world.projects;
        expect(project?.issues.map(({ title }) => title)).toEqual(['Export drops two rows']);
        await vi.waitFor(
          () => expect(JSON.stringify(card.blocks)).toContain(':white_check_mark:'),
          PATIENCE,
        );

        const thread = {
          platform: 'slack',
          workspaceId: 'T1',
          channelId: 'C1',
          threadId: root.ts,
        } as const;
        const { items } = await app.repositories.tickets.listTickets(conversationIdOf(thread));
        const filed = items.find(({ status }) => status === 'published');
        if (filed?.status !== 'published') throw new Error('nothing was filed');
        const hook = issuesHook(filed.issue, 'closed', { by: 'ben' });
        expect((await admin.fetch(toGitHubRequest(hook, SECRET))).status).toBe(204);
        await vi.waitFor(() => expect(own().at(-1)?.text).toMatch(/closed/i), PATIENCE);
        await vi.waitFor(() => expect(JSON.stringify(card.blocks)).toMatch(/closed/i), PATIENCE);
        expect(slack.calls.filter(({ token }) => token === botToken)).toEqual([]);
      } finally {
        await close();
      }
    },
    60_000,
  );
});
