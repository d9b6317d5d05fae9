/** `npm run doctor`: says what works, what does not, and what to do. Exit code 1 when something is wrong. */
import { type Config, parseConfig } from '../src/config.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import {
  checkChat,
  checkDataDir,
  checkEngine,
  checkNode,
  checkProvider,
  checkSecrets,
  checkSpendCaps,
  checkTable,
  checkTracker,
  checkWebhooks,
  type Finding,
} from './doctor-checks.ts';
import { checkCredentials } from './doctor-credentials.ts';
import { checkDiscord } from './doctor-discord.ts';
import { checkSlack } from './doctor-slack.ts';

const SUBJECT_WIDTH = 14;

const findings = [checkNode(process.versions.node), ...(await examine())];
for (const { level, subject, text } of findings) {
  console.log(`${level.padEnd(6)} ${subject.padEnd(SUBJECT_WIDTH)} ${text}`);
}
const problems = findings.filter(({ level }) => level === 'wrong').length;
console.log(
  problems === 0 ? '\nReady.' : `\n${problems} to put right; .env.example explains each variable.`,
);
process.exitCode = problems === 0 ? 0 : 1;

async function examine(): Promise<Finding[]> {
  const config = readConfig();
  if (Array.isArray(config)) return config;
  const data = checkDataDir(config);
  const engine = await checkEngine(config);
  const isOnFile = config.table.kind === 'embedded';
  const reachable = engine.level !== 'wrong' && !(isOnFile && data.level === 'wrong');
  return [
    {
      level: 'ok',
      subject: 'configuration',
      text: config.production ? 'production' : 'development',
    },
    data,
    engine,
    ...(reachable ? [await checkTable(config)] : []),
    checkSecrets(config),
    checkProvider(config),
    ...checkSpendCaps(config),
    checkTracker(config),
    checkWebhooks(config),
    checkChat(config),
    ...(await checkCredentials(config)),
    ...(await checkSlack(config)),
    ...(await checkDiscord(config.discord)),
  ];
}

function readConfig(): Config | Finding[] {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map((text) => ({ level: 'wrong', subject: 'configuration', text }));
  }
}
