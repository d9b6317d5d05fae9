/** `npm run dynamodb:start`: the engine in the background, until `npm run dynamodb:stop`. */
import { parseConfig } from '../src/config.ts';
import { EngineError, findRunningEngine, pinEngine } from '../src/db/engine.ts';
import { answers } from '../src/db/engine-start.ts';

const DEFAULT_PORT = 8000;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

const { table, dataDir } = parseConfig(process.env);
const wanted = table.kind === 'endpoint' ? table.endpoint : `http://localhost:${DEFAULT_PORT}`;

if (!(await findRunningEngine(dataDir)) && (await answers(wanted))) {
  console.log(`A DynamoDB engine runs already at ${wanted}; it is not ours, so it stays as it is.`);
} else {
  const { engine, started } = await pinEngine({ dataDir, port: portOf(wanted) });
  const place = engine.endpoint.replace('127.0.0.1', 'localhost');
  console.log(
    started
      ? `DynamoDB started in the background at ${place} (${engine.engine}, process ${engine.pid}), data under ${dataDir}/.`
      : `DynamoDB runs already at ${place} (${engine.engine}, process ${engine.pid}), data under ${dataDir}/.`,
  );
  console.log('Next: npm run db:setup. To stop it: npm run dynamodb:stop.');
}

function portOf(endpoint: string): number {
  const { hostname, port, protocol } = new URL(endpoint);
  if (LOOPBACK.includes(hostname) && protocol === 'http:') return Number(port || 80);
  throw new EngineError(
    `DYNAMODB_ENDPOINT is ${endpoint}, which is not on this machine: there is nothing to start`,
  );
}
