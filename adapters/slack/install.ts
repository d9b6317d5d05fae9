/** How a workspace gets the app: `/slack/install` leads to Slack, and Slack leads back. */
import type { AdapterRoute } from '../../src/core/adapter.ts';
import type { Log } from '../../src/core/log.ts';
import { renderInstallPage } from './install-page.ts';
import type { InstallState } from './install-state.ts';
import { INSTALL_PATH, REDIRECT_PATH } from './manifest.ts';
import type { OAuth } from './oauth.ts';
import { refusalOf } from './refusals.ts';
import type { Vault } from './vault.ts';

export interface InstallOptions {
  oauth: OAuth;
  state: InstallState;
  vault: Vault;
  /** Somebody installed the app, or installed it anew. */
  changed(): void;
  log: Log;
}

export function createInstallRoutes(options: InstallOptions): AdapterRoute[] {
  return [
    { method: 'GET', path: INSTALL_PATH, handle: () => setOut(options) },
    { method: 'GET', path: REDIRECT_PATH, handle: (request) => comeBack(options, request) },
  ];
}

async function setOut({ oauth, state }: InstallOptions): Promise<Response> {
  const issued = await state.issue();
  return new Response(null, {
    status: 302,
    headers: {
      location: oauth.authorizeUrl(issued.state),
      'set-cookie': issued.cookie,
      'cache-control': 'no-store',
    },
  });
}

async function comeBack(options: InstallOptions, request: Request): Promise<Response> {
  const { state, log } = options;
  const query = new URL(request.url).searchParams;
  const isOurs = await state.redeem(query.get('state') ?? '', request.headers.get('cookie'));
  if (!isOurs) return answer(options, 400, 'outdated');
  const [code, refused] = [query.get('code'), query.get('error')];
  if (!code || refused) {
    log.info('slack-install-cancelled', { code: refused ?? 'no code' });
    return answer(options, 400, 'cancelled');
  }
  try {
    const { workspaceId, name, appId, grant } = await options.oauth.exchange(code);
    await options.vault.put(workspaceId, grant);
    options.changed();
    log.info('slack-installed', { workspaceId });
    const appUrl = `https://slack.com/app_redirect?${new URLSearchParams({ app: appId, team: workspaceId })}`;
    return answer(options, 200, { name, appUrl });
  } catch (error) {
    log.error('slack-not-installed', { code: refusalOf(error) }, error);
    return answer(options, 502, 'failed');
  }
}

function answer(
  { state }: InstallOptions,
  status: number,
  outcome: Parameters<typeof renderInstallPage>[0],
): Response {
  return new Response(renderInstallPage(outcome), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      // The address holds a code that Slack gave; it goes nowhere else.
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'set-cookie': state.expiredCookie,
    },
  });
}
