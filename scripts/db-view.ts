/** `npm run db:view [-- --port N]`: the table in a browser, on this machine only, read only. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { parseConfig } from '../src/config.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import { openTable } from '../src/open-table.ts';
import { createDbView } from './db-view-app.ts';
import { createTableView } from './db-view-table.ts';

const DEFAULT_PORT = '8001';

const port = readPort();
const config = parseConfig(process.env);
const { table, place, close } = await openTable(config);
const app = createDbView({
  view: createTableView(table),
  tableName: table.name,
  place,
  browse: config.table.kind !== 'aws',
});
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port });
try {
  await once(server, 'listening');
} catch (cause) {
  await close();
  throw new InvalidInputError('db:view', [
    `port ${port} is taken; choose another: npm run db:view -- --port ${port + 1} (${String(cause)})`,
  ]);
}
const address = server.address() as AddressInfo;
console.log(`Table ${table.name} at http://localhost:${address.port} (${place}). Ctrl-C ends it.`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
server.close();
await close();
process.exit(0);

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: 'string', default: DEFAULT_PORT } } });
  if (/^\d{1,5}$/.test(values.port) && Number(values.port) <= 65_535) return Number(values.port);
  throw new InvalidInputError('db:view', ['--port must be a number from 0 to 65535']);
}
