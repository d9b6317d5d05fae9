/** `npm run doctor` asks whoever the environment connects whether the key works: the real SDKs on stand-ins. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTracker } from '../../scripts/doctor-checks.ts';
import { parseConfig } from '../../src/config.ts';
import { startAnthropicServer } from '../fakes/anthropic-server.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { newProject, TOKEN } from '../fakes/github-world.ts';
import type { VendorServer } from '../fakes/vendor-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KEY = 'sk-test-0123456789abcdef';

describe('doctor, with keys and tokens', () => {
  let vendor: VendorServer;
  let github: GitHubServer;
  let dataDir = '';

  beforeAll(async () => {
    [vendor, github, dataDir] = await Promise.all([
      startAnthropicServer({ apiKey: KEY }),
      startGitHubServer(),
      mkdtemp(join(tmpdir(), 'doctor-')),
    ]);
    github.world.projects.push({
      ...newProject(7, 'acme/shop'),
      roles: { 'acme-bot': 'write' },
    });
  });
  afterAll(async () => {
    await Promise.all([vendor.stop(), github.stop(), rm(dataDir, { recursive: true })]);
  });

  async function examine(env: Record<string, string>) {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'scripts/doctor.ts'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
    });
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return { stdout, code };
  }

  const connected = () => ({
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: vendor.url,
    GITHUB_TOKEN: TOKEN,
    GITHUB_API_URL: github.url,
    DEFAULT_PROJECT: 'github:acme/shop',
  });

  it('says that each of them works', async () => {
    const { stdout, code } = await examine(connected());
    expect(stdout).toMatch(/^ok +anthropic .*answers/m);
    expect(stdout).toMatch(/^ok +github .*acme\/shop/m);
    expect(code).toBe(0);
  });

  it('names what is refused, and shows no key', async () => {
    const { stdout, code } = await examine({
      ...connected(),
      ANTHROPIC_API_KEY: 'sk-another-0123456789',
      DEFAULT_PROJECT: 'github:acme/elsewhere',
    });
    expect(stdout).toMatch(/^wrong +anthropic .*Look at ANTHROPIC_API_KEY/m);
    expect(stdout).toMatch(/^wrong +github .*acme\/elsewhere/m);
    expect(stdout).not.toMatch(/sk-another|sk-test/);
    expect(stdout).not.toContain(TOKEN);
    expect(code).toBe(1);
  });

  it('names a model that the vendor does not have', async () => {
    const { stdout, code } = await examine({ ...connected(), ANTHROPIC_MODEL: 'claude-imaginary' });
    expect(stdout).toMatch(/^wrong +anthropic .*no model claude-imaginary; set ANTHROPIC_MODEL/m);
    expect(code).toBe(1);
  });
});

it('says what becomes of drafts that nobody chose a project for', () => {
  expect(checkTracker(parseConfig({})).text).toMatch(/^files under /);
  const production = {
    ...{ NODE_ENV: 'production', AWS_REGION: 'eu-central-1', DYNAMODB_TABLE_NAME: 'issues' },
    SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  expect(checkTracker(parseConfig(production)).text).toMatch(/^none chosen: cards ask/);
  const local = { ...production, DEFAULT_PROJECT: 'local:issues' };
  expect(checkTracker(parseConfig(local)).text).toMatch(/^files under /);
});
