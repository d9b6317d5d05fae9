/**
 * One person in Slack and in Discord, in the product as it is run: what is theirs in one is theirs in
 * the other, and a ticket is shown where it was drafted, whoever acts from wherever.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChannelType } from 'discord.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseCardAction } from '../adapters/slack/card-action.ts';
import type { Repositories } from '../src/core/repositories.ts';
import { createRepositories } from '../src/db/index.ts';
import { type BuiltProject, createBuiltProject } from './built-project.ts';
import { findFreePort, startEngine, type TestEngine } from './engine.ts';
import { createPeople as createDiscordPeople } from './fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from './fakes/discord-server.ts';
import * as discordWorld from './fakes/discord-world.ts';
import { issuesHook, toGitHubRequest } from './fakes/github-delivery.ts';
import { type GitHubServer, startGitHubServer } from './fakes/github-server.ts';
import { newProject, TOKEN } from './fakes/github-world.ts';
import { createDelivery } from './fakes/slack-delivery.ts';
import { createPeople, type SlackPeople } from './fakes/slack-people.ts';
import { type SlackServer, startSlack } from './fakes/slack-server.ts';
import { addChannel, addUser, type SlackMessage, threadOf } from './fakes/slack-world.ts';
import { type Product, startProduct } from './product.ts';

const SECRET = 'a-webhook-secret';
const IN_SLACK = 'The export hangs when a table has more than 10,000 rows. Make it a bug.';
const IN_DISCORD = 'The import accepts empty files without a word. Make it a bug.';

/** Patient: tests share the machine. */
const eventually = <Value>(check: () => Value | Promise<Value>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 50 });

const FORMS = {
  'the sources': async () => undefined,
  'what npm run build made': createBuiltProject,
};

