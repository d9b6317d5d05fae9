/** What people enter to connect a tracker, on a real table, with real encryption and the real SDKs. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/core/errors.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { type ConfigOwner, secretPurpose } from '../../src/core/stored-config.ts';
import {
  createTrackerConnections,
  type TrackerConnections,
} from '../../src/core/tracker-connections.ts';
import { createRepositories } from '../../src/db/index.ts';
import { createOutboundFetch } from '../../src/outbound.ts';
import { createSecrets } from '../../src/secrets.ts';
import { createTrackers, type Trackers } from '../../src/trackers/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';
import { silent } from './bots.ts';

const secrets = createSecrets({ key: randomBytes(32).toString('base64') });
const owner: ConfigOwner = { platform: 'slack', workspaceId: 'T1' };

describe('connecting a tracker', () => {
  let engine: TestEngine;
  let github: GitHubServer;
  let gitlab: GitLabServer;
  let repositories: Repositories;
  let trackers: Trackers;
  let open: TrackerConnections;
  let guarded: TrackerConnections;

  function trackersWith(allowPrivateAddresses: boolean): Trackers {
    return createTrackers(
      { dataDir: '.data', trackers: {} },
      {
        fetch: createOutboundFetch({ allowPrivateAddresses }),
        openToken: (config) =>
          secrets.decrypt(config.encryptedToken ?? '', secretPurpose('tracker', config)),
        log: silent,
      },
    );
  }

  beforeAll(async () => {
    engine = await startEngine();
    repositories = createRepositories(await engine.table());
    [github, gitlab] = await Promise.all([startGitHubServer(), startGitLabServer()]);
    trackers = trackersWith(true);
    const { trackerConfigs } = repositories;
    const { encrypt } = secrets;
    open = createTrackerConnections({ trackerConfigs, encrypt, open: trackers.open });
    const { open: openGuarded } = trackersWith(false);
    guarded = createTrackerConnections({ trackerConfigs, encrypt, open: openGuarded });
  });
  afterAll(async () => {
    await Promise.all([github.stop(), gitlab.stop(), engine.stop()]);
  });

  const byToken = () => ({ kind: 'github', baseUrl: github.url, token: GITHUB_TOKEN });
  const asApp = () => ({
    kind: 'github',
    baseUrl: github.url,
    appId: github.world.app.id,
    privateKey: github.world.app.privateKey,
  });

  async function connect(input: object, name = `own-${randomUUID()}`) {
    const outcome = await open.save(owner, name, input);
    if (outcome.kind !== 'saved') throw new Error(outcome.kind);
    return outcome.config;
  }

  async function problemsOf(saving: Promise<unknown>): Promise<string> {
    const error = await saving.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as InvalidInputError).problems.join('; ');
  }

  it('stores the token encrypted and shows its last four characters only', async () => {
    const saved = await connect(byToken());
    expect(saved).toMatchObject({ kind: 'github', tokenEnding: GITHUB_TOKEN.slice(-4) });
    const stored = await repositories.trackerConfigs.getTrackerConfig(owner, saved.name);
    for (const read of [saved, await open.get(owner, saved.name), await open.list(owner)]) {
      expect(JSON.stringify(read)).not.toMatch(/encryptedToken|a1B2a1B2/);
    }
    expect(JSON.stringify(stored)).not.toContain('a1B2a1B2');
  });

  it('asks GitHub and GitLab, several at once, whether they work and what they see', async () => {
    const [token, app, lab] = await Promise.all([
      connect(byToken()),
      connect(asApp()),
      connect({ kind: 'gitlab', baseUrl: gitlab.url, token: GITLAB_TOKEN }),
    ]);
    expect(await open.test(owner, token.name, 'acme/shop')).toMatchObject({ ok: true });
    expect(await open.test(owner, app.name, 'acme/shop')).toEqual({
      ok: true,
      message: expect.stringContaining('filed by the App'),
    });
    expect(JSON.stringify(app)).not.toContain('PRIVATE KEY');
    expect(await open.test(owner, lab.name)).toMatchObject({ ok: true });
    const projects = await open.listProjects(owner, token.name);
    expect(projects?.map(({ project }) => project)).toContain('acme/shop');
  });

  it('says what is wrong with the token, and with an address inside', async () => {
    const { name } = await connect({ ...byToken(), token: `github_pat_${'x'.repeat(30)}` });
    expect(await open.test(owner, name)).toMatchObject({ ok: false });
    const asked = github.requests.length;
    expect(await guarded.test(owner, name)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/private network.*ALLOW_PRIVATE_ADDRESSES=true/),
    });
    expect(github.requests).toHaveLength(asked);
  });

  it('uses a new token at once', async () => {
    const wrong = { ...byToken(), token: `github_pat_${'x'.repeat(30)}` };
    const { name, revision } = await connect(wrong);
    expect(await open.test(owner, name)).toMatchObject({ ok: false });
    await open.save(owner, name, byToken(), revision);
    expect(await open.test(owner, name)).toMatchObject({ ok: true });
  });

  it('keeps the token that is not given again, and sends it nowhere else', async () => {
    const { name, revision } = await connect(byToken());
    const { token: _, ...rest } = byToken();
    const moving = open.save(owner, name, { ...rest, baseUrl: 'https://evil.example' }, revision);
    expect(await problemsOf(moving)).toContain('token has to be entered again');
    const outcome = await open.save(owner, name, { ...rest, attachments: true }, revision);
    expect(outcome).toMatchObject({ kind: 'saved', config: { attachments: true, revision: 2 } });
    expect(await open.test(owner, name)).toMatchObject({ ok: true });
  });

  it('opens no token that was put into the place of another', async () => {
    const [one, other] = [await connect(byToken()), await connect(byToken())];
    const { trackerConfigs } = repositories;
    const seen = await trackerConfigs.getTrackerConfig(owner, one.name);
    const foreign = await trackerConfigs.getTrackerConfig(owner, other.name);
    if (!seen || !foreign?.encryptedToken) throw new Error('it is gone');
    const { owner: _, createdAt: __, updatedAt: ___, revision: ____, ...fields } = seen;
    const moved = { ...fields, encryptedToken: foreign.encryptedToken };
    await trackerConfigs.saveTrackerConfig(owner, moved, seen);
    expect(await open.test(owner, one.name)).toMatchObject({
      ok: false,
      message: expect.stringContaining('has to enter it again'),
    });
  });

  it.each<[string, object, string]>([
    ['an unknown kind', { kind: 'jira', token: 'x' }, 'kind must be '],
    ['no token', { kind: 'gitlab' }, 'token is missing'],
    ['an App on GitLab', { kind: 'gitlab', appId: '1', token: 'x' }, 'appId is for GitHub only'],
    ['an App without a key', { kind: 'github', appId: '1' }, 'privateKey is missing'],
    ['a key of no App', { kind: 'github', token: 'x', privateKey: 'x' }, 'privateKey must be'],
    ['a token with a line break', { kind: 'github', token: 'a\r\nb' }, 'token must be'],
  ])('refuses %s', async (_, input, problem) => {
    expect(await problemsOf(open.save(owner, 'own', input))).toContain(problem);
  });

  it('lets a person connect a token of their own, and no App', async () => {
    const { id } = await repositories.users.ensureUser({
      identity: 'slack:T1:ann',
      name: 'Ann',
      standing: 'member',
    });
    expect((await open.save({ userId: id }, 'github', byToken())).kind).toBe('saved');
    const app = open.save({ userId: id }, 'app', asApp());
    expect(await problemsOf(app)).toContain('appId is for a workspace');
  });
});
