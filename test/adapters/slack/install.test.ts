/** Many workspaces: installed by OAuth, answered each with its own token, renewed, removed. */
import { describe, expect, it, vi } from 'vitest';
import { createVault } from '../../../adapters/slack/vault.ts';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import { createSecrets } from '../../../src/secrets.ts';
import type { SlackPlace } from '../../fakes/slack-oauth.ts';
import { expectWritten, PUBLIC_URL, SECRETS_KEY, type Setting, useSlack } from './bots.ts';
import { ACME, comeBack, install, ORGANISATION, setOut } from './installing.ts';

const TWELVE_HOURS_S = 43_200;

/** What is delivered about an installation. */
function lifecycle(event: Record<string, unknown>, place: Partial<SlackPlace>, at = Date.now()) {
  const { team = null, enterprise, org = false } = place;
  return {
    kind: 'event' as const,
    body: {
      ...{ type: 'event_callback', token: 'legacy', api_app_id: 'A1', event, team_id: team },
      ...(enterprise && { enterprise_id: enterprise }),
      ...{ is_enterprise_install: org, event_id: `Ev${at}${String(event.type)}` },
      event_time: Math.floor(at / 1_000),
    },
  };
}
const UNINSTALLED = { type: 'app_uninstalled' };
const REVOKED = { type: 'tokens_revoked', tokens: { bot: ['UBOT'] } };

describe.each(['http', 'socket'] as const)('many workspaces over %s', (receiver) => {
  const { setUp, run } = useSlack();
  const many = { receiver, workspaces: 'many' } as const;

  it('install, are answered, and are forgotten when they remove the app', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    const page = await install(setting, running, ACME);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Installed in Workspace T1');
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    setting.slack.oauth.revoke(ACME);
    for (const event of [REVOKED, UNINSTALLED, UNINSTALLED]) {
      const { ok, deliveries } = await running.delivery.deliver(lifecycle(event, ACME));
      expect([ok, deliveries]).toEqual([true, 1]);
    }
    expect(await setting.repositories.installations.getInstallation('slack', 'T1')).toBe(undefined);
    await running.people.say('UANN', 'C1', '<@UBOT> still there?');
    const last = running.delivery.acknowledgements.at(-1);
    expect([last?.ok, last?.deliveries]).toEqual([true, 1]);
  });

  it('make Slack deliver again while the table with their tokens is away', async () => {
    const setting = await setUp();
    await install(setting, await run(setting, many), ACME);
    // Another process, which has not seen the workspace yet.
    const running = await run(setting, many);
    const { installations } = setting.repositories;
    const { getInstallation } = installations;
    let failures = 2;
    installations.getInstallation = (...place) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new StoreUnavailableError('get', undefined));
      return getInstallation(...place);
    };
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    expect(running.delivery.acknowledgements.some(({ deliveries }) => deliveries > 1)).toBe(true);
  });
});

describe('installing', () => {
  const { setUp, run } = useSlack();
  const many = { workspaces: 'many' } as const;

  it('asks for every scope, with a state and a cookie that scripts cannot read', async () => {
    const running = await run(await setUp(), many);
    const { response, authorizeUrl } = await setOut(running);
    const query = new URL(authorizeUrl).searchParams;
    expect(query.get('redirect_uri')).toBe(`${PUBLIC_URL}/slack/oauth_redirect`);
    expect(query.get('scope')?.split(',')).toContain('app_mentions:read');
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax; Secure/);
  });

  it('keeps no token readable in the table', async () => {
    const setting = await setUp();
    await install(setting, await run(setting, many), ACME);
    const stored = await setting.repositories.installations.getInstallation('slack', 'T1');
    expect(stored?.sealed).toMatch(/^ey/);
    expect(JSON.stringify(stored)).not.toContain('xoxb');
  });

  it('works once, in the browser it was begun in, and not with a state of somebody else', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    const { oauth } = setting.slack;
    const { cookie, authorizeUrl } = await setOut(running);
    const stranger = await setOut(running);
    const address = oauth.approve(authorizeUrl, ACME);
    expect((await comeBack(running, address, '')).status).toBe(400);
    expect((await comeBack(running, address, stranger.cookie)).status).toBe(400);
    const forged = address.replace(/state=[^.]+/, 'state=eyJhbGciOiJub25lIn0');
    expect((await comeBack(running, forged, cookie)).status).toBe(400);
    expect((await comeBack(running, address, cookie)).status).toBe(200);
    expect((await comeBack(running, address, cookie)).status).toBe(400);
  });

  it('ends after ten minutes', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    const { cookie, authorizeUrl } = await setOut(running);
    const address = setting.slack.oauth.approve(authorizeUrl, ACME);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    try {
      expect((await comeBack(running, address, cookie)).status).toBe(400);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so when it was not allowed, or when Slack refuses, and keeps nothing', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    const { oauth } = setting.slack;
    const first = await setOut(running);
    const allowed = new URL(oauth.approve(first.authorizeUrl, ACME));
    const state = allowed.searchParams.get('state') ?? '';
    const denied = `${PUBLIC_URL}/slack/oauth_redirect?error=access_denied&state=${state}`;
    const page = await comeBack(running, denied, first.cookie);
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('Nothing was')]);
    oauth.clientSecret = 'another';
    const refused = await install(setting, running, ACME);
    expect([refused.status, await refused.text()]).toEqual([
      502,
      expect.stringContaining('could not be installed'),
    ]);
    expect(await setting.repositories.installations.getInstallation('slack', 'T1')).toBe(undefined);
  });

  it('may be done again, and the newer token counts', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    await install(setting, running, ACME);
    setting.slack.oauth.revoke(ACME);
    await install(setting, running, ACME);
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
  });

  it('stays when the removal of an earlier installation is delivered late', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    await install(setting, running, ACME);
    await running.delivery.deliver(lifecycle(UNINSTALLED, ACME, Date.now() - 120_000));
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
  });
});

