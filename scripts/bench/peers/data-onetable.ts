/** OneTable, used as its authors show. */
import { Table } from 'dynamodb-onetable';
import { Dynamo } from 'dynamodb-onetable/Dynamo';
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
  const text = { type: String, required: true } as const;
  const schema = {
    version: '0.0.1',
    format: 'onetable:1.1.0',
    indexes: { primary: { hash: 'PK', sort: 'SK' } },
    models: {
      Message: {
        PK: { type: String, value: 'CONV#${conversationId}' },
        SK: { type: String, value: 'MSG#${moment}' },
        conversationId: text,
        moment: text,
        v: { type: Number },
        role: text,
        text,
        author: { type: Object },
      },
      Channel: {
        PK: { type: String, value: 'WORKSPACE#slack#${workspaceId}' },
        SK: { type: String, value: 'CHANNEL#${channelId}' },
        workspaceId: text,
        channelId: text,
        v: { type: Number },
        settings: { type: Object },
      },
      Thread: {
        PK: { type: String, value: 'CONV#${conversationId}' },
        SK: { type: String, value: 'THREAD' },
        conversationId: text,
      },
    },
    params: { isoDates: true },
  } as const;
  const client = new Dynamo({ client: documents });
  const table = new Table({ client, name: tableName, schema, partial: false });
  const Message = table.getModel('Message');
  const Channel = table.getModel('Channel');
  const Thread = table.getModel('Thread');
  return {
    put: (n) =>
      Channel.create(
        { workspaceId: 'T1', channelId: `C${n}`, v: 1, settings: SETTINGS },
        { exists: null },
      ),
    get: (n) =>
      Message.get({ conversationId, moment: momentOf(n % MESSAGES) }, { consistent: true }),
    query: () =>
      Message.find(
        { PK: `CONV#${conversationId}`, SK: { between: ['MSG#', 'MSG$'] } },
        { consistent: true, limit: MESSAGES + 1 },
      ),
    transact: async (n) => {
      const transaction = {};
      await Thread.check({ conversationId }, { transaction, exists: true });
      await Message.create(
        { conversationId, moment: momentOf(n), v: 1, role: 'user', text: TEXT, author: AUTHOR },
        { transaction, exists: false },
      );
      return table.transact('write', transaction);
    },
  };
}
