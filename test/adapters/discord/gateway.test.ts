/** The line to Discord: lost, resumed, begun again, shared; nothing said is lost and nothing is answered twice. */
import { REST, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { InvalidInputError, StoreUnavailableError } from '../../../src/core/errors.ts';
import type { Repositories } from '../../../src/core/repositories.ts';
import { silent } from '../../core/bots.ts';
import { addChannel, addGuild } from '../../fakes/discord-world.ts';
import { eventually, expectWritten, useDiscord, writtenIn } from './bots.ts';

describe('the gateway', () => {
  const { setUp, run } = useDiscord();

  it('resumes after a lost line, and what was said meanwhile is answered', async () => {
    const setting = await setUp();
    const { adapter } = await run(setting);
    const { discord, people, ann, general, me } = setting;
    discord.gateway.drop();
    const root = people.say(ann.id, general.id, `${me} one`);
    await eventually(() => expect(adapter.connected()).toBe(false));
    await expectWritten(setting, root.id, ['heard: one']);
    expect([discord.gateway.identified, discord.gateway.resumed]).toEqual([1, 1]);
    await eventually(() => expect(adapter.connected()).toBe(true));
  });

  it('outlives a session that ends at the moment it is resumed', async () => {
    const setting = await setUp();
    const { adapter } = await run(setting);
    const { discord, people, ann, general, me } = setting;
    for (let round = 1; round <= 5; round += 1) {
      const begun = discord.gateway.identified;
      discord.gateway.dispatch('RESUMED', undefined, 0, {});
      discord.gateway.tell('invalid');
      await eventually(() => expect(discord.gateway.identified).toBe(begun + 1));
      await eventually(() => expect(adapter.connected()).toBe(true));
    }
    const root = people.say(ann.id, general.id, `${me} still there?`);
    await expectWritten(setting, root.id, ['heard: still there?']);
  }, 60_000);

  it('looks into the history when its session is gone', async () => {
    const setting = await setUp();
    await run(setting);
    const { discord, people, ann, general, me } = setting;
    const before = people.say(ann.id, general.id, `${me} before`);
    await expectWritten(setting, before.id, ['heard: before']);
    await expectMark(setting.repositories);
    discord.gateway.refuse(true);
    discord.gateway.drop();
    discord.gateway.forgetSessions();
    const missed = people.say(ann.id, general.id, `${me} missed`);
    people.say(ann.id, before.id, 'in the thread');
    discord.gateway.refuse(false);
    await expectWritten(setting, missed.id, ['heard: missed']);
    await expectWritten(setting, before.id, ['heard: before', 'heard: before | in the thread']);
    expect(discord.gateway.identified).toBe(2);
  }, 30_000);

  it('answers after a restart what was said while no process ran', async () => {
    const setting = await setUp();
    const { adapter } = await run(setting);
    const { people, ann, general, me, repositories } = setting;
    people.say(ann.id, general.id, 'old talk');
    await expectMark(repositories);
    await adapter.stop();
    const missed = people.say(ann.id, general.id, `${me} anybody?`);
    await run(setting);
    await expectWritten(setting, missed.id, ['heard: anybody?']);
  });

  it('answers nothing old at its very first start', async () => {
    const setting = await setUp();
    const { people, ann, general, me, discord } = setting;
    const old = people.say(ann.id, general.id, `${me} before you came`);
    await run(setting);
    const root = people.say(ann.id, general.id, `${me} now`);
    await expectWritten(setting, root.id, ['heard: now']);
    expect(discord.world.channels.has(old.id)).toBe(false);
  });

  it('loses nothing while the table does not answer', async () => {
    const setting = await setUp();
    const { repositories, people, ann, general, me } = setting;
    let down = true;
    const failing: Repositories = {
      ...repositories,
      threads: {
        ...repositories.threads,
        open(input) {
          if (down) return Promise.reject(new StoreUnavailableError('open', new Error('down')));
          return repositories.threads.open(input);
        },
      },
    };
    const { logged } = await run(setting, { more: { repositories: failing } });
    const root = people.say(ann.id, general.id, `${me} one`);
    await eventually(() => expect(logged.map(([event]) => event)).toContain('discord-event-waits'));
    down = false;
    await expectWritten(setting, root.id, ['heard: one']);
  });

  it('gives one answer when two processes hold the same token', async () => {
    const setting = await setUp();
    const running = await Promise.all([run(setting), run(setting)]);
    const { discord, people, ann, general, me } = setting;
    expect(discord.gateway.connected()).toBe(2);
    const roots = Array.from({ length: 5 }, (_, n) =>
      people.say(ann.id, general.id, `${me} question ${n}`),
    );
    for (const [n, root] of roots.entries()) {
      await expectWritten(setting, root.id, [`heard: question ${n}`]);
    }
    await Promise.all(running.map(({ settle }) => settle()));
    expect(roots.map(({ id }) => writtenIn(setting, id).length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('shares servers out among processes by shards', async () => {
    const setting = await setUp();
    const { discord, people, ann, owner, me } = setting;
    const guilds = Array.from({ length: 4 }, (_, n) =>
      addGuild(discord.world, `S${n}`, [owner, ann]),
    );
    const channels = guilds.map((guild) => addChannel(discord.world, guild, 'general'));
    await run(setting, { shards: { ids: [0], total: 2 } });
    await run(setting, { shards: { ids: [1], total: 2 } });
    for (const channel of channels) {
      const root = people.say(ann.id, channel.id, `${me} hello`);
      await expectWritten(setting, root.id, ['heard: hello']);
    }
  });

  it('works without the message-content intent, and says so once', async () => {
    const setting = await setUp();
    setting.discord.world.messageContent = false;
    const { logged } = await run(setting);
    const { people, ann, general, me } = setting;
    expect(logged.map(([event]) => event)).toContain('discord-without-message-content');
    const roots = ['one', 'two'].map((text) => people.say(ann.id, general.id, `${me} ${text}`));
    await eventually(() =>
      expect(roots.flatMap(({ id }) => writtenIn(setting, id))).toHaveLength(3),
    );
    const told = roots
      .flatMap(({ id }) => writtenIn(setting, id))
      .filter((text) => text.includes('Message Content'));
    expect(told).toHaveLength(1);
    const [root] = roots;
    people.say(ann.id, root?.id ?? '', 'not heard');
    people.say(ann.id, root?.id ?? '', `${me} heard`);
    await eventually(() =>
      expect(writtenIn(setting, root?.id ?? '').at(-1)).toBe('heard: one | heard'),
    );
  });

  it('tells the operator when Discord does not take the token', async () => {
    const setting = await setUp();
    const refused = await run(setting, { token: 'another' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(String(refused)).toContain('reset it at https://discord.com/developers');
  });

  it('leaves so that Discord keeps the session for the next process', async () => {
    const setting = await setUp();
    const { adapter } = await run(setting);
    await adapter.stop();
    await eventually(() => expect(setting.discord.gateway.closes).toEqual([4_200]));
    expect(adapter.connected()).toBe(false);
  });

  it('asks once for what it may not, and not again and again', async () => {
    const setting = await setUp();
    const { discord, guild, general } = setting;
    general.overwrites.set(guild.id, { kind: 'role', allow: 0n, deny: 2_048n });
    const botRole = [...guild.roles.values()].find(({ name }) => name === 'prompt-to-issue');
    general.overwrites.set(botRole?.id ?? '', { kind: 'role', allow: 0n, deny: 2_048n });
    const config = { token: discord.world.token, shards: 'auto', apiUrl: discord.apiUrl } as const;
    const rest = createRest({ config, log: silent });
    const post = () =>
      rest.post(Routes.channelMessages(general.id), { body: { content: 'x' } }).then(
        () => 0,
        (error) => error.code,
      );
    expect([await post(), await post(), await post()]).toEqual([50_013, 50_013, 50_013]);
    expect(discord.requests).toHaveLength(1);
    expect(rest).toBeInstanceOf(REST);
  });
});

/** It is known until when everything was received. */
const expectMark = (repositories: Repositories) =>
  eventually(async () => {
    expect(await repositories.marks.get('discord', 'received:0')).toBeDefined();
  });
