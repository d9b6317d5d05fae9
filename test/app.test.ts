/** The composition: what people connect, from the checked environment to the vendor's server. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type App, createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { Log } from '../src/core/log.ts';
import type { ConfigOwner } from '../src/core/stored-config.ts';
import { ann, place, silent, thread } from './core/bots.ts';
import { startEngine, type TestEngine } from './engine.ts';
import { startGitHubServer } from './fakes/github-server.ts';
import { newProject, TOKEN } from './fakes/github-world.ts';
import { startOpenAiServer } from './fakes/openai-server.ts';
import { createRecordingPlatform } from './fakes/recording-platform.ts';
import type { VendorServer } from './fakes/vendor-server.ts';

const apiKey = 'sk-test-0123456789abcdef';
const owner: ConfigOwner = { platform: 'slack', workspaceId: 'T1' };

describe('a provider that people connect', () => {
  let engine: TestEngine;
  let server: VendorServer;
  const dataDir = mkdtempSync(join(tmpdir(), 'app-'));
  const tableName = `test-${randomUUID()}`;

  beforeAll(async () => {
    [engine, server] = await Promise.all([startEngine(), startOpenAiServer({ apiKey })]);
  });
  afterAll(async () => {
    await server.stop();
    await engine.stop();
  });

  async function withApp<Result>(
    environment: Record<string, string>,
    use: (app: App) => Promise<Result>,
    log: Log = silent,
  ): Promise<Result> {
    const config = parseConfig({
      DYNAMODB_ENDPOINT: engine.endpoint,
      DYNAMODB_TABLE_NAME: tableName,
      DATA_DIR: dataDir,
      DEFAULT_PROVIDER: 'offline',
      ...environment,
    });
    const app = await createApp({ config, log, platforms: [] });
    try {
      return await use(app);
    } finally {
      await app.close(0);
    }
  }

  const test = ({ providerConnections }: App) => providerConnections.test(owner, 'office');

  it('reaches this machine only where the operator allows it, with the key of before the restart', async () => {
    const refused = await withApp({}, async (app) => {
      const input = { kind: 'openai-compatible', baseUrl: `${server.url}/v1`, apiKey };
      const saved = await app.providerConnections.save(owner, 'office', input);
      expect(saved).toMatchObject({ kind: 'saved', config: { keyEnding: 'cdef' } });
      return test(app);
    });
    expect(refused).toMatchObject({ ok: false });
    expect(refused?.message).toContain('set ALLOW_PRIVATE_ADDRESSES=true');
    expect(await withApp({ ALLOW_PRIVATE_ADDRESSES: 'true' }, test)).toMatchObject({ ok: true });
  });

  it.each([
    [{ SPEND_CAP_DAILY: '50' }, 'openai:m, anthropic:n'],
    [{ SPEND_CAP_DAILY: '50', MODEL_PRICES: '{"m":{"input":1,"output":1}}' }, 'anthropic:n'],
    [{ SPEND_CAP_DAILY: '50', DEFAULT_PROVIDER: 'offline', FALLBACK_PROVIDER: '' }, undefined],
    [{}, undefined],
  ])('warns of a cap that %j cannot keep: %s', async (more, models) => {
    const warned: unknown[] = [];
    const log = { ...silent, warn: (...line: unknown[]) => void warned.push(line) };
    const chosen = { DEFAULT_PROVIDER: 'openai', OPENAI_API_KEY: apiKey, OPENAI_MODEL: 'm' };
    const fallback = { FALLBACK_PROVIDER: 'anthropic', ANTHROPIC_API_KEY: apiKey };
    await withApp(
      { ...chosen, ...fallback, ANTHROPIC_MODEL: 'n', ...more },
      async () => undefined,
      log,
    );
    const expected = models && [['cap-without-price', { models, variable: 'MODEL_PRICES' }]];
    expect(warned).toEqual(expected ?? []);
  });

  it('says so when the secrets key was lost', async () => {
    const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');
    expect(await withApp({ SECRETS_KEY, ALLOW_PRIVATE_ADDRESSES: 'true' }, test)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^The key of the provider "office" cannot be read any more\./),
    });
  });
});

describe('in production, a project that nobody chose', () => {
  it('is asked for on the card, and nothing is filed on the disk of the container', async () => {
    const [engine, github] = await Promise.all([startEngine(), startGitHubServer()]);
    github.world.projects.push({ ...newProject(7, 'acme/shop'), roles: { 'acme-bot': 'write' } });
    const dataDir = mkdtempSync(join(tmpdir(), 'app-'));
    const config = parseConfig({
      ...{ NODE_ENV: 'production', ALLOW_LOCAL_TABLE: 'true', DATA_DIR: dataDir },
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: `test-${randomUUID()}` },
      ...{ SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'), DEFAULT_PROVIDER: 'offline' },
      ...{ GITHUB_TOKEN: TOKEN, GITHUB_API_URL: github.url },
    });
    const platform = createRecordingPlatform();
    const app = await createApp({ config, log: silent, platforms: [platform] });
    try {
      const text = 'The export drops the last row when a filter is set.';
      const message = {
        id: 'm1',
        sentAt: new Date().toISOString(),
        thread,
        place,
        author: ann,
        text,
      };
      await app.bot.handleMessage({ ...message, addressed: true, topLevel: false });
      await app.bot.idle();
      const card = () => [...platform.cards.values()][0];
      await vi.waitFor(() => expect(card()?.projects).toEqual(['github:acme/shop']));
      expect(card()?.project).toBeUndefined();
      const command = { kind: 'approve' as const, target: { ordinal: 1 } };
      const outcome = await app.bot.handleAction({ thread, place, actor: ann, command });
      expect(outcome).toMatchObject({ kind: 'refused' });
      expect(outcome.message).toContain('Where should it go?');
      expect(existsSync(join(dataDir, 'issues'))).toBe(false);
      expect(app.describe().join('\n')).toMatch(/^tracker +none chosen/m);
    } finally {
      await app.close(0);
      await Promise.all([engine.stop(), github.stop()]);
    }
  });
});