describe('whose installation', () => {
  const { setUp, run } = useSlack();
  const many = { workspaces: 'many' } as const;

  it('is that of the organisation, for each of its workspaces, in every process', async () => {
    const setting = await setUp();
    const running = await run(setting, many);
    await install(setting, running, ORGANISATION);
    Object.assign(setting.slack.world, { enterprise: 'E1', org: true });
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    // Calls say which workspace they mean.
    const posted = setting.slack.calls.find(({ method }) => method === 'users.info');
    expect(posted?.args.team_id).toBe('T1');
    // Whose it is was looked up once, and is known from then on.
    const { installations } = setting.repositories;
    const { getInstallation } = installations;
    let reads = 0;
    installations.getInstallation = (...place) => {
      reads += 1;
      return getInstallation(...place);
    };
    const again = await running.people.say('UANN', 'C1', '<@UBOT> again');
    await expectWritten(setting, 'C1', again.ts, ['heard: again']);
    expect(reads).toBe(0);
    // Another process writes into the thread without having heard of it.
    const second = await run(setting, many);
    const thread = { platform: 'slack', workspaceId: 'T1', channelId: 'C1', threadId: said.ts };
    await second.adapter.platform.postNotice({ thread: thread as never, text: 'news' });
    await expectWritten(setting, 'C1', said.ts, ['heard: hello', 'news']);
    const gone = { enterprise: 'E1', org: true };
    await running.delivery.deliver(lifecycle(UNINSTALLED, gone));
    expect(await setting.repositories.installations.getInstallation('slack', 'E1')).toBe(undefined);
  });
});

describe('tokens that rotate', () => {
  const { setUp, run } = useSlack();
  const many = { workspaces: 'many' } as const;

  /** Installed a while ago: this much is left of the token. */
  async function setUpRotating(leftMs: number) {
    const setting = await setUp();
    const { oauth } = setting.slack;
    oauth.expiresIn = TWELVE_HOURS_S;
    await install(setting, await run(setting, many), ACME);
    const { repositories } = setting;
    const vault = createVault({ repositories, ...createSecrets({ key: SECRETS_KEY }) });
    const seen = await vault.read('T1');
    if (!seen) throw new Error('nothing is installed');
    const expiresAt = Date.now() + leftMs;
    await vault.replace(seen, { ...seen.grant, expiresAt });
    for (const token of oauth.tokens.values()) token.expiresAt = expiresAt;
    return setting;
  }

  /** Both processes hear something at once, neither knowing of a token. */
  async function sayToTwo(setting: Setting) {
    const processes = await Promise.all([run(setting, many), run(setting, many)]);
    const said = await Promise.all(
      processes.map(({ people }, index) => people.say('UANN', 'C1', `<@UBOT> hello ${index}`)),
    );
    for (const [index, { ts }] of said.entries()) {
      await expectWritten(setting, 'C1', ts, [`heard: hello ${index}`]);
    }
    return setting.slack.calls
      .filter(({ args }) => args.grant_type === 'refresh_token')
      .map(({ outcome }) => outcome);
  }

  it('are renewed once less than two hours are left, by one of two processes', async () => {
    const setting = await setUpRotating(7_000_000);
    expect(await sayToTwo(setting)).toEqual(['ok']);
  });

  it('that have ended are waited for by who does not renew them', async () => {
    const setting = await setUpRotating(-1_000);
    expect(await sayToTwo(setting)).toEqual(['ok']);
    expect(setting.slack.calls.filter(({ outcome }) => outcome === 'token_expired')).toEqual([]);
  });

  it('are kept although the table is away when Slack has given them', async () => {
    const setting = await setUpRotating(-1_000);
    const { installations } = setting.repositories;
    const { replaceInstallation } = installations;
    let failures = 1;
    installations.replaceInstallation = (...given) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new StoreUnavailableError('put', undefined));
      return replaceInstallation(...given);
    };
    expect(await sayToTwo(setting)).toEqual(['ok']);
  });

  it('go on until they end when Slack does not renew them', async () => {
    const setting = await setUpRotating(7_000_000);
    setting.slack.oauth.refreshTokens.clear();
    const running = await run(setting, many);
    const said = await running.people.say('UANN', 'C1', '<@UBOT> hello');
    await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
    const [, fields] = running.logged.find(([event]) => event === 'slack-token-not-renewed') ?? [];
    expect(fields).toMatchObject({ workspaceId: 'T1', code: 'invalid_refresh_token' });
  });

  it('are left alone while there is time', async () => {
    const setting = await setUpRotating(TWELVE_HOURS_S * 1_000);
    expect(await sayToTwo(setting)).toEqual([]);
  });
});
