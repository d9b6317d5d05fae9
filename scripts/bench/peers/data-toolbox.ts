/** dynamodb-toolbox, used as its authors show. */
import {
  any,
  ConditionCheck,
  Entity,
  GetItemCommand,
  item,
  number,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  string,
  Table,
} from 'dynamodb-toolbox';
import { execute } from 'dynamodb-toolbox/entity/actions/transactWrite';
import {
  AUTHOR,
  type DataCandidate,
  type DataPlace,
  MESSAGES,
  momentOf,
  SETTINGS,
  TEXT,
} from '../data-case.ts';
import { connect } from './connect.ts';

export function createCandidate(place: DataPlace): DataCandidate {
  const { tableName, conversationId } = place;
  const documents = connect(place);
  const table = new Table({
    documentClient: documents,
    name: tableName,
    partitionKey: { name: 'PK', type: 'string' },
    sortKey: { name: 'SK', type: 'string' },
  });
  const entityOf = (name: string, schema: ReturnType<typeof item>) =>
    new Entity({ name, table, schema, timestamps: false, entityAttribute: false });
  const keys = { PK: string().key(), SK: string().key() };
  const message = entityOf(
    'message',
    item({ ...keys, v: number(), role: string(), text: string(), author: any() }),
  );
  const channel = entityOf('channel', item({ ...keys, v: number(), settings: any() }));
  const thread = entityOf('thread', item({ ...keys }));
  const PK = `CONV#${conversationId}`;
  const keyOf = (n: number) => ({ PK, SK: `MSG#${momentOf(n)}` });
  return {
    put: (n) =>
      channel
        .build(PutItemCommand)
        .item({ PK: 'WORKSPACE#slack#T1', SK: `CHANNEL#C${n}`, v: 1, settings: SETTINGS })
        .send(),
    get: async (n) =>
      (
        await message
          .build(GetItemCommand)
          .key(keyOf(n % MESSAGES))
          .options({ consistent: true })
          .send()
      ).Item,
    query: async () =>
      (
        await table
          .build(QueryCommand)
          .query({ partition: PK, range: { between: ['MSG#', 'MSG$'] } })
          .entities(message)
          .options({ consistent: true, limit: MESSAGES + 1, entityAttrFilter: false })
          .send()
      ).Items ?? [],
    transact: (n) =>
      execute(
        thread
          .build(ConditionCheck)
          .key({ PK, SK: 'THREAD' })
          .condition({ attr: 'PK', exists: true }),
        message
          .build(PutTransaction)
          .item({ ...keyOf(n), v: 1, role: 'user', text: TEXT, author: AUTHOR })
          .options({ condition: { attr: 'PK', exists: false } }),
      ),
  };
}
