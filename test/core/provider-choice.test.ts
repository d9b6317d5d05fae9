/** Who answers, chosen by name in the chat: from what people and the environment connect. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bot } from '../../src/core/bot.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Settings } from '../../src/core/settings.ts';
import { type ConfigOwner, secretPurpose } from '../../src/core/stored-config.ts';
import { createOutboundFetch } from '../../src/outbound.ts';
import { createProviders } from '../../src/providers/index.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startOpenAiServer } from '../fakes/openai-server.ts';
import type { VendorServer } from '../fakes/vendor-server.ts';
import { ann, eve, place, silent, useBots } from './bots.ts';

const apiKey = 'sk-test-0123456789abcdef';
const secrets = createSecrets({ key: randomBytes(32).toString('base64') });
const workspace: ConfigOwner = { platform: 'terminal', workspaceId: place.workspaceId };

describe('choosing a provider in the chat', () => {
  const { setUp, say, talk, command, readThread } = useBots();
  let server: VendorServer;

  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey, models: ['gpt-large', 'gpt-small'] });
  });
  afterAll(() => server.stop());

  async function setUpProviders() {
    const providers = await createProviders(
      { default: 'offline', isExplicit: true, openai: { apiKey, baseUrl: `${server.url}/v1` } },
      {
        fetch: createOutboundFetch({ allowPrivateAddresses: true }),
        openKey: (config) =>
          secrets.decrypt(config.encryptedKey ?? '', secretPurpose('provider', config)),
        log: silent,
      },
    );
    return setUp({ more: { chooseProvider: providers.choose, providers: providers.names } });
  }

  async function store({ providerConfigs }: Repositories, owner: ConfigOwner, name: string) {
    const outcome = await providerConfigs.saveProviderConfig(owner, {
      name,
      kind: 'openai-compatible',
      model: 'gpt-large',
      baseUrl: `${server.url}/v1`,
      encryptedKey: await secrets.encrypt(apiKey, secretPurpose('provider', { owner, name })),
      keyEnding: 'cdef',
    });
    if (outcome.kind !== 'saved') throw new Error(outcome.kind);
    return outcome.config;
  }

  const answered = (platform: Awaited<ReturnType<typeof setUp>>['platform']) =>
    platform.replies.at(-1)?.views.at(-1)?.text;

  async function type(bot: Bot, text: string): Promise<string> {
    const handled = await bot.handleMessage(say(text));
    if (handled.kind !== 'command') throw new Error(handled.kind);
    return handled.outcome.message;
  }

  it("lets the workspace's own server answer, and then hands it back", async () => {
    const { bot, repositories, platform } = await setUpProviders();
    await store(repositories, workspace, 'office');
    await talk(bot, say('hello'));
    expect(await type(bot, 'provider office')).toBe(
      'This conversation now has provider `office`, no model of its own.',
    );
    server.will({ do: 'answer', answer: { text: ['From the office.'] } });
    await talk(bot, say('and now?'));
    expect(answered(platform)).toBe('From the office.');
    expect(await type(bot, 'provider')).toMatch(
      /^Provider here: `office`\. There is: office, offline, openai\.\n`provider NAME`/,
    );
    await type(bot, 'provider default');
    expect((await readThread(repositories))?.settings).toEqual({});
    expect(await type(bot, 'provider')).toMatch(/^Provider here: the default\./);
  });

  it('asks the model that was named with it, and forgets it with the next one', async () => {
    const { bot, repositories } = await setUpProviders();
    await talk(bot, say('hello'));
    await type(bot, 'provider openai gpt-small');
    await talk(bot, say('and now?'));
    expect(server.requests.at(-1)?.body).toMatchObject({ model: 'gpt-small' });
    expect(await type(bot, 'provider')).toContain('`openai`, model `gpt-small`');
    await type(bot, 'provider offline');
    expect((await readThread(repositories))?.settings).toEqual({ provider: 'offline' });
  });

  it('names what there is when the name is unknown, and changes nothing', async () => {
    const { bot, repositories } = await setUpProviders();
    await store(repositories, workspace, 'office');
    await talk(bot, say('hello'));
    const unknown = 'There is no provider `offfice` here. Choose one of: office, offline, openai.';
    expect(await type(bot, 'provider offfice')).toBe(unknown);
    expect(await type(bot, 'set my provider offfice')).toBe(unknown);
    expect(await type(bot, 'provider <!channel>')).toMatch(/^There is no such provider here\./);
    expect((await readThread(repositories))?.settings).toEqual({});
  });

  it('takes no words for a model that the provider does not list, and says how one is chosen all the same', async () => {
    const { bot, repositories } = await setUpProviders();
    await talk(bot, say('hello'));
    for (const words of ['provider openai fails', 'provider openai gpt-huge']) {
      expect(await type(bot, words)).toBe(
        '`openai` lists no such model. It has: gpt-large, gpt-small. Say `provider openai`, then `set model NAME`, for one that it does not list.',
      );
    }
    expect((await readThread(repositories))?.settings).toEqual({});
    await type(bot, 'provider openai');
    await type(bot, 'set model gpt-huge');
    expect((await readThread(repositories))?.settings).toEqual({
      ...{ provider: 'openai', model: 'gpt-huge' },
    });
  });

  it('takes what looks like a model while the provider does not say which it has', async () => {
    const { bot, repositories } = await setUp({ more: { providers: ['openai'] } });
    await talk(bot, say('hello'));
    expect(await type(bot, 'provider openai fails')).toMatch(
      /^I could not learn which models `openai` has/,
    );
    expect((await readThread(repositories))?.settings).toEqual({});
    await type(bot, 'provider openai gpt-5');
    expect((await readThread(repositories))?.settings).toMatchObject({ model: 'gpt-5' });
  });

  it('is for members', async () => {
    const { bot } = await setUpProviders();
    await talk(bot, say('hello'));
    const changes = { provider: 'openai', model: null };
    const choose = { kind: 'configure', scope: 'conversation', changes } as const;
    expect(await command(bot, choose, eve)).toMatchObject({ kind: 'refused' });
  });

  describe("a person's own", () => {
    async function setUpOwn(settings: Settings = {}) {
      const parts = await setUpProviders();
      const { users, workspaces } = parts.repositories;
      const user = await users.ensureUser(ann);
      const config = await store(parts.repositories, { userId: user.id }, 'mine');
      await workspaces.saveSettings('terminal', place.workspaceId, settings);
      await talk(parts.bot, say('hello'));
      return { ...parts, config };
    }

    it('is for direct messages only', async () => {
      const { bot } = await setUpOwn();
      expect(await type(bot, 'provider mine')).toContain('Choose one of: offline, openai.');
      expect(await type(bot, 'set my provider mine')).toContain('now has provider `mine`');
      expect(await type(bot, 'provider')).toContain('Provider here: the default.');
      const direct = { ...place, visibility: 'dm' } as const;
      const list = { kind: 'providers' } as const;
      const action = { thread: say('').thread, place: direct, actor: ann, command: list };
      expect((await bot.handleAction(action)).message).toContain('Provider here: `mine`.');
    });

    it('answers in shared threads where the workspace allows it', async () => {
      const { bot, platform } = await setUpOwn({ allowPersonalProviders: true });
      // Not for everybody there, who could not use it.
      expect(await type(bot, 'provider mine')).toContain('Choose one of: offline, openai.');
      await command(bot, { kind: 'configure', scope: 'user', changes: { provider: 'mine' } });
      server.will({ do: 'answer', answer: { text: ['From mine.'] } });
      await talk(bot, say('and now?'));
      expect(answered(platform)).toBe('From mine.');
    });

    it('says so in the thread once it was removed', async () => {
      const { bot, repositories, platform, config } = await setUpOwn({
        allowPersonalProviders: true,
      });
      await command(bot, { kind: 'configure', scope: 'user', changes: { provider: 'mine' } });
      await repositories.providerConfigs.deleteProviderConfig(config);
      await command(bot, { kind: 'configure', scope: 'user', changes: { mode: 'assistant' } });
      await talk(bot, say('and now?'));
      expect(answered(platform)).toMatch(/^The provider "mine" is not connected here/);
    });
  });
});
