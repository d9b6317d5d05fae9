/** `npm run dynamodb:stop`: ends the engine that `dynamodb:start` began. What it holds stays on its file. */
import { parseConfig } from '../src/config.ts';
import { stopEngine } from '../src/db/engine.ts';

const { dataDir } = parseConfig(process.env);
const outcome = await stopEngine({ dataDir });
switch (outcome.kind) {
  case 'stopped':
    console.log(
      `DynamoDB stopped (process ${outcome.engine.pid}); its data stays under ${dataDir}/.`,
    );
    break;
  case 'in-use':
    console.log(
      `DynamoDB at ${outcome.engine.endpoint} is in use by a running process; it stops when that one ends.`,
    );
    break;
  case 'not-running':
    console.log(`No DynamoDB engine runs on ${dataDir}/.`);
    break;
}
