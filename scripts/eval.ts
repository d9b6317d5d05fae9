/**
 * `npm run eval`: the threads of test/eval through the bot, on an engine of its own, with any provider
 * that the environment connects; prints what each is worth and why.
 */
import { parseArgs } from 'node:util';
import { parseConfig } from '../src/config.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import { createRepositories } from '../src/db/index.ts';
import { createProviders } from '../src/providers/index.ts';
import { startEngine } from '../test/engine.ts';
import { type Outcome, runThread } from '../test/eval/run.ts';
import { meanOf, meansOf, type Score, scoreThread } from '../test/eval/score.ts';
import type { EvalThread } from '../test/eval/thread.ts';
import { THREADS } from '../test/eval/threads/index.ts';

const USAGE = `npm run eval                       the offline drafter on every thread
npm run eval -- --provider NAME    another provider, as the environment connects it
               --model NAME        another model than its default
               --only TEXT         only threads with this in their name
               --help              this text`;
const SHOWN_IN_FULL = 3;
const NAME_WIDTH = 48;

interface Run {
  thread: EvalThread;
  outcome: Outcome;
  score: Score;
}

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'offline' },
    model: { type: 'string' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await evaluate(values.provider, values.model, values.only);

async function evaluate(provider: string, model: string | undefined, only: string): Promise<void> {
  const threads = THREADS.filter(({ name }) => name.includes(only));
  if (threads.length === 0)
    throw new InvalidInputError('--only', [`no thread is called "${only}"`]);
  const providers = await createProviders({
    ...parseConfig(process.env).providers,
    isExplicit: true,
  });
  const settings = { provider, model, providerConfig: undefined };
  const [choice] = await providers.choose(settings);
  console.log(`${choice.provider.name}, ${choice.model}: ${threads.length} threads\n`);
  const engine = await startEngine();
  try {
    const repositories = createRepositories(await engine.table());
    const runs: Run[] = [];
    for (const thread of threads) {
      const outcome = await runThread(
        { repositories, chooseProvider: async () => [choice] },
        thread,
      );
      const run = { thread, outcome, score: scoreThread(thread, outcome) };
      runs.push(run);
      console.log(renderRun(run));
    }
    console.log(renderWorst(runs));
    console.log(renderTotal(runs));
  } finally {
    await engine.stop();
  }
}

function renderRun({ thread, score }: Run): string {
  const line = `${thread.name.padEnd(NAME_WIDTH)} ${percent(score.total)}`;
  return [line, ...score.reasons.map((reason) => `    ${reason}`)].join('\n');
}

function renderWorst(runs: Run[]): string {
  const worst = runs.toSorted((one, other) => one.score.total - other.score.total);
  const shown = worst.slice(0, SHOWN_IN_FULL).map(({ thread, outcome, score }) => {
    const said = thread.said.slice(-12).map(([author, text]) => `> ${author}: ${text}`);
    const drafts = outcome.tickets.map((ticket) => {
      const { title, type, priority, labels, description, acceptanceCriteria, tasks } = ticket;
      const lists = [...acceptanceCriteria, ...tasks].map((item) => `- [ ] ${item}`).join('\n');
      const facts = [type, priority, ...labels].join(', ');
      return [`### ${title}`, facts, description, lists].filter(Boolean).join('\n\n');
    });
    const heading = `## ${thread.name} ${percent(score.total)}`;
    return [heading, said.join('\n'), ...drafts, `Reply: ${outcome.reply}`].join('\n\n');
  });
  return ['\nThe worst:', ...shown].join('\n\n');
}

function renderTotal(runs: Run[]): string {
  const scores = runs.map(({ score }) => score);
  const means = Object.entries(meansOf(scores)).map(
    ([property, mean]) => `${property.padEnd(NAME_WIDTH)} ${percent(mean)}`,
  );
  const total = meanOf(scores.map((score) => score.total));
  return ['', ...means, `${'total'.padEnd(NAME_WIDTH)} ${percent(total)}`].join('\n');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`.padStart(5);
}
