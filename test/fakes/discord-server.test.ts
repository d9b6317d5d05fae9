/** The stand-in Discord refuses what Discord refuses: asked through discord.js. */
import { once } from 'node:events';
import {
  ChannelType,
  Client,
  type ClientOptions,
  Events,
  GatewayIntentBits,
  type Interaction,
  type Message,
  MessageFlags,
  REST,
  Routes,
} from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPeople, type DiscordPeople } from './discord-people.ts';
import { type DiscordServer, startDiscord } from './discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordGuild,
  type DiscordUser,
  openDm,
} from './discord-world.ts';

const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits;
/** discord.js waits five seconds between two identifies, as Discord wants it. */
const IN_A_HURRY = {
  buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }),
};
const INTENTS = [Guilds, GuildMessages, DirectMessages, MessageContent];

describe('the stand-in Discord', () => {
  let discord: DiscordServer;
  let people: DiscordPeople;
  let ann: DiscordUser;
  let guild: DiscordGuild;
  let general: DiscordChannel;
  let rest: REST;
  const clients: Client[] = [];

  beforeEach(async () => {
    discord = await startDiscord();
    people = createPeople(discord);
    ann = addUser(discord.world, 'Ann');
    guild = addGuild(discord.world, 'Acme', [addUser(discord.world, 'Owner'), ann]);
    general = addChannel(discord.world, guild, 'general');
    rest = new REST({ api: discord.apiUrl, retries: 0 }).setToken(discord.world.token);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.destroy()));
    await discord.stop();
  });

  async function connect(intents = INTENTS, options: Partial<ClientOptions> = {}) {
    const client = new Client({ intents, rest: { api: discord.apiUrl }, ...options });
    clients.push(client);
    await Promise.all([once(client, Events.ClientReady), client.login(discord.world.token)]);
    return client;
  }
  const refused = (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error) => error.code ?? error.status,
    );
  const post = (body: object, channelId = general.id) =>
    rest.post(Routes.channelMessages(channelId), { body }) as Promise<{ id: string }>;
  const button = (custom_id: string) => ({ type: 2, style: 1, label: 'Go', custom_id });
  const row = (...components: object[]) => ({ type: 1, components });
  const nextInteraction = async (client: Client) =>
    (await once(client, Events.InteractionCreate))[0] as Interaction;

  it('takes its own token only', async () => {
    const stranger = new REST({ api: discord.apiUrl }).setToken('other');
    expect(await refused(stranger.get(Routes.user()))).toBe(0);
    const client = new Client({ intents: INTENTS, rest: { api: discord.apiUrl } });
    expect(await refused(client.login('other'))).toBe('TokenInvalid');
  });

  it('wants a User-Agent as the docs say, unless any will do', async () => {
    const lax = await startDiscord({ anyUserAgent: true });
    const ask = async ({ world, apiUrl }: DiscordServer) => {
      const headers = { authorization: `Bot ${world.token}` };
      return (await fetch(`${apiUrl}/v10/users/@me`, { headers })).json();
    };
    expect(await ask(discord)).toMatchObject({ code: 40_333 });
    expect(await ask(lax)).toMatchObject({ id: lax.world.applicationId });
    await lax.stop();
  });

  it('holds messages against the document and the limits beyond it', async () => {
    expect(await refused(post({ content: 'x'.repeat(2_000) }))).toBe('accepted');
    expect(await refused(post({ content: 'x'.repeat(2_001) }))).toBe(50_035);
    expect(await refused(post({ contents: 'x' }))).toBe(50_035);
    expect(await refused(post({ content: '' }))).toBe(50_006);
    const embed = (length: number) => ({ description: 'x'.repeat(length) });
    expect(await refused(post({ embeds: [embed(3_001), embed(3_000)] }))).toBe(50_035);
    const rows = (count: number) => Array.from({ length: count }, (_, n) => row(button(`b${n}`)));
    expect(await refused(post({ components: rows(5) }))).toBe('accepted');
    expect(await refused(post({ components: rows(6) }))).toBe(50_035);
    expect(await refused(post({ components: [row(button('a')), row(button('a'))] }))).toBe(50_035);
    expect(await refused(post({ components: [row(button('x'.repeat(101)))] }))).toBe(50_035);
  });

  it('keeps Components V2 apart from the rest', async () => {
    const flags = MessageFlags.IsComponentsV2;
    const words = (length: number) => ({ type: 10, content: 'x'.repeat(length) });
    const { id } = await post({ flags, components: [words(4_000)] });
    expect(await refused(post({ components: [words(1)] }))).toBe(50_035);
    expect(await refused(post({ flags, content: 'x', components: [words(1)] }))).toBe(50_035);
    expect(await refused(post({ flags, components: [words(2_001), words(2_000)] }))).toBe(50_035);
    const edit = { body: { content: 'x', components: [] } };
    expect(await refused(rest.patch(Routes.channelMessage(general.id, id), edit))).toBe(50_035);
  });

  it('sends one message for a nonce that is enforced', async () => {
    const body = { content: 'once', nonce: '7', enforce_nonce: true };
    const ids = [await post(body), await post(body)].map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(general.messages).toHaveLength(1);
  });

  it('notices who would be pinged', async () => {
    await post({ content: `@everyone <@${ann.id}>` });
    await post({ content: `@everyone <@${ann.id}>`, allowed_mentions: { parse: [] } });
    expect(general.messages.map(({ pings }) => pings)).toEqual([['@everyone', `<@${ann.id}>`], []]);
  });

  it('keeps permissions, archives and locks', async () => {
    const hidden = addChannel(discord.world, guild, 'hidden');
    hidden.overwrites.set(guild.id, { kind: 'role', allow: 0n, deny: 1_024n });
    expect(await refused(post({ content: 'x' }, hidden.id))).toBe(50_001);
    const silent = addChannel(discord.world, guild, 'silent');
    silent.overwrites.set(guild.id, { kind: 'role', allow: 0n, deny: 2_048n });
    expect(await refused(post({ content: 'x' }, silent.id))).toBe(50_013);
    const root = people.say(ann.id, general.id, 'root');
    const open = () => rest.post(Routes.threads(general.id, root.id), { body: { name: 'T' } });
    await open();
    expect(await refused(open())).toBe(160_004);
    const { id } = await post({ content: 'in it' }, root.id);
    people.archive(root.id);
    const edit = () =>
      refused(rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'x' } }));
    expect(await edit()).toBe(50_083);
    await rest.patch(Routes.channel(root.id), { body: { archived: false } });
    expect(await edit()).toBe('accepted');
    people.lock(root.id);
    expect(await refused(post({ content: 'x' }, root.id))).toBe(160_005);
  });

  it('gives words to those who may have them', async () => {
    const client = await connect([Guilds, GuildMessages, DirectMessages]);
    const heard: string[] = [];
    client.on(Events.MessageCreate, (message: Message) => void heard.push(message.content));
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, general.id, 'a secret');
    people.say(ann.id, general.id, `<@${client.user?.id}> hello`);
    people.say(ann.id, dm.id, 'between us');
    const last = once(client, Events.MessageDelete);
    people.remove(people.say(ann.id, general.id, 'gone'));
    await last;
    expect(heard.slice(0, 2)).toEqual(['', `<@${client.user?.id}> hello`]);
  });

  it('refuses intents that were not granted', async () => {
    discord.world.messageContent = false;
    const client = new Client({ intents: INTENTS, rest: { api: discord.apiUrl } });
    expect(await refused(client.login(discord.world.token))).not.toBe('accepted');
    expect(discord.gateway.connected()).toBe(0);
  });

  it('sends again what was missed when a session is resumed, and not what was before', async () => {
    const client = await connect();
    const heard: string[] = [];
    client.on(Events.MessageCreate, ({ content }) => void heard.push(content));
    people.say(ann.id, general.id, 'one');
    await once(client, Events.MessageCreate);
    discord.gateway.drop();
    people.say(ann.id, general.id, 'two');
    await once(client, Events.ShardResume);
    expect(heard).toEqual(['one', 'two']);
    expect([discord.gateway.identified, discord.gateway.resumed]).toEqual([1, 1]);
  });

  it('resumes when told to reconnect, and identifies again when the session is invalid', async () => {
    const client = await connect(INTENTS, { ws: IN_A_HURRY });
    discord.gateway.tell('reconnect');
    await once(client, Events.ShardResume);
    discord.gateway.tell('invalid');
    await once(client, Events.ShardReady);
    expect([discord.gateway.identified, discord.gateway.resumed]).toEqual([2, 1]);
  });

  it('shares servers out among shards', async () => {
    const client = await connect(INTENTS, { shards: [0, 1], shardCount: 2 });
    expect(client.guilds.cache.get(guild.id)?.shardId).toBe(Number((BigInt(guild.id) >> 22n) % 2n));
    expect(discord.gateway.connected()).toBe(2);
  });

  it('takes one answer to an interaction, in time', async () => {
    const client = await connect();
    const { id } = await post({ content: 'card', components: [row(button('go'))] });
    const message = general.messages.find((one) => one.id === id);
    if (!message) throw new Error('nothing was posted');
    const clicking = people.click(ann.id, message, 'go');
    const interaction = await nextInteraction(client);
    if (!interaction.isButton()) throw new Error('not a button');
    await interaction.reply({ content: 'done', flags: MessageFlags.Ephemeral });
    expect((await clicking).callback?.type).toBe(4);
    expect(discord.world.ephemerals).toMatchObject([{ message: { content: 'done' } }]);
    const again = rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 4, data: { content: 'twice' } },
      auth: false,
    });
    expect(await refused(again)).toBe(40_060);
    discord.world.answerWithinMs = -1;
    const arriving = nextInteraction(client);
    await people.click(ann.id, message, 'go');
    const late = await arriving;
    expect(await refused(late.isButton() ? late.deferUpdate() : Promise.resolve())).toBe(10_062);
  });

  it('opens a modal as the first answer only, and writes to a token while it lives', async () => {
    discord.world.commands.set('global', [
      { id: discord.world.nextId(), name: 'ticket', type: 1, description: 'x', options: [] },
    ]);
    const client = await connect();
    const giving = people.slash(ann.id, general.id, 'ticket');
    const given = await nextInteraction(client);
    if (!given.isChatInputCommand()) throw new Error('not a command');
    const label = (text: string) => ({
      ...{ type: 18, label: text },
      component: { type: 4, custom_id: 'title', style: 1 },
    });
    const open = (components: object[]) =>
      refused(given.showModal({ title: 'Edit', custom_id: 'm', components: components as never }));
    expect(await open([label('x'.repeat(46))])).toBe(50_035);
    expect(await open([label('Title')])).toBe('accepted');
    const opened = await giving;
    await expect(people.submit(opened)).rejects.toThrow('wants more in title');
    const submitting = people.submit(opened, { title: 'Hello' });
    const submitted = await nextInteraction(client);
    if (!submitted.isModalSubmit()) throw new Error('not a modal');
    expect(submitted.fields.getTextInputValue('title')).toBe('Hello');
    await submitted.deferReply();
    await submitting;
    await submitted.editReply('filed');
    expect(general.messages.at(-1)?.content).toBe('filed');
    discord.world.tokenLifetimeMs = -1;
    expect(await refused(submitted.editReply('late'))).toBe(50_027);
  });

  it('keeps buckets when told to, and bans who is refused too often', async () => {
    discord.limitRates(true);
    const limits: object[] = [];
    const impatient = new REST({ api: discord.apiUrl, rejectOnRateLimit: ['/'] });
    impatient.setToken(discord.world.token);
    for (let index = 0; index < 6; index += 1) {
      const body = { content: `${index}` };
      await impatient
        .post(Routes.channelMessages(general.id), { body })
        .catch((error) => limits.push(error));
    }
    expect(general.messages).toHaveLength(5);
    expect(limits).toMatchObject([{ limit: 5 }]);
    discord.world.invalidRequestLimit = 1;
    const stranger = new REST({ api: discord.apiUrl, retries: 0 }).setToken('other');
    await refused(stranger.get(Routes.user()));
    expect(discord.invalidRequests()).toBe(1);
    const banned = await fetch(`${discord.apiUrl}/v10/users/@me`);
    expect(await banned.text()).toContain('1015');
  });

  it('makes a forum post a thread with its first message', async () => {
    const forum = addChannel(discord.world, guild, 'ideas', ChannelType.GuildForum);
    const client = await connect();
    const created = once(client, Events.ThreadCreate);
    const said = once(client, Events.MessageCreate);
    const thread = people.post(ann.id, forum.id, 'Dark mode', 'Please.');
    expect((await created)[0].id).toBe(thread.id);
    expect((await said)[0]).toMatchObject({ id: thread.id, content: 'Please.' });
    expect(await refused(post({ content: 'x' }, forum.id))).toBe(50_024);
  });
});
