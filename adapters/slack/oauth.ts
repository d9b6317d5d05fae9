/** Slack's OAuth v2: where people allow the app, and what Slack gives for it. */
import { z } from 'zod';
import { createClient, identify } from './clients.ts';
import { BOT_SCOPES } from './scopes.ts';
import type { Grant } from './vault.ts';

export interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  redirectUrl: string;
  apiUrl: string;
}

/** What changes when a token is renewed. */
export type Access = Pick<Grant, 'botToken' | 'refreshToken' | 'expiresAt'>;

export interface OAuth {
  /** Where somebody is asked whether the app may. */
  authorizeUrl(state: string): string;
  /** What was allowed, and where: a workspace, or an organisation. Rejects as Slack refuses. */
  exchange(
    code: string,
  ): Promise<{ workspaceId: string; name: string; appId: string; grant: Grant }>;
  refresh(refreshToken: string): Promise<Access>;
}

const accessSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  /** Seconds. */
  expires_in: z.number().optional(),
});
const installedSchema = accessSchema.extend({
  app_id: z.string(),
  is_enterprise_install: z.boolean().optional(),
  team: z.object({ id: z.string(), name: z.string().optional() }).nullish(),
  enterprise: z.object({ id: z.string(), name: z.string().optional() }).nullish(),
});

export function createOAuth(options: OAuthOptions): OAuth {
  const { clientId, clientSecret, redirectUrl, apiUrl } = options;
  const client = createClient(undefined, apiUrl);
  const credentials = { client_id: clientId, client_secret: clientSecret };

  function authorizeUrl(state: string): string {
    const url = new URL('/oauth/v2/authorize', apiUrl);
    url.search = new URLSearchParams({
      client_id: clientId,
      scope: BOT_SCOPES.join(','),
      redirect_uri: redirectUrl,
      state,
    }).toString();
    return url.href;
  }

  async function exchange(code: string) {
    const answer = installedSchema.parse(
      await client.oauth.v2.access({ ...credentials, code, redirect_uri: redirectUrl }),
    );
    const place = answer.is_enterprise_install ? answer.enterprise : answer.team;
    if (!place) throw new Error('Slack does not say where the app was installed');
    const access = toAccess(answer);
    const { workspaceId: _, ...who } = await identify(createClient(access.botToken, apiUrl));
    const grant = { ...access, ...who, installedAt: Date.now() };
    return { workspaceId: place.id, name: place.name ?? place.id, appId: answer.app_id, grant };
  }

  async function refresh(refreshToken: string): Promise<Access> {
    const answer = await client.oauth.v2.access({
      ...credentials,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    });
    return toAccess(accessSchema.parse(answer));
  }

  return { authorizeUrl, exchange, refresh };
}

function toAccess({ access_token, refresh_token, expires_in }: z.infer<typeof accessSchema>) {
  return {
    botToken: access_token,
    ...(refresh_token && { refreshToken: refresh_token }),
    ...(expires_in && { expiresAt: Date.now() + expires_in * 1_000 }),
  };
}