describe.each(Object.entries(FORMS))(
  'one person in Slack and in Discord, from %s',
  (_, prepare) => {
    let project: BuiltProject | undefined;
    let engine: TestEngine;
    let slack: SlackServer;
    let discord: DiscordServer;
    let github: GitHubServer;
    let product: Product;
    let repositories: Repositories;
    let dataDir = '';
    let publicUrl = '';
    let people: SlackPeople;
    let ann: discordWorld.DiscordUser;
    let guildId = '';
    /** Where each conversation is, and its card. */
    let root: SlackMessage;
    let card: SlackMessage;
    let threadId = '';
    let discordCard: discordWorld.DiscordMessage;

    beforeAll(async () => {
      project = await prepare();
      [engine, slack, discord, github, dataDir] = await Promise.all([
        startEngine(),
        startSlack(),
        startDiscord(),
        startGitHubServer(),
        mkdtemp(join(tmpdir(), 'one-person-')),
      ]);
      addUser(slack.world, 'UANN', 'Ann');
      addUser(slack.world, 'UBOB', 'Bob');
      addChannel(slack.world, 'C1', 'channel', ['UANN', 'UBOB']);
      ann = discordWorld.addUser(discord.world, 'ann.d');
      const guild = discordWorld.addGuild(discord.world, 'Acme', [ann]);
      guildId = guild.id;
      const general = discordWorld.addChannel(discord.world, guild, 'general');
      github.world.projects.push({ ...newProject(7, 'acme/shop'), roles: { 'acme-bot': 'write' } });
      const tableName = 'one-person';
      repositories = createRepositories(await engine.table(tableName));
      const port = await findFreePort();
      publicUrl = `http://127.0.0.1:${port}`;
      const env = {
        ...{ DATA_DIR: dataDir, PORT: `${port}`, PUBLIC_URL: publicUrl },
        ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: tableName },
        ...{ DEFAULT_PROJECT: 'github:acme/shop', GITHUB_API_URL: github.url },
        ...{ GITHUB_TOKEN: TOKEN, GITHUB_WEBHOOK_SECRET: SECRET },
        ...{ SLACK_BOT_TOKEN: slack.world.botToken, SLACK_API_URL: slack.apiUrl },
        SLACK_SIGNING_SECRET: slack.world.signingSecret,
        ...{ DISCORD_TOKEN: discord.world.token, DISCORD_API_URL: discord.apiUrl },
      };
      product = startProduct(env, project?.folder);
      await product.listening;
      const delivery = createDelivery({ slack, requestUrl: `${publicUrl}/slack/events` });
      people = createPeople({ slack, delivery });
      root = await people.say('UANN', 'C1', `<@UBOT> ${IN_SLACK}`);
      card = await eventually(
        () => own().find(({ blocks }) => JSON.stringify(blocks ?? []).includes('export')) ?? fail(),
      );
      threadId = say(IN_DISCORD, general.id);
      discordCard = await eventually(
        () => messages().find(({ embeds }) => embeds.length > 0) ?? fail(),
      );
      await people.say('UANN', 'C1', '<@UBOT> link', { thread: root.ts });
      const code = await eventually(() => /link (\w{8})/.exec(lastEphemeral())?.[1] ?? fail());
      say(`link ${code}`);
      await eventually(() => expect(lastInDiscord()).toBe('You are Ann here too from now on.'));
    }, 60_000);
    afterAll(async () => {
      product.child.kill('SIGTERM');
      expect(await product.exited).toBe(0);
      await Promise.all([engine.stop(), slack.stop(), discord.stop(), github.stop()]);
      await rm(dataDir, { recursive: true });
      await project?.remove();
    });

    const fail = () => expect.unreachable(product.said());
    const own = () => {
      const channel = slack.world.channels.get('C1');
      return channel ? threadOf(channel, root.ts).filter(({ user }) => user === 'UBOT') : [];
    };
    const lastEphemeral = () => JSON.stringify(slack.world.ephemerals.at(-1) ?? '');
    const messages = () => discord.world.channels.get(threadId)?.messages ?? [];
    const lastInDiscord = () => messages().at(-1)?.content;

    const lastDirect = () => {
      const direct = [...discord.world.channels.values()].find(
        ({ type, recipients }) => type === ChannelType.DM && recipients?.includes(ann.id),
      );
      return direct?.messages.at(-1)?.content ?? '';
    };

    /** Ann, to the bot, in Discord. */
    function say(text: string, where = threadId): string {
      const { applicationId } = discord.world;
      return createDiscordPeople(discord).say(ann.id, where, `<@${applicationId}> ${text}`).id;
    }

    it('lists the conversations of both, and finds them at Home', async () => {
      await people.say('UANN', 'C1', '<@UBOT> list', { thread: root.ts });
      say('list');
      // Whoever reads the thread does not read what else she talks about.
      for (const read of [lastEphemeral, lastDirect]) {
        await eventually(() => expect(read()).toMatch(/import.*discord.*export.*slack/is));
      }
      expect(lastEphemeral()).toContain(`https://discord.com/channels/${guildId}/${threadId}`);
      expect(messages().at(-1)?.content).toBe(`<@${discord.world.applicationId}> list`);
      const home = { type: 'app_home_opened', tab: 'home', user: 'UANN', channel: 'D1' };
      await people.event({ ...home, event_ts: '1.1' });
      await eventually(() => {
        const shown = JSON.stringify(slack.world.homes.get('UANN'));
        for (const topic of [/export/i, /import/i]) expect(shown).toMatch(topic);
      });
    });

    it('has one set of settings', async () => {
      say('set my language German');
      await eventually(() => expect(lastInDiscord()).toContain('language `German`'));
      await people.say('UANN', 'C1', '<@UBOT> settings', { thread: root.ts });
      await eventually(() => expect(lastEphemeral()).toContain('language: German'));
    });

    it('files what was drafted in Slack from where Discord led; its card and both threads follow', async () => {
      say('sign in');
      const link = await eventually(
        () => /http\S+\/sign-in\/\S+/.exec(lastDirect())?.[0] ?? fail(),
      );
      const origin = { origin: publicUrl };
      const signedIn = await fetch(link, { method: 'POST', headers: origin, redirect: 'manual' });
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const drafts = await fetch(`${publicUrl}/v1/users/me/drafts`, { headers: { cookie } });
      const { items } = (await drafts.json()) as {
        items: { id: string; conversationId: string; fields: { title: string } }[];
      };
      expect(items).toHaveLength(2);
      const draft = items.find(({ fields }) => /export/i.test(fields.title)) ?? fail();
      const ticket = `${publicUrl}/v1/conversations/${draft.conversationId}/tickets/${draft.id}`;
      const before = await fetch(ticket, { headers: { cookie } });
      const headers = { ...origin, cookie, 'if-match': before.headers.get('etag') ?? '' };
      const approve = card.blocks && approveIn(card);
      // Bob presses in Slack while she approves in her browser.
      const [approved] = await Promise.all([
        fetch(`${ticket}/approve`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: '{}',
        }),
        people.click('UBOB', 'C1', card.ts, approve ?? ''),
      ]);
      expect([200, 422]).toContain(approved.status);
      await eventually(() => expect(JSON.stringify(card.blocks)).toContain(':white_check_mark:'));
      const [project] = github.world.projects;
      expect(project?.issues).toHaveLength(1);
      expect(JSON.stringify(discordCard.embeds)).not.toContain('✅');

      const number = project?.issues[0]?.number;
      say(`link github:acme/shop#${number}`);
      await eventually(() => expect(lastInDiscord()).toMatch(/follow/i));
      const filed = await repositories.tickets.getTicket(draft.conversationId, draft.id);
      if (filed?.status !== 'published') return fail();
      const hook = issuesHook(filed.issue, 'closed', { by: 'ben' });
      const delivered = toGitHubRequest(hook, SECRET);
      const told = await fetch(`${publicUrl}${new URL(delivered.url).pathname}`, {
        method: 'POST',
        headers: delivered.headers,
        body: await delivered.text(),
      });
      expect(told.status).toBe(204);
      await eventually(() => expect(own().at(-1)?.text).toMatch(/closed/i));
      await eventually(() => expect(lastInDiscord()).toMatch(/closed/i));
      await eventually(() => expect(JSON.stringify(card.blocks)).toMatch(/closed/i));
    });
  },
);

function approveIn({ blocks = [] }: SlackMessage): string | undefined {
  const elements = (blocks as { elements?: { action_id?: string; value?: string }[] }[]).flatMap(
    ({ elements = [] }) => elements,
  );
  return elements.find(({ value }) => {
    const action = parseCardAction(value);
    return action?.kind === 'command' && action.command.kind === 'approve';
  })?.action_id;
}
