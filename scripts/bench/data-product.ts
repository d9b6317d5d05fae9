/** The product in `bench data`: its repositories, on a table as `src/db` opens it. */
import { createTable } from '../../src/db/client.ts';
import { createRepositories, MessageRepository } from '../../src/db/index.ts';
import {
  CLIENT,
  type DataCandidate,
  type DataPlace,
  MESSAGES,
  messageOf,
  momentOf,
  SETTINGS,
} from './data-case.ts';

export function createCandidate({ endpoint, tableName, conversationId }: DataPlace): DataCandidate {
  const table = createTable({ ...CLIENT, endpoint, tableName });
  const { workspaces } = createRepositories(table);
  const messages = new MessageRepository(table);
  return {
    put: (n) => workspaces.saveChannelSettings('slack', 'T1', `C${n}`, SETTINGS),
    get: (n) => messages.getMessage(conversationId, momentOf(n % MESSAGES)),
    query: async () => (await messages.listMessages(conversationId, { limit: MESSAGES })).items,
    transact: (n) => messages.createMessage(messageOf(conversationId, n)),
  };
}
