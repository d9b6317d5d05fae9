/**
 * An engine behind a policy of IAM: what the policy does not allow is refused as AWS refuses it, by
 * action and resource, and everything that was asked for is kept. Transactions need the actions of
 * their parts, batches their own, and a query of an index is one of the index only.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Statement {
  Effect: string;
  Action: string[];
  Resource: string;
}

export interface GuardedTable {
  endpoint: string;
  /** `action resource`, each once. */
  asked: Set<string>;
  refused: string[];
  stop(): Promise<void>;
}

export interface GuardedTableOptions {
  /** Of the engine behind it. */
  endpoint: string;
  region: string;
  account: string;
  policy: Statement[];
}

interface Body {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName: string }>[];
}

/** What AWS asks for each part of a transaction. */
const PARTS: Record<string, string> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};

export async function guardTable(options: GuardedTableOptions): Promise<GuardedTable> {
  const { region, account, policy } = options;
  const asked = new Set<string>();
  const refused: string[] = [];
  const allowed = new Set(
    policy
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource }) => Action.map((action) => `${action} ${Resource}`)),
  );

  function needsOf(operation: string, body: Body): string[] {
    const at = (name: string, index?: string) =>
      `arn:aws:dynamodb:${region}:${account}:table/${name}${index ? `/index/${index}` : ''}`;
    if (operation === 'TransactWriteItems') {
      return (body.TransactItems ?? []).flatMap((item) =>
        Object.entries(item).map(([part, { TableName }]) => `${PARTS[part]} ${at(TableName)}`),
      );
    }
    const tables = body.RequestItems ? Object.keys(body.RequestItems) : [body.TableName ?? ''];
    return tables.map((name) => `${operation} ${at(name, body.IndexName)}`);
  }

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const needs = needsOf(operation, JSON.parse(body)).map((need) => `dynamodb:${need}`);
    for (const need of needs) asked.add(need);
    const missing = needs.filter((need) => !allowed.has(need));
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (missing.length > 0) {
      refused.push(...missing);
      const type = 'com.amazon.coral.service#AccessDeniedException';
      const message = `not authorized to perform: ${missing.join(', ')}`;
      response.writeHead(400).end(JSON.stringify({ __type: type, message }));
      return;
    }
    const answer = await forward(options.endpoint, request, body);
    response.writeHead(answer.status).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };

  async function stop(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  return { endpoint: `http://127.0.0.1:${port}`, asked, refused, stop };
}

function forward(endpoint: string, { headers }: IncomingMessage, body: string) {
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': String(headers['x-amz-target']),
      authorization: String(headers.authorization),
      'x-amz-date': String(headers['x-amz-date']),
    },
    body,
  });
}
