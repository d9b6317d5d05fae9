import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRepository } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';

const FRONT_DOOR = join(import.meta.dirname, '../../src/db/index.ts');

/** The guide's own example, word for word but for the path. */
const EXAMPLE = `
  import {
    ConversationRepository, MessageRepository, ProviderConfigRepository, TicketRepository, UserRepository,
  } from ${JSON.stringify(FRONT_DOOR)};
  const userRepo = new UserRepository();
  const conversationRepo = new ConversationRepository();
  const user = await userRepo.getUserById('userId');
  const conversations = await conversationRepo.getUserConversations('userId');
  const messageRepo = new MessageRepository();
  const messages = await messageRepo.getConversationMessages('conversationId');
  const tickets = await new TicketRepository().listTickets('conversationId');
  const configs = await new ProviderConfigRepository().listProviderConfigs({ userId: 'userId' });
  console.log(JSON.stringify({ name: user?.name, conversations, messages, tickets, configs }));
`;

describe('the front door of the table', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine.stop());

  function runExample(environment: Record<string, string>) {
    return spawnSync(process.execPath, ['--input-type=module-typescript', '-e', EXAMPLE], {
      encoding: 'utf8',
      env: environment,
    });
  }

  it.each<{ DYNAMODB_TABLE_NAME?: string }>([{}, { DYNAMODB_TABLE_NAME: 'another-table' }])(
    "runs the guide's example on the table that the environment names: %j",
    async (environment) => {
      const name = environment.DYNAMODB_TABLE_NAME ?? 'prompt-to-issue-local';
      const users = new UserRepository(await engine.table(name));
      await users.createUser({ id: 'userId', name: `Ana of ${name}` });
      const run = runExample({ DYNAMODB_ENDPOINT: engine.endpoint, ...environment });
      expect(run.stderr).toBe('');
      expect(JSON.parse(run.stdout)).toEqual({
        name: `Ana of ${name}`,
        conversations: [],
        messages: [],
        tickets: { items: [] },
        configs: [],
      });
    },
  );

  it('reads no environment and opens no connection before the first request', () => {
    const code = `import { UserRepository } from ${JSON.stringify(FRONT_DOOR)}; new UserRepository(); console.log('made');`;
    const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', code], {
      encoding: 'utf8',
      env: { DYNAMODB_ENDPOINT: 'not a url' },
    });
    expect(run).toMatchObject({ status: 0, stdout: 'made\n', stderr: '' });
  });
});
