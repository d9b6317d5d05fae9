/**
 * The table's one front door. Without an argument the five repositories use the table that the
 * environment names, read at their first request: `DYNAMODB_ENDPOINT`, `DYNAMODB_TABLE_NAME`,
 * `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`.
 */
import type { Repositories } from '../core/repositories.ts';
import { createAttemptRepository } from './attempts.ts';
import { createAuditRepository } from './audit.ts';
import { createTable, type Table } from './client.ts';
import { createContextRepository } from './context.ts';
import { ConversationRepository } from './conversation.ts';
import { createErrandRepository } from './errand.ts';
import { createInstallationRepository } from './installation.ts';
import { createIssueRepository } from './issue.ts';
import { createLimitsRepository } from './limits.ts';
import { createMarkRepository } from './mark.ts';
import { MessageRepository } from './message.ts';
import { createOneTimeRepository } from './one-time.ts';
import { ProviderConfigRepository } from './provider-config.ts';
import { createRetentionRepository } from './retention.ts';
import { createSessionRepository } from './session.ts';
import { createStartRepository } from './start.ts';
import { createThreadRepository } from './thread.ts';
import { TicketRepository } from './ticket.ts';
import { createTrackerConfigRepository } from './tracker-config.ts';
import { createUsageRepository } from './usage.ts';
import { UserRepository } from './user.ts';
import { createWorkspaceRepository } from './workspace.ts';

export { createTable, type Table, type TableOptions } from './client.ts';
export { ensureTable, WrongTableError } from './table.ts';
export {
  ConversationRepository,
  MessageRepository,
  ProviderConfigRepository,
  TicketRepository,
  UserRepository,
};

/** Everything the core needs, on one table. */
export function createRepositories(table: Table): Repositories {
  return {
    users: new UserRepository(table),
    conversations: new ConversationRepository(table),
    messages: new MessageRepository(table),
    tickets: new TicketRepository(table),
    providerConfigs: new ProviderConfigRepository(table),
    trackerConfigs: createTrackerConfigRepository({ table }),
    workspaces: createWorkspaceRepository({ table }),
    threads: createThreadRepository({ table }),
    contexts: createContextRepository({ table }),
    sessions: createSessionRepository({ table }),
    oneTimes: createOneTimeRepository({ table }),
    attempts: createAttemptRepository({ table }),
    starts: createStartRepository({ table }),
    usage: createUsageRepository({ table }),
    errands: createErrandRepository({ table }),
    issues: createIssueRepository({ table }),
    audit: createAuditRepository({ table }),
    retention: createRetentionRepository({ table }),
    limits: createLimitsRepository({ table }),
    marks: createMarkRepository({ table }),
    installations: createInstallationRepository({ table }),
  };
}

let shared: Table | undefined;

/**
 * The table the environment names: with an endpoint a local engine, where any credentials do; without
 * one Amazon DynamoDB by the AWS default chain.
 */
export function defaultTable(): Table {
  shared ??= createTable(readEnvironment(process.env));
  return shared;
}

function readEnvironment(env: NodeJS.ProcessEnv) {
  const { DYNAMODB_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  const credentials = endpoint &&
    AWS_ACCESS_KEY_ID &&
    AWS_SECRET_ACCESS_KEY && {
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    };
  return {
    tableName: env.DYNAMODB_TABLE_NAME || 'prompt-to-issue-local',
    region: env.AWS_REGION || 'us-east-1',
    ...(endpoint && { endpoint }),
    ...credentials,
  };
}
