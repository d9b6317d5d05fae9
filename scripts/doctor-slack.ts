/** What the doctor asks Slack: both tokens, and what was granted. Nothing is changed there. */
import { createClient } from '../adapters/slack/clients.ts';
import { refusalOf } from '../adapters/slack/refusals.ts';
import { BOT_SCOPES } from '../adapters/slack/scopes.ts';
import type { Config } from '../src/config.ts';
import type { SlackConfig } from '../src/connections.ts';
import type { Finding } from './doctor-checks.ts';

const SUBJECT = 'slack';
const APPS = 'https://api.slack.com/apps';
const SLACK_API_URL = 'https://slack.com/api/';

/** Nothing where Slack is not configured. */
export async function checkSlack({ slack, http }: Pick<Config, 'slack' | 'http'>) {
  if (!slack) return [];
  const apiUrl = slack.apiUrl ?? SLACK_API_URL;
  const findings = await Promise.all([
    checkWorkspaces(slack, apiUrl, http.publicUrl),
    checkConnection(slack, apiUrl, http.publicUrl),
  ]);
  return findings.flat();
}

async function checkWorkspaces(
  { workspaces }: SlackConfig,
  apiUrl: string,
  publicUrl: string | undefined,
): Promise<Finding[]> {
  if (workspaces.kind === 'many') {
    return [await checkCredentials(workspaces, apiUrl), checkInstallation(publicUrl)];
  }
  try {
    const client = createClient(workspaces.botToken, apiUrl);
    const { team, team_id, user, bot_id, response_metadata } = await client.auth.test();
    if (!bot_id) {
      const todo = `copy the Bot User OAuth Token at ${APPS}, under Install App`;
      return [finding('wrong', `SLACK_BOT_TOKEN is not a bot's; ${todo}`)];
    }
    const who = finding('ok', `the token is of ${user} in ${team} (${team_id})`);
    return [who, ...checkScopes(response_metadata?.scopes)];
  } catch (error) {
    return [describe(error, 'SLACK_BOT_TOKEN', `copy it again at ${APPS}, under Install App`)];
  }
}

/** Slack says with every answer what was granted. */
function checkScopes(granted: string[] | undefined): Finding[] {
  if (!granted) return [];
  const missing = BOT_SCOPES.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return [finding('ok', 'every permission is granted')];
  const todo = `paste what npm run slack:manifest prints at ${APPS}, under App Manifest, then Install App → Reinstall`;
  return [finding('wrong', `permissions are missing: ${missing.join(', ')}; ${todo}`)];
}

/** Slack looks at the id and the secret before it looks at the code, which is none. */
async function checkCredentials(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  apiUrl: string,
): Promise<Finding> {
  const todo = `copy SLACK_CLIENT_ID and SLACK_CLIENT_SECRET at ${APPS}, under Basic Information → App Credentials`;
  try {
    const client = createClient(undefined, apiUrl);
    const credentials = { client_id: clientId, client_secret: clientSecret };
    await client.oauth.v2.access({ ...credentials, code: 'doctor' });
  } catch (error) {
    if (refusalOf(error) !== 'invalid_code') return describe(error, 'the app', todo);
  }
  return finding('ok', 'the client id and the client secret are of one app');
}

function checkInstallation(publicUrl: string | undefined): Finding {
  if (publicUrl?.startsWith('https://')) {
    return finding('ok', `workspaces install the app at ${publicUrl}/slack/install`);
  }
  return finding(
    'wrong',
    'set PUBLIC_URL to an https address: Slack sends who installs back to it',
  );
}

async function checkConnection(
  { connection }: SlackConfig,
  apiUrl: string,
  publicUrl: string | undefined,
): Promise<Finding[]> {
  if (connection.kind === 'http') {
    if (publicUrl?.startsWith('https://')) {
      return [finding('ok', `Slack sends to ${publicUrl}/slack/events`)];
    }
    const todo = 'set it to the address at which Slack reaches this server';
    return [finding('wrong', `over HTTP, PUBLIC_URL must be an https address; ${todo}`)];
  }
  try {
    // Asking for an address opens no socket.
    await createClient(connection.appToken, apiUrl).apps.connections.open({});
    return [finding('ok', 'Socket Mode opens')];
  } catch (error) {
    const todo = `make an app-level token with the scope connections:write at ${APPS}, under Basic Information; Socket Mode must be on`;
    return [describe(error, 'SLACK_APP_TOKEN', todo)];
  }
}

function describe(error: unknown, variable: string, todo: string): Finding {
  const code = refusalOf(error);
  if (code) return finding('wrong', `Slack does not take ${variable} (${code}); ${todo}`);
  const reason = error instanceof Error ? error.name : 'unknown';
  return finding('wrong', `Slack did not answer (${reason}); check SLACK_API_URL and the network`);
}

const finding = (level: Finding['level'], text: string): Finding => ({
  level,
  subject: SUBJECT,
  text,
});
