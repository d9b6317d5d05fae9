/** What the doctor asks Discord: the token, the intents, what the bot may do where. Nothing is changed there. */

import { createRest } from '../adapters/discord/clients.ts';
import { planRegistration } from '../adapters/discord/command-registration.ts';
import { type DiscordConfig, PORTAL } from '../adapters/discord/gateway.ts';
import { inviteLinkOf, readStanding, type Standing } from '../adapters/discord/invite.ts';
import { isUnauthorized } from '../adapters/discord/refusals.ts';
import type { Finding } from './doctor-checks.ts';

const quiet = { info() {}, warn() {}, error: () => '' };
const SUBJECT = 'discord';

/** Nothing where Discord is not configured. */
export async function checkDiscord(config: DiscordConfig | undefined): Promise<Finding[]> {
  if (!config) return [];
  const rest = createRest({ config, log: quiet });
  try {
    const standing = await readStanding(rest);
    const { applicationId } = standing;
    const { changes } = await planRegistration({ rest, applicationId });
    return [
      ...describeToken(config, standing),
      describeContent(standing),
      ...describeServers(standing),
      changes.length === 0
        ? finding('ok', 'commands are registered')
        : finding('note', 'commands differ; npm run discord:commands registers them'),
    ];
  } catch (error) {
    if (isUnauthorized(error)) {
      const todo = `reset it at ${PORTAL}, under Bot, and set the new one`;
      return [finding('wrong', `Discord does not accept DISCORD_TOKEN; ${todo}`)];
    }
    const reason = error instanceof Error ? error.message : 'unknown';
    return [
      finding('wrong', `Discord did not answer (${reason}); check DISCORD_API_URL and the network`),
    ];
  }
}

function describeToken(config: DiscordConfig, { applicationId, name }: Standing): Finding[] {
  const other = config.applicationId && config.applicationId !== applicationId;
  return [
    finding('ok', `the token is of ${name}, application ${applicationId}`),
    ...(other
      ? [finding('wrong', 'DISCORD_APPLICATION_ID is of another application; remove it')]
      : []),
  ];
}

function describeContent({ hasContent }: Standing): Finding {
  if (hasContent) return finding('ok', 'the Message Content intent is on');
  return finding(
    'note',
    `the Message Content intent is off: in threads, only messages that mention the bot are heard; switch it on at ${PORTAL}, under Bot`,
  );
}

function describeServers({ servers, applicationId }: Standing): Finding[] {
  if (servers.length === 0) {
    return [
      finding('note', `the bot is in no server yet; invite it: ${inviteLinkOf(applicationId)}`),
    ];
  }
  const lacking = servers.filter(({ lacks }) => lacks.length > 0);
  if (lacking.length === 0)
    return [finding('ok', `in ${servers.length} server(s), with every permission`)];
  return lacking.map(({ name, lacks }) =>
    finding(
      'wrong',
      `in ${name}, the bot's role lacks ${lacks.join(', ')}; invite it again: ${inviteLinkOf(applicationId)}`,
    ),
  );
}

const finding = (level: Finding['level'], text: string): Finding => ({
  level,
  subject: SUBJECT,
  text,
});
