/** What every engine must do with our repositories: run on the embedded one and on DynamoDB Local. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Repositories } from '../../src/core/repositories.ts';
import {
  ConversationRepository,
  createRepositories,
  MessageRepository,
  ProviderConfigRepository,
  type Table,
  UserRepository,
} from '../../src/db/index.ts';
import type { TestEngine } from '../engine.ts';
import { describeStoredConfigs } from './repositories/configs.ts';
import { describeConversations } from './repositories/conversations.ts';
import { describeDeletion } from './repositories/deletion.ts';
import { describeInstallations } from './repositories/installations.ts';
import { describeMessages } from './repositories/messages.ts';
import { describeUserDeletion } from './repositories/user-deletion.ts';
import { describeUserLinking } from './repositories/user-linking.ts';
import { describeUsers } from './repositories/users.ts';

/** A table of its own for each part of the suite, and everything that works on it. */
export interface Store {
  engine: TestEngine;
  table: Table;
  users: UserRepository;
  conversations: ConversationRepository;
  messages: MessageRepository;
  providerConfigs: ProviderConfigRepository;
  trackerConfigs: Repositories['trackerConfigs'];
  tickets: Repositories['tickets'];
  contexts: Repositories['contexts'];
  threads: Repositories['threads'];
  workspaces: Repositories['workspaces'];
  installations: Repositories['installations'];
}

export function openStore(engine: TestEngine, table: Table): Store {
  return {
    ...createRepositories(table),
    engine,
    table,
    users: new UserRepository(table),
    conversations: new ConversationRepository(table),
    messages: new MessageRepository(table),
    providerConfigs: new ProviderConfigRepository(table),
  };
}

export function describeRepositories(name: string, start: () => Promise<TestEngine>): void {
  describe(`repositories on ${name}`, () => {
    let engine: TestEngine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    const open = async () => openStore(engine, await engine.table());
    for (const part of [
      describeUsers,
      describeConversations,
      describeMessages,
      describeDeletion,
      describeUserDeletion,
      describeUserLinking,
      describeStoredConfigs,
      describeInstallations,
    ]) {
      part(open);
    }
  });
}
