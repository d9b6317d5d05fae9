/**
 * The whole story: `/ticket` in Discord, a thread, a streamed answer, two cards, an edit in a window, two
 * people who approve at once, one issue on GitHub, and card and thread hear that it was closed. All of
 * the composition, on stand-ins.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDiscordAdapter } from '../../../adapters/discord/adapter.ts';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { createAdmin } from '../../../src/admin/index.ts';
import { type App, createApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { silent } from '../../core/bots.ts';
import { startEngine, type TestEngine } from '../../engine.ts';
import { createPeople } from '../../fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../../fakes/discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordMessage,
  type DiscordUser,
} from '../../fakes/discord-world.ts';
import { issuesHook, toGitHubRequest } from '../../fakes/github-delivery.ts';
import { type GitHubServer, startGitHubServer } from '../../fakes/github-server.ts';
import { newProject, TOKEN } from '../../fakes/github-world.ts';
import { startOpenAiServer } from '../../fakes/openai-server.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import type { VendorServer } from '../../fakes/vendor-server.ts';

const KEY = 'sk-test-0123456789abcdef';
const SECRET = 'a-webhook-secret';
const TITLES = ['Export hangs on large tables', 'Import accepts empty files'] as const;
const PATIENCE = { timeout: 15_000, interval: 20 };

describe('from /ticket to the closed issue', () => {
  let engine: TestEngine;
  let discord: DiscordServer;
  let github: GitHubServer;
  let app: App;
  let vendor: VendorServer;
  let ann: DiscordUser;
  let bob: DiscordUser;
  let general: DiscordChannel;
  let dataDir = '';

  beforeAll(async () => {
    [engine, discord, github, vendor, dataDir] = await Promise.all([
      startEngine(),
      startDiscord(),
      startGitHubServer(),
      startOpenAiServer({ apiKey: KEY }),
      mkdtemp(join(tmpdir(), 'story-')),
    ]);
    ann = addUser(discord.world, 'Ann');
    bob = addUser(discord.world, 'Bob');
    const guild = addGuild(discord.world, 'Acme', [addUser(discord.world, 'Owner'), ann, bob]);
    general = addChannel(discord.world, guild, 'general');
    github.world.projects.push({ ...newProject(7, 'acme/shop'), roles: { 'acme-bot': 'write' } });
    const config = parseConfig({
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: `test-${randomUUID()}` },
      ...{ DATA_DIR: dataDir, DEFAULT_PROJECT: 'github:acme/shop' },
      ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${vendor.url}/v1`, OPENAI_MODEL: 'gpt-large' },
      ...{ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: github.url, GITHUB_WEBHOOK_SECRET: SECRET },
      ...{ DISCORD_TOKEN: discord.world.token, DISCORD_API_URL: discord.apiUrl },
    });
    const { discord: connection } = config;
    if (!connection) throw new Error('Discord is not configured');
    app = await createApp({
      ...{ config, log: silent, platforms: [] },
      connect: async ({ repositories, log }) => [
        createDiscordAdapter({ config: connection, repositories, log }),
      ],
    });
    const rest = createRest({ config: connection, log: silent });
    const { applicationId } = discord.world;
    await (await planRegistration({ rest, applicationId })).apply();
    await Promise.all(app.adapters.map((adapter) => adapter.start(app.bot)));
  });
  afterAll(async () => {
    await Promise.all(app.adapters.map((adapter) => adapter.stop()));
    await app.close(500);
    await Promise.all([engine.stop(), discord.stop(), github.stop(), vendor.stop()]);
    await rm(dataDir, { recursive: true });
  });

  /** What the model says and drafts, and what it says then. */
  function answerWithTwoDrafts(): void {
    const tickets = TITLES.map((title) => ({ ...DRAFT, title, labels: [] }));
    const calls = [{ id: 'call_1', name: 'draft_tickets', json: JSON.stringify({ tickets }) }];
    vendor.will({ do: 'answer', answer: { text: ['Let me ', 'see.'], calls } });
    vendor.will({ do: 'answer', answer: { text: ['Two ', 'drafts.'] } });
  }

  it('leads there, and back into the thread', async () => {
    const { world } = discord;
    const people = createPeople(discord);
    answerWithTwoDrafts();
    const prompt = 'The export hangs on large tables, and the import accepts empty files.';
    const given = await people.slash(ann.id, general.id, 'ticket', {
      ...{ subcommand: 'new', options: { prompt } },
    });
    expect(given.callback?.type).toBe(5);
    const threadId = await vi.waitFor(() => {
      const told = world.ephemerals.at(-1)?.message.content ?? '';
      return /^Here: <#(\d+)>/.exec(told)?.[1] ?? expect.unreachable(told);
    }, PATIENCE);
    const messages = () => world.channels.get(threadId)?.messages ?? [];
    const cardOf = (title: string) =>
      vi.waitFor(
        () =>
          messages().find(({ embeds }) => JSON.stringify(embeds).includes(title)) ??
          expect.unreachable('no card yet'),
        PATIENCE,
      );
    const [card, other] = await Promise.all([cardOf(TITLES[0]), cardOf(TITLES[1])]);
    expect(other.id).not.toBe(card.id);
    expect(viewsIn(discord, threadId)).toEqual(['Let me', 'Let me see.\n\nTwo drafts.']);

    const shown = () => JSON.stringify(card.embeds);
    const opened = await people.click(ann.id, card, idOf(card, 'Edit text'));
    await people.submit(opened, { title: 'Export hangs above 10,000 rows' });
    await vi.waitFor(() => expect(shown()).toContain('Export hangs above 10,000 rows'), PATIENCE);

    const approve = idOf(card, 'Approve');
    await Promise.all([ann, bob].map(({ id }) => people.click(id, card, approve)));
    await vi.waitFor(() => expect(shown()).toContain('✅ Filed'), PATIENCE);
    const [project] = github.world.projects;
    expect(project?.issues.map(({ title }) => title)).toEqual(['Export hangs above 10,000 rows']);
    const [issue] = project?.issues ?? [];
    expect(shown()).toContain(`/acme/shop/issues/${issue?.number}`);
    const told = () => world.ephemerals.map(({ message }) => message.content);
    await vi.waitFor(
      () =>
        expect(told().slice(-2).sort()).toEqual([
          expect.stringMatching(/^Filed acme\/shop#1: http/),
          expect.stringMatching(/^Ticket 1 is /),
        ]),
      PATIENCE,
    );

    const conversationId = conversationIdOf(threadRefOf(threadId));
    const { items } = await app.repositories.tickets.listTickets(conversationId);
    expect(items.map(({ status }) => status).sort()).toEqual(['draft', 'published']);
    const filed = items.find(({ status }) => status === 'published');
    if (filed?.status !== 'published') throw new Error('nothing was filed');
    const admin = createAdmin({ ...app.admin, addressOf: () => '127.0.0.1' });
    const hook = issuesHook(filed.issue, 'closed', { by: 'ben' });
    expect((await admin.fetch(toGitHubRequest(hook, SECRET))).status).toBe(204);
    await vi.waitFor(() => expect(messages().at(-1)?.content).toMatch(/closed/i), PATIENCE);
    await vi.waitFor(() => expect(shown()).toMatch(/closed/i), PATIENCE);
    expect(JSON.stringify(other.embeds)).not.toMatch(/closed|Filed/);
  }, 60_000);
});

/** What people saw of the answer in a thread, one after the other, from the first word on. */
function viewsIn({ requests }: DiscordServer, threadId: string): string[] {
  const own = requests.filter(({ path }) => path.startsWith(`/channels/${threadId}/messages`));
  return own.flatMap(({ body: { content } }) => (content ? [String(content)] : []));
}

const idOf = ({ components }: DiscordMessage, label: string) => {
  const [row] = components as { components: { label: string; custom_id: string }[] }[];
  return row?.components.find((one) => one.label === label)?.custom_id ?? '';
};
