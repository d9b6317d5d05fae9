/** Threads that begin with a message, on the stand-in Discord. */
import { REST, Routes } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createThreadOpening,
  type ThreadOpening,
  toThreadName,
} from '../../../adapters/discord/thread-opening.ts';
import { ChatError } from '../../../src/core/errors.ts';
import type { Place } from '../../../src/core/thread.ts';
import { createPeople, type DiscordPeople } from '../../fakes/discord-people.ts';
import { type DiscordServer, startDiscord } from '../../fakes/discord-server.ts';
import {
  addChannel,
  addGuild,
  addUser,
  type DiscordChannel,
  type DiscordMessage,
} from '../../fakes/discord-world.ts';

describe('a thread that begins with a message', () => {
  let discord: DiscordServer;
  let people: DiscordPeople;
  let general: DiscordChannel;
  let root: DiscordMessage;
  let place: Place;
  let rest: REST;
  let threads: ThreadOpening;

  beforeEach(async () => {
    discord = await startDiscord();
    people = createPeople(discord);
    const ann = addUser(discord.world, 'Ann');
    const guild = addGuild(discord.world, 'Acme', [addUser(discord.world, 'Owner'), ann]);
    general = addChannel(discord.world, guild, 'general');
    place = { workspaceId: guild.id, channelId: general.id, visibility: 'public' };
    root = people.say(ann.id, general.id, 'The export is broken');
    rest = new REST({ api: discord.apiUrl, retries: 0 }).setToken(discord.world.token);
    threads = createThreadOpening({ rest });
  });
  afterEach(() => discord.stop());

  const write = (content: string) =>
    threads.within(root.id, place, () =>
      rest.post(Routes.channelMessages(root.id), { body: { content } }),
    );
  const written = () => discord.world.channels.get(root.id)?.messages.map(({ content }) => content);

  it('is waited for by whoever writes to it', async () => {
    const thread = threads.prepare(root.id, { channelId: general.id, name: root.content });
    const writing = write('hello');
    await thread.open();
    await writing;
    expect(written()).toEqual(['hello']);
    expect(discord.world.channels.get(root.id)?.name).toBe('The export is broken');
    expect(discord.requests.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  it('is opened by the first who writes when nobody announced it', async () => {
    await write('after a restart');
    expect(written()).toEqual(['after a restart']);
  });

  it('may be there already', async () => {
    const open = () => threads.prepare(root.id, { channelId: general.id, name: 'x' }).open();
    await open();
    await open();
    await write('once');
    expect(written()).toEqual(['once']);
  });

  it('is opened again before it is edited, when it was archived', async () => {
    const { id } = (await write('draft')) as { id: string };
    people.archive(root.id);
    const edit = () =>
      rest.patch(Routes.channelMessage(root.id, id), { body: { content: 'edited' } });
    await threads.within(root.id, place, edit);
    expect(written()).toEqual(['edited']);
  });

  it('is told of in words when the place does not allow it', async () => {
    discord.world.activeThreads = 0;
    const thread = threads.prepare(root.id, { channelId: general.id, name: 'x' });
    const writing = write('x').catch((error: unknown) => error);
    await expect(thread.open()).rejects.toThrow('as many open threads as Discord allows');
    expect(await writing).toBeInstanceOf(ChatError);
  });

  it('has a name of one line that Discord takes', () => {
    expect(toThreadName(' two\nlines ')).toBe('two lines');
    expect(toThreadName('x'.repeat(101))).toHaveLength(100);
    expect(toThreadName('  ')).toBe('Ticket');
  });
});
