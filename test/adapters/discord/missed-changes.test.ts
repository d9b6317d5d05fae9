/** What is deleted in Discord while nobody listens is deleted in the table all the same. */
import { describe, expect, it, vi } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { silent } from '../../core/bots.ts';
import { eventually, expectWritten, type Setting, storedIn, useDiscord } from './bots.ts';

describe('what is deleted while nobody listens', () => {
  const { setUp: setUpDiscord, run } = useDiscord();

  async function setUp(): Promise<Setting> {
    const setting = await setUpDiscord();
    const { world, apiUrl } = setting.discord;
    const rest = createRest({ config: { token: world.token, apiUrl }, log: silent });
    await (await planRegistration({ rest, applicationId: world.applicationId })).apply();
    return setting;
  }

  /** A thread with a second message, and the bot away once both are answered. */
  async function talked(setting: Setting) {
    const { adapter, settle } = await run(setting);
    const { people, ann, general, me, repositories } = setting;
    const root = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    const second = people.say(ann.id, root.id, 'two');
    await expectWritten(setting, root.id, ['heard: one', 'heard: one | two']);
    await settle();
    await eventually(async () =>
      expect(await repositories.marks.get('discord', 'received:0')).toBeDefined(),
    );
    await adapter.stop();
    return { root, second };
  }
  const said = async (setting: Setting, threadId: string) =>
    (await storedIn(setting, threadId)).filter((text) => !text.startsWith('heard'));

  it('is deleted when the bot comes back: messages in threads, and those that began them', async () => {
    const setting = await setUp();
    const { root, second } = await talked(setting);
    const { people } = setting;
    people.remove(second);
    await run(setting);
    await eventually(async () => expect(await said(setting, root.id)).toEqual(['one']));
    const other = await talked(setting);
    people.remove(other.root);
    await run(setting);
    await eventually(async () => expect(await said(setting, other.root.id)).toEqual(['two']));
    expect(await said(setting, root.id)).toEqual(['one']);
  });

  it('knows what was edited, too, of what nobody answered', async () => {
    const setting = await setUp();
    const { people, ann, general, guild, repositories } = setting;
    await repositories.workspaces.saveChannelSettings('discord', guild.id, general.id, {
      answer: 'mentions',
    });
    const { adapter, settle } = await run(setting);
    const root = people.say(ann.id, general.id, `${setting.me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    const beside = people.say(ann.id, root.id, 'it fails in 1.4');
    await eventually(async () =>
      expect(await said(setting, root.id)).toEqual(['one', 'it fails in 1.4']),
    );
    await settle();
    await eventually(async () =>
      expect(await repositories.marks.get('discord', 'received:0')).toBeDefined(),
    );
    await adapter.stop();
    people.edit(beside, 'it fails in 1.5');
    await run(setting);
    await eventually(async () =>
      expect(await said(setting, root.id)).toEqual(['one', 'it fails in 1.5']),
    );
  });

  it('leaves what was said by a command, which is in nobody’s history', async () => {
    const setting = await setUp();
    const { adapter, settle } = await run(setting);
    const { people, ann, general, me, repositories } = setting;
    const root = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    const typed = { subcommand: 'new', options: { prompt: 'by a command' } };
    await people.slash(ann.id, root.id, 'ticket', typed);
    await expectWritten(setting, root.id, ['heard: one', 'heard: one | by a command']);
    const gone = people.say(ann.id, root.id, 'to be deleted');
    await eventually(async () =>
      expect(await said(setting, root.id)).toEqual(['one', 'by a command', 'to be deleted']),
    );
    await settle();
    await eventually(async () =>
      expect(await repositories.marks.get('discord', 'received:0')).toBeDefined(),
    );
    await adapter.stop();
    people.remove(gone);
    await run(setting);
    await eventually(async () =>
      expect(await said(setting, root.id)).toEqual(['one', 'by a command']),
    );
  });

  /** The comparison's last step does as told: the first time, then as ever. */
  function withListing(setting: Setting, first: () => Promise<never>): Setting {
    const { conversations } = setting.repositories;
    let asked = 0;
    const listInChannel: typeof conversations.listInChannel = (...given) => {
      asked += 1;
      return asked === 1 ? first() : conversations.listInChannel(...given);
    };
    const told = new Proxy(conversations, {
      get(target, name) {
        if (name === 'listInChannel') return listInChannel;
        const own = Reflect.get(target, name);
        return typeof own === 'function' ? own.bind(target) : own;
      },
    });
    return { ...setting, repositories: { ...setting.repositories, conversations: told } };
  }

  it('is looked for beside what is said, however long that takes', async () => {
    const setting = await setUp();
    const { root } = await talked(setting);
    const { discord, people, ann, general, me } = setting;
    const held = vi.fn(() => new Promise<never>(() => undefined));
    await run(withListing(setting, held));
    await eventually(() => expect(held).toHaveBeenCalledOnce());
    discord.gateway.refuse(true);
    discord.gateway.drop();
    discord.gateway.forgetSessions();
    const missed = people.say(ann.id, general.id, `${me} anybody?`);
    people.remove(root);
    discord.gateway.refuse(false);
    await expectWritten(setting, missed.id, ['heard: anybody?']);
    await eventually(async () => expect(await said(setting, root.id)).toEqual(['two']));
  });

  it('is looked for again when the table did not answer', async () => {
    const setting = await setUp();
    const { root } = await talked(setting);
    const { people, repositories } = setting;
    const state = await repositories.threads.get(conversationIdOf(threadRefOf(root.id)));
    people.removeChannel(root.id);
    const down = () => Promise.reject(new StoreUnavailableError('query', new Error('down')));
    await run(withListing(setting, down));
    await eventually(async () => {
      const row = state && (await repositories.conversations.getConversation(state.owner));
      expect(row?.status).toBe('archived');
    });
  });

  it('is put away when it was the whole thread', async () => {
    const setting = await setUp();
    const { root } = await talked(setting);
    const { people, repositories } = setting;
    const id = conversationIdOf(threadRefOf(root.id));
    const state = await repositories.threads.get(id);
    const statusOf = async () =>
      state && (await repositories.conversations.getConversation(state.owner))?.status;
    expect(await statusOf()).toBe('active');
    people.removeChannel(root.id);
    await run(setting);
    await eventually(async () => expect(await statusOf()).toBe('archived'));
  });
});
