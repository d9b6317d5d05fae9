/**
 * How the stand-in Slack gives an app to workspaces: codes that work once and for one address, tokens
 * of each workspace or organisation, and, where they rotate, refresh tokens that work once.
 */
import { SlackRefusal } from './slack-method.ts';
import type { SlackWorld } from './slack-world.ts';

/** Where the app is installed: a workspace, or with `org` its whole organisation. */
export interface SlackPlace {
  team: string;
  enterprise?: string;
  org?: boolean;
  /** Of the app's user there. */
  botUser: string;
  botId: string;
}

export interface OAuthWorld {
  clientId: string;
  clientSecret: string;
  /** Seconds a token lives; absent: tokens do not rotate. */
  expiresIn?: number;
  codes: Map<string, { place: SlackPlace; redirectUri: string }>;
  tokens: Map<string, { place: SlackPlace; expiresAt: number }>;
  refreshTokens: Map<string, SlackPlace>;
  revoked: Set<string>;
  /** Allows the app at Slack's page; resolves to where the browser is sent. */
  approve(authorizeUrl: string, place: SlackPlace): string;
  /** The app was removed there: its tokens are over. */
  revoke(place: SlackPlace): void;
}

export function createOAuthWorld(): OAuthWorld {
  let count = 0;
  const oauth: OAuthWorld = {
    clientId: '1.2',
    clientSecret: 'stand-in-client-secret',
    codes: new Map(),
    tokens: new Map(),
    refreshTokens: new Map(),
    revoked: new Set(),
    approve(authorizeUrl, place) {
      const asked = new URL(authorizeUrl).searchParams;
      const [redirectUri = '', state = ''] = [asked.get('redirect_uri'), asked.get('state')].map(
        (value) => value ?? '',
      );
      if (asked.get('client_id') !== oauth.clientId) throw new Error('invalid_client_id');
      if (!asked.get('scope') || !state) throw new Error('no scope, or no state');
      count += 1;
      const code = `code-${count}`;
      oauth.codes.set(code, { place, redirectUri });
      return `${redirectUri}?${new URLSearchParams({ code, state })}`;
    },
    revoke(place) {
      for (const [token, { place: where }] of oauth.tokens) {
        if (where === place) oauth.revoked.add(token);
      }
    },
  };
  return oauth;
}

/** `oauth.v2.access`, for a code or with `grant_type=refresh_token`. */
export function access(oauth: OAuthWorld, form: Record<string, string>) {
  if (form.client_id !== oauth.clientId) throw new SlackRefusal('invalid_client_id');
  if (form.client_secret !== oauth.clientSecret) throw new SlackRefusal('bad_client_secret');
  if (form.grant_type === 'refresh_token') {
    const place = oauth.refreshTokens.get(form.refresh_token ?? '');
    if (!place) throw new SlackRefusal('invalid_refresh_token');
    oauth.refreshTokens.delete(form.refresh_token ?? '');
    return give(oauth, place);
  }
  const code = oauth.codes.get(form.code ?? '');
  if (!code) throw new SlackRefusal('invalid_code');
  oauth.codes.delete(form.code ?? '');
  if (code.redirectUri !== form.redirect_uri) throw new SlackRefusal('bad_redirect_uri');
  return give(oauth, code.place);
}

function give(oauth: OAuthWorld, place: SlackPlace) {
  const { team, enterprise, org = false, botUser } = place;
  const number = oauth.tokens.size + 1;
  const rotates = oauth.expiresIn !== undefined;
  const token = `${rotates ? 'xoxe.xoxb' : 'xoxb'}-${team}-${number}`;
  const lifetimeMs = (oauth.expiresIn ?? Number.POSITIVE_INFINITY) * 1_000;
  oauth.tokens.set(token, { place, expiresAt: Date.now() + lifetimeMs });
  const refreshToken = `xoxe-1-${number}`;
  if (rotates) oauth.refreshTokens.set(refreshToken, place);
  return {
    access_token: token,
    token_type: 'bot',
    scope: '',
    bot_user_id: botUser,
    app_id: 'A1',
    team: org ? null : { id: team, name: `Workspace ${team}` },
    enterprise: enterprise ? { id: enterprise, name: 'Acme Corp' } : null,
    is_enterprise_install: org,
    authed_user: { id: 'UANN' },
    ...(rotates && { refresh_token: refreshToken, expires_in: oauth.expiresIn }),
  };
}

/** The same world, as it is seen with this token. */
export function worldOf(
  world: SlackWorld,
  oauth: OAuthWorld,
  token: string | undefined,
): SlackWorld {
  const given = oauth.tokens.get(token ?? '');
  if (!given || !token) return world;
  if (oauth.revoked.has(token)) throw new SlackRefusal('token_revoked');
  if (given.expiresAt <= Date.now()) throw new SlackRefusal('token_expired');
  const { team, enterprise, botUser, botId } = given.place;
  const seen = { ...world, team, botUser, botId, botToken: token };
  return enterprise ? { ...seen, enterprise } : seen;
}
