/**
 * `npm run discord:commands`: registers the commands with Discord where they differ from what is
 * registered, and prints the link that invites the bot. `--dry-run` only shows what would change;
 * `--guild ID` registers for one server, where they appear at once.
 */
import { parseArgs } from 'node:util';
import { createRest } from '../adapters/discord/clients.ts';
import { planRegistration } from '../adapters/discord/command-registration.ts';
import { inviteLinkOf, readStanding } from '../adapters/discord/invite.ts';
import { describeRefusal, isUnauthorized } from '../adapters/discord/refusals.ts';
import { parseConfig } from '../src/config.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import { createLog } from '../src/log.ts';

const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, guild: { type: 'string' } },
});
try {
  await register(values.guild, values['dry-run']);
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
}

async function register(guildId: string | undefined, isDryRun: boolean): Promise<void> {
  const { discord: config, logLevel } = parseConfig(process.env);
  if (!config)
    throw new InvalidInputError('Discord', [
      'DISCORD_TOKEN is not set; docs/discord.md says where it comes from',
    ]);
  const rest = createRest({ config, log: createLog({ level: logLevel }) });
  const { applicationId, name } = await readStanding(rest);
  const { changes, apply } = await planRegistration({ rest, applicationId, guildId });
  const where = guildId ? `in server ${guildId}` : 'everywhere';
  console.log(`${name}, ${where}: ${changes.length === 0 ? 'nothing to change' : ''}`);
  for (const change of changes) console.log(`  ${isDryRun ? 'would ' : ''}${change}`);
  if (changes.length > 0 && !isDryRun) {
    await apply();
    console.log('Done.');
  }
  console.log(`Invite the bot: ${inviteLinkOf(applicationId)}`);
}

function sentenceOf(error: unknown): string {
  if (error instanceof InvalidInputError) return error.message;
  if (isUnauthorized(error))
    return 'Discord does not accept DISCORD_TOKEN; reset it and set the new one.';
  const refused = describeRefusal(error);
  if (refused) return `Discord said no: ${refused} With --guild, the bot has to be in that server.`;
  return `Discord did not answer as expected: ${error instanceof Error ? error.message : 'unknown'}`;
}
