/** `npm run dynamodb:setup`: makes the table with its keys and index. Idempotent. */
import { parseConfig } from '../src/config.ts';
import { ensureTable } from '../src/db/table.ts';
import { openTable } from '../src/open-table.ts';

const { table, place, close } = await openTable(parseConfig(process.env));
try {
  const outcome = await ensureTable(table);
  const what = outcome === 'created' ? 'created' : 'is there already';
  console.log(`Table ${table.name} ${what} (${place}).`);
} finally {
  await close();
}
