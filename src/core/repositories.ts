/**
 * The table as the core sees it. Every method is a business verb and one documented DynamoDB request
 * unless it says otherwise. A failed condition is a return value; a table that cannot be reached
 * throws `StoreUnavailableError`.
 */
import type { AttemptRepository } from './attempt.ts';
import type { AuditRepository } from './audit.ts';
import type { ContextRepository, ConversationRepository } from './conversation.ts';
import type { ErrandRepository } from './errand.ts';
import type { InstallationRepository } from './installation.ts';
import type { IssueRepository } from './issue-event.ts';
import type { LimitsRepository } from './limits.ts';
import type { MarkRepository } from './mark.ts';
import type { MessageRepository } from './message.ts';
import type { OneTimeRepository } from './one-time.ts';
import type { RetentionRepository } from './retention-repository.ts';
import type { SessionRepository } from './session.ts';
import type { StartRepository } from './start.ts';
import type { ProviderConfigRepository, TrackerConfigRepository } from './stored-config.ts';
import type { ThreadRepository } from './thread-repository.ts';
import type { TicketRepository } from './ticket-repository.ts';
import type { UsageRepository } from './usage.ts';
import type { UserRepository } from './user.ts';
import type { WorkspaceRepository } from './workspace.ts';

export interface Repositories {
  sessions: SessionRepository;
  oneTimes: OneTimeRepository;
  attempts: AttemptRepository;
  users: UserRepository;
  conversations: ConversationRepository;
  messages: MessageRepository;
  tickets: TicketRepository;
  providerConfigs: ProviderConfigRepository;
  trackerConfigs: TrackerConfigRepository;
  workspaces: WorkspaceRepository;
  threads: ThreadRepository;
  contexts: ContextRepository;
  starts: StartRepository;
  usage: UsageRepository;
  marks: MarkRepository;
  installations: InstallationRepository;
  errands: ErrandRepository;
  issues: IssueRepository;
  audit: AuditRepository;
  retention: RetentionRepository;
  limits: LimitsRepository;
}
