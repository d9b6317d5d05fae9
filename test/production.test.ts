/** The policy in `docs/production.md` against the requests that the code makes: no more and no less. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What AWS asks for each of the SDK's commands; a transaction needs the actions of its parts. */
const ACTIONS: Record<string, string[]> = {
  BatchGetCommand: ['BatchGetItem'],
  BatchWriteCommand: ['BatchWriteItem'],
  DeleteCommand: ['DeleteItem'],
  GetCommand: ['GetItem'],
  PutCommand: ['PutItem'],
  QueryCommand: ['Query'],
  TransactWriteCommand: ['ConditionCheckItem', 'DeleteItem', 'PutItem', 'UpdateItem'],
  UpdateCommand: ['UpdateItem'],
};
/** Makes tables; with Amazon's DynamoDB the process does not call it. */
const SETUP = 'table.ts';

interface Statement {
  Action: string[];
  Resource: string;
}

function readPolicy(): Statement[] {
  const document = readFileSync(join(ROOT, 'docs', 'production.md'), 'utf8');
  const json = /```json\n([\s\S]*?)```/.exec(document)?.[1] ?? '{}';
  return (JSON.parse(json) as { Statement: Statement[] }).Statement;
}

function commandsOf(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name !== SETUP);
  const found = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/new (\w+Command)\(/g)].map(
      ([, command = '']) => command,
    ),
  );
  return [...new Set(found)].sort();
}

describe('the policy for production', () => {
  const commands = commandsOf(join(ROOT, 'src', 'db'));

  it('allows what the code sends to the table, and nothing else', () => {
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.filter((command) => !(command in ACTIONS))).toEqual([]);
    const needed = [...new Set(commands.flatMap((command) => ACTIONS[command] ?? []))].sort();
    const [table] = readPolicy();
    expect(table?.Action.map((action) => action.replace('dynamodb:', '')).sort()).toEqual(needed);
  });

  it('lets the index be queried only', () => {
    const [, index] = readPolicy();
    expect(index?.Action).toEqual(['dynamodb:Query']);
    expect(index?.Resource).toMatch(/\/index\/GSI1$/);
  });
});
