/**
 * The whole story: `/ticket` in Discord, a thread, a draft talked about, edited and approved, an issue
 * on GitHub, and the thread hears that it was closed. All of the composition, on stand-ins.
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

const SECRET = 'a-webhook-secret';

describe('from /ticket to the closed issue', () => {
  let engine: TestEngine;
  let discord: DiscordServer;
  let github: GitHubServer;
  let app: App;
  let ann: DiscordUser;
  let general: DiscordChannel;
  let dataDir = '';

  beforeAll(async () => {
    [engine, discord, github, dataDir] = await Promise.all([
      startEngine(),
      startDiscord(),
      startGitHubServer(),
      mkdtemp(join(tmpdir(), 'story-')),
    ]);
    ann = addUser(discord.world, 'Ann');
    const guild = addGuild(discord.world, 'Acme', [addUser(discord.world, 'Owner'), ann]);
    general = addChannel(discord.world, guild, 'general');
    github.world.projects.push({ ...newProject(7, 'acme/shop'), roles: { 'acme-bot': 'write' } });
    const config = parseConfig({
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: `test-${randomUUID()}` },
      ...{ DATA_DIR: dataDir, DEFAULT_PROVIDER: 'offline', DEFAULT_PROJECT: 'github:acme/shop' },
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
    await Promise.all([engine.stop(), discord.stop(), github.stop()]);
    await rm(dataDir, { recursive: true });
  });

  it('leads there, and back into the thread', async () => {
    const { world } = discord;
    const people = createPeople(discord);

    const prompt = 'The export hangs when a table has more than 10,000 rows. Make it a bug.';
    const given = await people.slash(ann.id, general.id, 'ticket', {
      ...{ subcommand: 'new', options: { prompt } },
    });
    expect(given.callback?.type).toBe(5);
    const threadId = await vi.waitFor(() => {
      const told = world.ephemerals.at(-1)?.message.content ?? '';
      return /^Here: <#(\d+)>/.exec(told)?.[1] ?? expect.unreachable(told);
    }, 10_000);
    const messages = () => world.channels.get(threadId)?.messages ?? [];
    const card = await vi.waitFor(
      () => messages().find(({ embeds }) => embeds.length > 0) ?? expect.unreachable(),
      { timeout: 10_000, interval: 50 },
    );
    const shown = () => JSON.stringify(card.embeds);
    expect(shown()).toMatch(/export/i);

    const opened = await people.click(ann.id, card, idOf(card, 'Edit text'));
    await people.submit(opened, { title: 'Export hangs above 10,000 rows' });
    await vi.waitFor(() => expect(shown()).toContain('Export hangs above 10,000 rows'));
    await people.click(ann.id, card, idOf(card, 'Approve'));
    await vi.waitFor(() => expect(shown()).toContain('✅ Filed'), { timeout: 10_000 });
    const [project] = github.world.projects;
    expect(project?.issues.map(({ title }) => title)).toEqual(['Export hangs above 10,000 rows']);

    const conversationId = conversationIdOf(threadRefOf(threadId));
    const { items } = await app.repositories.tickets.listTickets(conversationId);
    const [ticket] = items;
    if (ticket?.status !== 'published') throw new Error('nothing was filed');
    const before = messages().length;
    const admin = createAdmin({ ...app.admin, addressOf: () => '127.0.0.1' });
    const hook = issuesHook(ticket.issue, 'closed', { by: 'ben' });
    const answered = await admin.fetch(toGitHubRequest(hook, SECRET));
    expect(answered.status).toBe(204);
    await vi.waitFor(() => expect(messages().length).toBeGreaterThan(before), { timeout: 10_000 });
    expect(messages().at(-1)?.content).toMatch(/closed/i);
  }, 60_000);
});

const idOf = ({ components }: DiscordMessage, label: string) => {
  const [row] = components as { components: { label: string; custom_id: string }[] }[];
  return row?.components.find((one) => one.label === label)?.custom_id ?? '';
};
