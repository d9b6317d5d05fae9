/** What is not configured, or not needed yet, is not loaded: seen from outside the real process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopEngine } from '../src/db/engine.ts';
import { startOllamaServer } from './fakes/ollama-server.ts';
import { startVendor, VENDOR_KEY, VENDORS } from './fakes/vendors.ts';

const ROOT = join(import.meta.dirname, '..');
const RECORDER = join(import.meta.dirname, 'fakes', 'record-modules.mjs');

/** Loaded only where they are asked for. */
const ON_DEMAND = [
  '@anthropic-ai/sdk',
  '@gitbeaker/rest',
  '@google/genai',
  '@octokit/rest',
  '@slack/bolt',
  'discord.js',
  'ollama',
  'openai',
  'sharp',
];

describe('a process', () => {
  let dataDir = '';

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'modules-'));
  });
  afterAll(async () => {
    await stopEngine({ dataDir });
    await rm(dataDir, { recursive: true });
  });

  /** One turn; resolves with the packages of the list that were loaded for it. */
  async function loadedBy(env: Record<string, string>, ...args: string[]): Promise<string[]> {
    const record = join(dataDir, 'modules.txt');
    await writeFile(record, '');
    const given = ['--prompt', 'The export drops rows.', '--json', ...args];
    const program = ['--import', RECORDER, 'scripts/run.mjs', 'scripts/chat.ts', ...given];
    const child = spawn(process.execPath, program, {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, DATA_DIR: dataDir, LOG_LEVEL: 'silent' },
        ...{ DEFAULT_PROVIDER: 'offline', RECORD_MODULES: record, ...env },
      },
      stdio: 'ignore',
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    const urls = (await readFile(record, 'utf8')).split('\n');
    expect(urls.some((url) => url.endsWith('/src/core/bot.ts'))).toBe(true);
    return ON_DEMAND.filter((name) => urls.some((url) => url.includes(`/node_modules/${name}/`)));
  }

  it('without anything configured loads no SDK, and nothing for images', async () => {
    expect(await loadedBy({})).toEqual([]);
  });

  it.each(VENDORS)('with $name loads that SDK and no other', async (vendor) => {
    const { server, env } = await startVendor(vendor);
    const loaded = await loadedBy({
      // Configured as well, and not needed.
      FALLBACK_PROVIDER: vendor.name === 'openai' ? 'anthropic' : 'openai',
      ...{ OPENAI_API_KEY: VENDOR_KEY, ANTHROPIC_API_KEY: VENDOR_KEY },
      ...env,
    });
    await server.stop();
    expect(loaded).toEqual([vendor.sdk]);
  });

  it('loads what scales images when the first one comes', async () => {
    const image = join(dataDir, 'screen.png');
    const create = { width: 20, height: 20, channels: 3, background: '#fff' } as const;
    await sharp({ create }).png().toFile(image);
    const server = await startOllamaServer();
    const env = {
      DEFAULT_PROVIDER: 'ollama',
      OLLAMA_BASE_URL: server.url,
      OLLAMA_MODEL: 'llama:large',
    };
    const loaded = await loadedBy(env, '--image', image);
    await server.stop();
    expect(loaded).toEqual(['ollama', 'sharp']);
  });
});
