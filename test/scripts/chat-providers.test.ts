/** `npm run chat` with each vendor's stand-in behind its base URL: the real process, the real SDK. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stopEngine } from '../../src/db/engine.ts';
import { startAnthropicServer } from '../fakes/anthropic-server.ts';
import { startGoogleServer } from '../fakes/google-server.ts';
import { startOllamaServer } from '../fakes/ollama-server.ts';
import { startOpenAiServer } from '../fakes/openai-server.ts';
import { kindOf } from '../fakes/vendor-image.ts';
import type { Script, VendorServer } from '../fakes/vendor-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KEY = 'sk-test-0123456789abcdef';

const TICKET = {
  title: 'Export drops the last row',
  description: 'Every CSV export lacks its last row.',
  type: 'bug',
  priority: 'high',
  acceptanceCriteria: ['The last row is in the file', 'The file opens in a spreadsheet'],
  tasks: [],
  labels: ['bug'],
  assignees: [],
  estimate: null,
  milestone: null,
  project: null,
  parent: null,
  reasoning: null,
};
const DRAFTS: Script[] = [
  {
    do: 'answer',
    answer: {
      text: ['One ', 'moment.'],
      calls: [{ id: 'call_1', name: 'draft_tickets', json: JSON.stringify({ tickets: [TICKET] }) }],
    },
  },
  { do: 'answer', answer: { text: ['Have a look at ', 'the draft.'] } },
];

const VENDORS = {
  openai: { start: () => startOpenAiServer({ apiKey: KEY }), path: '/v1', model: 'gpt-large' },
  anthropic: {
    start: () => startAnthropicServer({ apiKey: KEY }),
    path: '',
    model: 'claude-large',
  },
  google: { start: () => startGoogleServer({ apiKey: KEY }), path: '', model: 'gemini-large' },
  ollama: { start: startOllamaServer, path: '', model: 'llama:large' },
};
type Vendor = keyof typeof VENDORS;

describe('chat with a vendor', () => {
  let dataDir = '';
  let screenshot = '';
  const servers: VendorServer[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'chat-providers-'));
    screenshot = join(dataDir, 'screen.png');
    const create = { width: 2_400, height: 1_600, channels: 3, background: '#2266aa' } as const;
    await sharp({ create }).png().toFile(screenshot);
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(async () => {
    await stopEngine({ dataDir });
    await rm(dataDir, { recursive: true });
  });

  async function serve(vendor: Vendor, scripts: Script[]) {
    const { start, path, model } = VENDORS[vendor];
    const server = await start();
    servers.push(server);
    for (const script of scripts) server.will(script);
    const prefix = vendor.toUpperCase();
    const env = {
      [`${prefix}_BASE_URL`]: `${server.url}${path}`,
      [`${prefix}_API_KEY`]: KEY,
      [`${prefix}_MODEL`]: model,
    };
    return { server, env };
  }

  async function chat(env: Record<string, string>, ...args: string[]) {
    const given = ['--prompt', 'The CSV export drops the last row.', '--json', ...args];
    const child = spawn(process.execPath, ['scripts/run.mjs', 'scripts/chat.ts', ...given], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...env },
    });
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { code, document: JSON.parse(stdout) };
  }

  it.each<Vendor>(['openai', 'anthropic', 'google', 'ollama'])(
    'drafts with %s, chosen by --provider',
    async (vendor) => {
      const { server, env } = await serve(vendor, DRAFTS);
      const { code, document } = await chat(env, '--provider', vendor);
      expect(server.problems).toEqual([]);
      expect(code).toBe(0);
      expect(document.tickets).toMatchObject([{ title: TICKET.title, labels: ['bug'], number: 1 }]);
      expect(document.messages[1].text).toBe('One moment.\n\nHave a look at the draft.');
    },
  );

  it.each<Vendor>(['openai', 'anthropic', 'google', 'ollama'])(
    'shows %s an image, made small, and what was attached',
    async (vendor) => {
      const { server, env } = await serve(vendor, DRAFTS);
      const { code, document } = await chat(env, '--provider', vendor, '--image', screenshot);
      expect(server.problems).toEqual([]);
      expect(code).toBe(0);
      expect(document.tickets).toHaveLength(1);
      for (const { body } of server.requests) {
        const sent = JSON.stringify(body);
        expect(sent).toContain('[attached: screen.png]');
        const images = (sent.match(/\/9j\/[\w+/=]{100,}/g) ?? []).map((data) => ({
          kind: kindOf(data),
          data: Buffer.from(data, 'base64'),
        }));
        expect(images).toMatchObject([{ kind: 'image/jpeg' }]);
        expect(await sharp(images[0]?.data).metadata()).toMatchObject({ width: 1_568 });
      }
      expect(server.requests).toHaveLength(2);
    },
  );

  it('tells a model that sees nothing that an image was there', async () => {
    const { server, env } = await serve('ollama', [{ do: 'answer', answer: { text: ['Hm.'] } }]);
    const blind = { ...env, OLLAMA_MODEL: 'plain:small' };
    const { code } = await chat(blind, '--provider', 'ollama', '--image', screenshot);
    expect(server.problems).toEqual([]);
    expect(code).toBe(0);
    const sent = JSON.stringify(server.requests[0]?.body);
    expect(sent).toContain('screen.png (an image; this model cannot see images)');
    expect(sent).not.toContain('/9j/');
  });

  it('says in the thread that the fallback had to answer, and why', async () => {
    const first = await serve('openai', [{ do: 'refuse', refusal: 'wrong-key' }]);
    const second = await serve('anthropic', DRAFTS);
    const env = { ...first.env, ...second.env, FALLBACK_PROVIDER: 'anthropic' };
    const { code, document } = await chat(env);
    expect(code).toBe(0);
    expect(document.messages[1].text).toMatch(
      /^_The AI provider refused .+ anthropic answers instead\._/,
    );
    expect(document.tickets).toHaveLength(1);
  });

  it('finds a running Ollama by itself where nothing else is set', async () => {
    const { server } = await serve('ollama', DRAFTS);
    const { code, document } = await chat({ OLLAMA_BASE_URL: server.url });
    expect(code).toBe(0);
    expect(document.tickets).toMatchObject([{ title: TICKET.title }]);
  });

  it('says in one sentence that a vendor is not set up', async () => {
    const { code, document } = await chat({}, '--provider', 'openai');
    expect(code).toBe(1);
    expect(document.messages[1].text).toContain('The provider "openai" is not connected here');
  });
});
