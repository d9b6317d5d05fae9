/** ElectroDB, used as its authors show. */
import { Entity, Service } from 'electrodb';
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
  const options = { client: documents, table: tableName };
  const index = (pk: string, sk: string, pkName: string, skName: string) => ({
    primary: {
      pk: { field: 'PK', composite: [pkName], template: pk, casing: 'none' as const },
      sk: { field: 'SK', composite: [skName], template: sk, casing: 'none' as const },
    },
  });
  const text = { type: 'string' as const, required: true as const };
  const message = new Entity(
    {
      model: { entity: 'message', version: '1', service: 'bench' },
      attributes: {
        conversationId: text,
        moment: text,
        v: { type: 'number' },
        role: text,
        text,
        author: { type: 'any' },
      },
      indexes: index('CONV#${conversationId}', 'MSG#${moment}', 'conversationId', 'moment'),
    },
    options,
  );
  const channel = new Entity(
    {
      model: { entity: 'channel', version: '1', service: 'bench' },
      attributes: {
        workspaceId: text,
        channelId: text,
        v: { type: 'number' },
        settings: { type: 'any' },
      },
      indexes: index(
        'WORKSPACE#slack#${workspaceId}',
        'CHANNEL#${channelId}',
        'workspaceId',
        'channelId',
      ),
    },
    options,
  );
  const thread = new Entity(
    {
      model: { entity: 'thread', version: '1', service: 'bench' },
      attributes: { conversationId: text, state: text, ticketCount: { type: 'number' } },
      indexes: index('CONV#${conversationId}', '${state}', 'conversationId', 'state'),
    },
    options,
  );
  const service = new Service({ message, thread }, options);
  const messageOf = (n: number) => ({
    ...{ conversationId, moment: momentOf(n), v: 1, role: 'user', text: TEXT, author: AUTHOR },
  });
  return {
    put: (n) =>
      channel.put({ workspaceId: 'T1', channelId: `C${n}`, v: 1, settings: SETTINGS }).go(),
    get: async (n) =>
      (
        await message
          .get({ conversationId, moment: momentOf(n % MESSAGES) })
          .go({ consistent: true, ignoreOwnership: true })
      ).data,
    query: async () =>
      (
        await message.query
          .primary({ conversationId })
          .between({ moment: '' }, { moment: '~' })
          .go({ consistent: true, limit: MESSAGES + 1, ignoreOwnership: true })
      ).data,
    transact: (n) =>
      service.transaction
        .write(({ message: messages, thread: threads }) => [
          threads
            .check({ conversationId, state: 'THREAD' })
            .where(({ ticketCount }, { exists }) => exists(ticketCount))
            .commit(),
          messages.create(messageOf(n)).commit(),
        ])
        .go(),
  };
}
