/** The table as the configuration names it, with the embedded engine where it is that. */
import type { Config, TableConfig } from './config.ts';
import type { Log } from './core/log.ts';
import { createTable, type Table } from './db/client.ts';
import { type EngineUse, useEngine } from './db/engine.ts';

export interface OpenTable {
  table: Table;
  /** Present when this process uses the embedded engine. */
  engine: EngineUse | undefined;
  /** Where it is, for people. */
  place: string;
  /** Closes the connections and leaves the engine. */
  close(): Promise<void>;
}

/** Makes no table: that is `ensureTable`'s. Throws `EngineError`. */
export async function openTable(
  { table: config, dataDir }: Pick<Config, 'table' | 'dataDir'>,
  log?: Log,
): Promise<OpenTable> {
  const engine = config.kind === 'embedded' ? await useEngine({ dataDir, log }) : undefined;
  const table = createTable({
    tableName: config.name,
    region: config.region,
    ...(engine && { endpoint: engine.endpoint }),
    ...(config.kind === 'endpoint' && {
      endpoint: config.endpoint,
      credentials: config.credentials,
    }),
  });
  return {
    table,
    engine,
    place: describePlace(config, dataDir, engine),
    async close() {
      table.close();
      await engine?.release();
    },
  };
}

function describePlace(config: TableConfig, dataDir: string, engine?: EngineUse): string {
  if (config.kind === 'aws') return `Amazon DynamoDB in ${config.region}`;
  if (config.kind === 'endpoint') return config.endpoint;
  return `${engine?.engine} at ${engine?.endpoint}, on a file under ${dataDir}/`;
}
