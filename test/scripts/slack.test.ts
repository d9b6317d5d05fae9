/** `npm run slack:manifest` and the doctor's look at Slack, as processes on the stand-in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT_SCOPES } from '../../adapters/slack/scopes.ts';
import { type SlackServer, startSlack } from '../fakes/slack-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('setting up Slack', () => {
  let slack: SlackServer;
  let dataDir = '';

  beforeEach(async () => {
    [slack, dataDir] = await Promise.all([
      startSlack({ scopes: new Set(BOT_SCOPES) }),
      mkdtemp(join(tmpdir(), 'slack-')),
    ]);
  });
  afterEach(() => Promise.all([slack.stop(), rm(dataDir, { recursive: true })]));

  async function script(name: string, env: Record<string, string> = {}, args: string[] = []) {
    const child = spawn(process.execPath, ['scripts/run.mjs', `scripts/${name}.ts`, ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { stdout, stderr, code };
  }

  const configured = () => ({
    SLACK_BOT_TOKEN: slack.world.botToken,
    SLACK_APP_TOKEN: slack.world.appToken,
    SLACK_API_URL: slack.apiUrl,
  });

  it('prints a manifest before there is any token, and nothing else', async () => {
    const { stdout, code } = await script('slack-manifest');
    expect(JSON.parse(stdout).settings.socket_mode_enabled).toBe(true);
    expect(code).toBe(0);
  });

  it('prints the one for HTTP and many workspaces where the environment says so', async () => {
    const env = { PUBLIC_URL: 'https://bot.example.com', SLACK_CLIENT_ID: '1.2' };
    const { settings, oauth_config } = JSON.parse((await script('slack-manifest', env)).stdout);
    expect(settings.interactivity.request_url).toBe('https://bot.example.com/slack/events');
    expect(oauth_config.redirect_urls).toEqual(['https://bot.example.com/slack/oauth_redirect']);
    const socket = await script('slack-manifest', env, ['--socket']);
    expect(JSON.parse(socket.stdout).settings.socket_mode_enabled).toBe(true);
  });

  it('says that HTTP needs a public address', async () => {
    const { stdout, stderr, code } = await script('slack-manifest', {}, ['--http']);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('PUBLIC_URL must be an https address');
  });

  it('the doctor says that tokens, permissions and Socket Mode are right', async () => {
    const { stdout, code } = await script('doctor', configured());
    expect(stdout).toMatch(/^ok +slack +the token is of prompt-to-issue in Stand-in \(T1\)/m);
    expect(stdout).toMatch(/^ok +slack +every permission is granted/m);
    expect(stdout).toMatch(/^ok +slack +Socket Mode opens/m);
    expect(code).toBe(0);
  });

  it('the doctor names what is refused and missing, what to click, and shows no token', async () => {
    slack.world.scopes?.delete('reactions:read');
    const env = { ...configured(), SLACK_APP_TOKEN: 'xapp-of-another' };
    const { stdout, code } = await script('doctor', env);
    expect(stdout).toMatch(/^wrong +slack +permissions are missing: reactions:read; paste/m);
    expect(stdout).toMatch(/^wrong +slack +Slack does not take SLACK_APP_TOKEN \(invalid_auth\)/m);
    expect(stdout).not.toMatch(/xapp-of-another|xoxb-stand-in/);
    expect(code).toBe(1);
    const other = await script('doctor', { ...configured(), SLACK_BOT_TOKEN: 'xoxb-other' });
    expect(other.stdout).toMatch(/^wrong +slack +Slack does not take SLACK_BOT_TOKEN/m);
  });

  it('the doctor says where many workspaces install the app, and that this needs an address', async () => {
    const env = {
      SLACK_CLIENT_ID: slack.oauth.clientId,
      SLACK_CLIENT_SECRET: 'secret-of-the-app',
      SLACK_STATE_SECRET: 'secret-of-ours',
      SLACK_SIGNING_SECRET: 'secret-of-requests',
      SLACK_API_URL: slack.apiUrl,
    };
    const without = await script('doctor', env);
    expect(without.stdout).toMatch(/^wrong +slack +set PUBLIC_URL to an https address/m);
    expect(without.stdout).toMatch(
      /^wrong +slack +Slack does not take the app \(bad_client_secret\); copy SLACK_CLIENT_ID/m,
    );
    expect(without.code).toBe(1);
    slack.oauth.clientSecret = env.SLACK_CLIENT_SECRET;
    const { stdout, code } = await script('doctor', {
      ...env,
      PUBLIC_URL: 'https://bot.example.com',
    });
    expect(stdout).toMatch(/^ok +slack +the client id and the client secret are of one app/m);
    expect(stdout).toMatch(/^ok +slack .*https:\/\/bot\.example\.com\/slack\/install/m);
    expect(stdout).toMatch(
      /^ok +slack +Slack sends to https:\/\/bot\.example\.com\/slack\/events/m,
    );
    expect(stdout).not.toMatch(/secret-of/);
    expect(code).toBe(0);
  });
});
