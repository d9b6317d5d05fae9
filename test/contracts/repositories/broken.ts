/** What breaks between a repository and its engine, and what is left in the table afterwards. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../../src/db/client.ts';
import type { Item } from '../../../src/db/requests.ts';

/** The next request is written but its answer lost, so that the SDK sends it again. */
export function loseOneAnswer({ documents }: Table): void {
  const name = 'lose-one-answer';
  let lost = false;
  documents.middlewareStack.add(
    (next) => async (args) => {
      documents.middlewareStack.remove(name);
      const answer = await next(args);
      // The request's own further tries still pass here.
      if (lost) return answer;
      lost = true;
      throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
    },
    { step: 'finalizeRequest', priority: 'low', name },
  );
}

/** The process dies: after `requests` more of them nothing reaches the engine from this connection. */
export function dieAfter({ documents }: Table, requests: number): void {
  let left = requests;
  documents.middlewareStack.add(
    (next) => async (args) => {
      if (left === 0) throw new Error('this process is dead');
      left -= 1;
      return next(args);
    },
    { step: 'initialize', name: 'die-after' },
  );
}

/** Does `work` just before the next request of this name is sent. */
export function beforeNext({ documents }: Table, request: string, work: () => Promise<unknown>) {
  const name = 'before-next';
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === request) {
        documents.middlewareStack.remove(name);
        await work();
      }
      return next(args);
    },
    { step: 'initialize', name },
  );
}

/** Everything in the table. Only tests scan. */
export async function scanAll({ name, documents }: Table): Promise<Item[]> {
  const items: Item[] = [];
  let after: Item | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: name, ConsistentRead: true, ExclusiveStartKey: after }),
    );
    items.push(...(page.Items ?? []));
    after = page.LastEvaluatedKey;
  } while (after);
  return items;
}

/** Keys of the items that name `id` anywhere, in a key or an attribute. */
export async function mentionsOf(table: Table, id: string): Promise<string[]> {
  const items = await scanAll(table);
  return items
    .filter((item) => JSON.stringify(item, plainSets).includes(id))
    .map(({ PK, SK }) => `${PK} ${SK}`);
}

function plainSets(_name: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}
