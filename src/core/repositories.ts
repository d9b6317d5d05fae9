/**
 * The table as the core sees it. Every method is a business verb and one documented DynamoDB request
 * unless it says otherwise. A failed condition is a return value; a table that cannot be reached
 * throws `StoreUnavailableError`.
 */
import type { AuditEntry, AuditPlace } from './audit.ts';
import type {
  Conversation,
  ConversationContext,
  ConversationKey,
  LinkedIssue,
  StoredMessage,
  Tail,
  ThreadSettings,
  ThreadState,
  TurnClaim,
} from './conversation.ts';
import type { Errand, ErrandClaim, ErrandRef } from './errand.ts';
import type { InstallationRepository } from './installation.ts';
import type { IssueAddress, IssueSnapshot } from './issue-event.ts';
import type { Limits } from './limits.ts';
import type { Author, Message, MessageKey } from './message.ts';
import type { Settings } from './settings.ts';
import type { StartClaim, ThreadStart } from './start.ts';
import type {
  ConfigFields,
  ConfigOwner,
  DeleteConfigOutcome,
  ProviderConfig,
  SaveConfigOutcome,
  TrackerConfig,
} from './stored-config.ts';
import type { ChannelRef, Place, PlatformName, ThreadRef } from './thread.ts';
import type {
  Approval,
  FiledIssue,
  IssueRef,
  IssueState,
  PublishClaim,
  Ticket,
  TicketField,
  TicketFields,
  TicketStatus,
} from './ticket.ts';
import type { DayUsage, UsageAddition, UsageCounter, UsagePlace } from './usage.ts';
import type { User, UserConfiguration } from './user.ts';

/** A page of a list; `cursor` is opaque, holds a sort key only, and is absent on the last page. */
export interface Page<Item> {
  items: Item[];
  cursor?: string;
}

export interface PageRequest {
  /** 1 to 200. */
  limit?: number;
  cursor?: string;
}

// --- Turns ---------------------------------------------------------------------------------------

export interface BindThread {
  owner: ConversationKey;
  thread: ThreadRef;
  place: Place;
  title: string;
  message: Message;
  claim: TurnClaim;
  /** The platform's earlier messages are to be read before the first turn. */
  historyPending: boolean;
  settings?: ThreadSettings;
  /** The start this thread was opened for, and the token of its claim: it ends with the binding. */
  ends?: { start: ThreadStart; token: string };
}

export interface OpenTurn {
  message: Message;
  claim: TurnClaim;
  /** When the tail query that runs beside was sent (milliseconds since the epoch); absent: the tail is read after. */
  tailSentAt?: number;
  /** The lapsed claim that is being taken over. */
  replaces?: TurnClaim;
}

export type OpenOutcome =
  | { kind: 'opened' }
  /** Stored before; whether it is answered, `get` tells. */
  | { kind: 'duplicate' }
  /** Another turn runs: join it. */
  | { kind: 'held' }
  /** The claim's owner is dead: take it over, naming it. */
  | { kind: 'lapsed'; claim: TurnClaim }
  /** The tail that was read beside may be too old: open again without it and read after. */
  | { kind: 'read-after' }
  | { kind: 'unbound' }
  | { kind: 'deleting' };

export type JoinOutcome = { kind: 'joined' } | { kind: 'duplicate' } | { kind: 'open-again' };

export interface CloseTurn {
  thread: ThreadState;
  claim: TurnClaim;
  reply: Message;
  /** The messages the reply answers; the claim ends only if nothing else waits. */
  covers: MessageKey[];
  newTickets: Ticket[];
  /** Already with their new revision; each is written only over the revision before it. */
  changedTickets: Ticket[];
  /** Switched by the turn itself ("let's just discuss"). */
  settings?: ThreadSettings;
  /** People who spoke here for the first time, other than the owner. */
  newParticipants: string[];
  /** Keep the claim, under this new one, and leave the other messages waiting. */
  continueAs?: TurnClaim;
  endedAt: number;
}

export type CloseOutcome =
  | { kind: 'closed' }
  /** Others came meanwhile: close again with `continueAs`. */
  | { kind: 'more-waiting' }
  /** The claim is somebody else's now: fall silent. */
  | { kind: 'lost' }
  /** A person was faster: drop these changes and close again. */
  | { kind: 'outdated'; ticketIds: string[] };

/** Something a dead process may have left, found by its pending marker. */
export type PendingWork =
  | { kind: 'thread'; conversationId: string; claimedAt: number }
  | { kind: 'ticket'; conversationId: string; ticketId: string; claimedAt: number }
  | ({ kind: 'start'; claimedAt: number } & StartPlace)
  | ({ kind: 'errand'; claimedAt: number } & ErrandRef)
  /** A user whose deletion began. */
  | { kind: 'user'; userId: string; claimedAt: number };

export interface ThreadRepository {
  get(conversationId: string): Promise<ThreadState | undefined>;
  /** Newest `limit` messages with the state; more than one request only past 1 MB. */
  readTail(conversationId: string, limit: number): Promise<Tail | undefined>;
  bind(input: BindThread): Promise<OpenOutcome>;
  open(input: OpenTurn): Promise<OpenOutcome>;
  join(message: Message): Promise<JoinOutcome>;
  /** Takes a lapsed claim (or none, while something waits) without a new message. */
  takeClaim(conversationId: string, claim: TurnClaim, replaces?: TurnClaim): Promise<boolean>;
  /** False when the claim is somebody else's now. */
  renewClaim(conversationId: string, claim: TurnClaim): Promise<boolean>;
  recordReply(conversationId: string, claim: TurnClaim, replyId: string): Promise<boolean>;
  /** Ends a claim with nothing to answer (everything waiting was deleted). False when something waits. */
  release(conversationId: string, claim: TurnClaim, endedAt: number): Promise<boolean>;
  close(input: CloseTurn): Promise<CloseOutcome>;
  /** What `settings` names is set, or dropped where it is undefined; the rest stays as others have it. */
  saveSettings(conversationId: string, settings: ThreadSettings): Promise<boolean>;
  markHistoryRead(conversationId: string): Promise<void>;
  /** One of 16 shards, oldest first; an eventually consistent read of the index. */
  listPending(shard: number): Promise<PendingWork[]>;
}

export const PENDING_SHARDS = 16;

/** Names a start without having read it. */
export type StartPlace = Pick<ThreadStart, 'platform' | 'id'> & { workspaceId: string };

export interface StartRepository {
  /** False when it was given before: it is remembered for a day after its thread was opened. */
  putStart(start: ThreadStart, claim: StartClaim): Promise<boolean>;
  /** `undefined` when it has ended. */
  getStart(place: StartPlace): Promise<{ start: ThreadStart; claim: StartClaim } | undefined>;
  /** Takes a lapsed claim over. */
  takeStart(start: ThreadStart, replaces: StartClaim, claim: StartClaim): Promise<boolean>;
  /** False when the claim is somebody else's now, or the start has ended. */
  renewStart(start: ThreadStart, claim: StartClaim): Promise<boolean>;
  /** Nobody tries again. */
  endStart(start: ThreadStart, claim: StartClaim): Promise<void>;
}

export interface ErrandRepository {
  /** False when it was given before. */
  putErrand(errand: Errand, claim: ErrandClaim): Promise<boolean>;
  /** `undefined` when it has ended. */
  getErrand(ref: ErrandRef): Promise<{ errand: Errand; claim: ErrandClaim } | undefined>;
  /** Takes a lapsed claim over. */
  takeErrand(ref: ErrandRef, replaces: ErrandClaim, claim: ErrandClaim): Promise<boolean>;
  /** Renews the claim, or lets it lapse at another time; false when it is somebody else's now. */
  renewErrand(ref: ErrandRef, claim: ErrandClaim): Promise<boolean>;
  /** Done, or given up: what it was about is forgotten, that it was is remembered for a week. */
  endErrand(ref: ErrandRef, claim: ErrandClaim): Promise<void>;
}

/** A conversation that follows an issue: by tickets that were filed as it, or linked to it itself. */
export interface IssueFollower {
  conversationId: string;
  ticketIds: string[];
}

export interface IssueRepository {
  /** One range. */
  listFollowers(issue: IssueAddress): Promise<IssueFollower[]>;
  /** The thread hears of this issue from now on, and of no other it was linked to. False when the thread is gone. */
  linkThread(thread: ThreadState, issue: LinkedIssue): Promise<boolean>;
  unlinkThread(thread: ThreadState): Promise<void>;
}

// --- Entities ------------------------------------------------------------------------------------

/** A user that somebody makes by hand. */
export interface NewUser {
  /** A random one when absent. */
  id?: string;
  name: string;
  email?: string;
  /** `member` when absent. */
  role?: User['role'];
  identities?: string[];
}

export type CreateUserOutcome =
  | { kind: 'created'; user: User }
  /** There is a user of this id already. */
  | { kind: 'exists' }
  /** An account belongs to somebody else. */
  | { kind: 'identity-taken'; identity: string };

/** What an update may change; `null` clears. */
export interface UserChanges {
  name?: string;
  email?: string | null;
  role?: User['role'];
  status?: User['status'];
}

export type UpdateUserOutcome =
  | { kind: 'saved'; user: User }
  /** Somebody was faster: this is how it stands. */
  | { kind: 'outdated'; user: User }
  | { kind: 'missing' };

export type UserIdentityOutcome =
  | { kind: 'saved'; user: User }
  /** The account belongs to somebody else. */
  | { kind: 'taken' }
  | { kind: 'too-many' }
  | { kind: 'missing' };

export type LinkOutcome =
  | { kind: 'linked'; user: User }
  /** One of them is gone. */
  | { kind: 'missing' }
  /** Together they would have more than 50 accounts. */
  | { kind: 'too-many' };

/** `name`: part of one, in any case. */
export type UserListRequest = PageRequest & { name?: string };

export interface UserRepository {
  getUserById(userId: string): Promise<User | undefined>;
  /** Two requests: the account, then its user. */
  getUserByIdentity(identity: string): Promise<User | undefined>;
  /** What the people are called now who act under these accounts (or `api::userId`), by account; strangers are left out. */
  findNames(accounts: string[]): Promise<Map<string, string>>;
  /** By id; with `name`, those whose name has it. A page may be short after 2,000 were looked at. */
  listUsers(page?: UserListRequest): Promise<Page<User>>;
  createUser(input: NewUser): Promise<CreateUserOutcome>;
  /** Writes over the revision of `seen` only. */
  updateUser(seen: User, changes: UserChanges): Promise<UpdateUserOutcome>;
  /** The account becomes this user's, if it is free or already theirs. */
  addIdentity(userId: string, identity: string): Promise<UserIdentityOutcome>;
  removeIdentity(userId: string, identity: string): Promise<UserIdentityOutcome>;
  /** With everything beneath. False when there is no such user. */
  deleteUser(userId: string): Promise<boolean>;
  getSettings(userId: string): Promise<Settings>;
  /** The identity's user, made at first sight: 2 requests, known or new. */
  ensureUser(author: Author): Promise<User>;
  /** Profile, settings, providers and trackers in one range. */
  getConfiguration(userId: string): Promise<UserConfiguration | undefined>;
  /** Written whole, whatever was there. False when there is no such user. */
  saveSettings(userId: string, settings: Settings): Promise<boolean>;
  /** Written over what `change` was shown, or it is shown what others wrote. `undefined` when there is no such user. */
  changeSettings(userId: string, change: ChangeSettings): Promise<Settings | undefined>;
  /** `from` turns out to be `into`: accounts at once, then, resumably, conversations, drafts and settings. */
  linkUsers(from: string, into: string): Promise<LinkOutcome>;
  /** Goes on with a deletion, or a linking, that a dead process began. */
  finishDeletion(userId: string): Promise<void>;
}

export interface ConversationRepository {
  getConversation(key: ConversationKey): Promise<Conversation | undefined>;
  /** By id alone: two requests. */
  findConversation(conversationId: string): Promise<Conversation | undefined>;
  /** Two requests: the index knows where, the row itself, read strongly, whether it is still so. */
  getSharedConversation(shareId: string): Promise<Conversation | undefined>;
  /** Newest first. */
  listConversations(userId: string, page?: PageRequest): Promise<Page<Conversation>>;
  share(key: ConversationKey, shareId: string): Promise<boolean>;
  unshare(key: ConversationKey): Promise<boolean>;
  setStatus(key: ConversationKey, status: Conversation['status']): Promise<boolean>;
  rename(key: ConversationKey, title: string): Promise<boolean>;
  /** Both at once, over what was seen only. False when somebody was faster, or it is gone. */
  change(
    key: ConversationKey,
    seen: Pick<Conversation, 'title' | 'status'>,
    to: Pick<Conversation, 'title' | 'status'>,
  ): Promise<boolean>;
  /** Ids of other people's conversations that this user took part in. */
  listParticipations(userId: string, page?: PageRequest): Promise<Page<string>>;
  /** Ids of those that live in a channel's threads; direct messages are in none. */
  listInChannel(channel: ChannelRef, page?: PageRequest): Promise<Page<string>>;
  /** Archived because its channel was. False when it was archived already. */
  putAway(key: ConversationKey): Promise<boolean>;
  /** Undoes `putAway`; false for what somebody archived. */
  bringBack(key: ConversationKey): Promise<boolean>;
  /** Marks, then deletes everything beneath, page by page; any process can finish it. */
  deleteConversation(key: ConversationKey): Promise<boolean>;
  /** Goes on with a deletion that a dead process began. */
  finishDeletion(conversationId: string): Promise<void>;
}

export interface MessageRepository {
  /** Oldest first. */
  listMessages(conversationId: string, page?: PageRequest): Promise<Page<Message>>;
  /** Stores what does not wait for an answer: earlier messages, messages that do not address the bot. */
  putMessages(messages: Message[]): Promise<void>;
  /** The whole text of messages whose beginning only was read. */
  readWhole(messages: StoredMessage[]): Promise<Message[]>;
  deleteMessage(conversationId: string, key: MessageKey): Promise<boolean>;
  /** Only while it waits for its answer; false otherwise. */
  editWaiting(conversationId: string, key: MessageKey, text: string): Promise<boolean>;
  /** The oldest `limit` messages after `after` (or from the beginning) and before `before`, of long ones the beginning. */
  readBetween(
    conversationId: string,
    after: MessageKey | undefined,
    before: MessageKey,
    limit: number,
  ): Promise<StoredMessage[]>;
}

export interface ContextRepository {
  readContext(conversationId: string): Promise<ConversationContext | undefined>;
  /** False when another process saved first, or the conversation is gone. */
  saveContext(conversationId: string, context: ConversationContext): Promise<boolean>;
  /** Drops a summary that the message with this key went into; it is made again when it is needed. */
  forget(conversationId: string, key: MessageKey): Promise<void>;
}

export type SaveOutcome =
  | { kind: 'saved'; ticket: Ticket }
  /** Somebody was faster, or its state does not allow it any more: this is how it stands. */
  | { kind: 'outdated'; ticket: Ticket }
  | { kind: 'missing' };

export interface TicketRepository {
  getTicket(conversationId: string, ticketId: string): Promise<Ticket | undefined>;
  getTickets(conversationId: string, ticketIds: string[]): Promise<Ticket[]>;
  listTickets(
    conversationId: string,
    page?: PageRequest & { status?: TicketStatus },
  ): Promise<Page<Ticket>>;
  /** Of a person's conversations, whichever; in no order. */
  listOpenDrafts(userId: string, limit: number): Promise<Ticket[]>;
  /** A person's edit: the revision grows, the fields count as edited by hand. Only a draft of `revision`. */
  editTicket(
    ticket: Ticket,
    fields: TicketFields,
    edited: TicketField[],
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  discardTicket(ticket: Ticket, owner: ConversationKey): Promise<SaveOutcome>;
  /** `draft` of this revision becomes `publishing`; only one caller can win. */
  claimPublishing(ticket: Ticket, approval: Approval, claim: PublishClaim): Promise<SaveOutcome>;
  /** Renews, or takes over, the claim with token `held`. */
  renewPublishing(ticket: Ticket, held: string, claim: PublishClaim): Promise<boolean>;
  recordPublished(
    ticket: Ticket,
    claim: PublishClaim,
    issue: FiledIssue,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  /** It became a comment on an issue that was there: the ticket is discarded, and says where to. */
  recordAdded(
    ticket: Ticket,
    claim: PublishClaim,
    to: IssueRef,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  recordRefused(ticket: Ticket, claim: PublishClaim, reason: string): Promise<SaveOutcome>;
  /**
   * What became of a filed ticket's issue. `unchanged` when it stands so already, or was told of
   * something later. Two requests.
   */
  recordIssueState(
    conversationId: string,
    ticketId: string,
    state: IssueState,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The issue was moved to another project: the ticket follows it there. Two requests. */
  moveIssue(
    conversationId: string,
    ticketId: string,
    to: Omit<IssueSnapshot, 'updatedAt'>,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The card is in the thread: nobody else needs to post it. */
  recordCard(ticket: Ticket, cardId: string): Promise<void>;
}

/** A person's or a workspace's own AI vendors. */
export interface ProviderConfigRepository {
  getProviderConfig(owner: ConfigOwner, name: string): Promise<ProviderConfig | undefined>;
  /** All of the owner, by name. */
  listProviderConfigs(owner: ConfigOwner): Promise<ProviderConfig[]>;
  /** A new one without `seen`; with it, over that revision only. */
  saveProviderConfig(
    owner: ConfigOwner,
    fields: ConfigFields<ProviderConfig>,
    seen?: ProviderConfig,
  ): Promise<SaveConfigOutcome<ProviderConfig>>;
  /** Of the revision seen only. */
  deleteProviderConfig(seen: ProviderConfig): Promise<DeleteConfigOutcome<ProviderConfig>>;
}

/** A person's or a workspace's own accesses to trackers. */
export interface TrackerConfigRepository {
  getTrackerConfig(owner: ConfigOwner, name: string): Promise<TrackerConfig | undefined>;
  /** All of the owner, by name. */
  listTrackerConfigs(owner: ConfigOwner): Promise<TrackerConfig[]>;
  /** A new one without `seen`; with it, over that revision only. */
  saveTrackerConfig(
    owner: ConfigOwner,
    fields: ConfigFields<TrackerConfig>,
    seen?: TrackerConfig,
  ): Promise<SaveConfigOutcome<TrackerConfig>>;
  /** Of the revision seen only. */
  deleteTrackerConfig(seen: TrackerConfig): Promise<DeleteConfigOutcome<TrackerConfig>>;
}

/** A workspace's settings, one channel's, and what is connected: one range each. */
export interface WorkspaceConfiguration {
  settings: Settings;
  channels: Map<string, Settings>;
  providers: ProviderConfig[];
  trackers: TrackerConfig[];
}

/** From the settings as they are to how they shall be; it may be asked again, and may throw. */
export type ChangeSettings = (current: Settings) => Settings;

/** Settings are saved whole, whatever was there, or changed over what `change` was shown. */
export interface WorkspaceRepository {
  getConfiguration(platform: PlatformName, workspaceId: string): Promise<WorkspaceConfiguration>;
  changeSettings(
    platform: PlatformName,
    workspaceId: string,
    change: ChangeSettings,
  ): Promise<Settings>;
  changeChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    change: ChangeSettings,
  ): Promise<Settings>;
  saveSettings(platform: PlatformName, workspaceId: string, settings: Settings): Promise<void>;
  saveChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    settings: Settings,
  ): Promise<void>;
  /** Those with settings of their own, or of a channel; by platform and id, eventually consistent. */
  listWorkspaces(page?: PageRequest): Promise<Page<UsagePlace>>;
}

/** What admins decided for the whole deployment. */
export interface LimitsRepository {
  get(): Promise<Limits>;
  /** Written over what `change` was shown, or it is shown what others wrote; it may throw. */
  change(change: (current: Limits) => Limits): Promise<Limits>;
}

/** Whose days are listed: all channels, users or models of a workspace, or the one with this id. */
export type UsageQuery = { month: string } & (
  | { by: 'deployment' }
  | ({ by: 'workspace' | 'model' } & UsagePlace)
  | ({ by: 'channel' | 'user'; id?: string } & UsagePlace)
);

export interface UsageRepository {
  /** One update; after an answer that was lost it may be counted twice. */
  add(addition: UsageAddition): Promise<void>;
  /** Commits `amount` micro-dollars if less than `cap` is committed yet; one conditional update. */
  hold(counter: UsageCounter, amount: number, cap: number): Promise<boolean>;
  /** The days of a month (`2026-03`), sorted by whose they are, then by day; one range. */
  listUsage(query: UsageQuery, page?: PageRequest): Promise<Page<DayUsage>>;
}

/** What works once and for minutes: a code, a link. Only the digest of its secret is stored. */
export interface OneTimeRepository {
  put(purpose: OneTimePurpose, secret: string, userId: string, expiresAt: number): Promise<void>;
  /** Whose it is; it works only once, and not after `expiresAt` (milliseconds since the epoch). */
  take(purpose: OneTimePurpose, secret: string): Promise<string | undefined>;
}

export type OneTimePurpose = 'link' | 'sign-in';

/** Tries of one caller at something, counted by all processes together. Only the caller's digest is stored. */
export interface AttemptRepository {
  /** One more try of at most `most` in a period; `until` (milliseconds since the epoch): the caller has to wait. */
  take(
    purpose: string,
    caller: string,
    limit: { most: number; periodMs: number },
  ): Promise<{ ok: true } | { ok: false; until: number }>;
}

/** Signed-in browsers. Only the digest of a session's secret is stored. */
export interface SessionRepository {
  open(secret: string, userId: string, expiresAt: number): Promise<void>;
  /** Whose it is, while it has not expired (milliseconds since the epoch) and was not closed. */
  find(secret: string): Promise<string | undefined>;
  close(secret: string): Promise<void>;
}

/** What an adapter remembers about a platform, and nothing else knows: a small word under a name. */
export interface MarkRepository {
  get(platform: PlatformName, name: string): Promise<string | undefined>;
  /** The last writer wins. For good, or until `expiresAt` (milliseconds since the epoch), when it may be taken. */
  put(platform: PlatformName, name: string, value: string, expiresAt?: number): Promise<void>;
  /** True for the first who takes this name, until `expiresAt` (milliseconds since the epoch); or until it is given back. */
  take(platform: PlatformName, name: string, expiresAt: number): Promise<boolean>;
  giveBack(platform: PlatformName, name: string): Promise<void>;
}

/** A conversation, and the day (UTC) until which nobody is known to have touched it. */
export interface RetainedConversation {
  conversationId: string;
  day: string;
}

export interface RetentionRepository {
  /** Of one of 16 shards, those of days before `before`, oldest first. */
  listRetained(shard: number, before: string, limit: number): Promise<RetainedConversation[]>;
  /** It was touched on `day`. */
  moveRetained(retained: RetainedConversation, day: string): Promise<void>;
  forgetRetained(retained: RetainedConversation): Promise<void>;
}

/** Days (`2026-03-01`, UTC) of a workspace, both included. */
export interface AuditQuery extends AuditPlace {
  from: string;
  to: string;
}

export interface AuditRepository {
  /** Any number, in requests of 25, to be kept for so many days. An entry of the same time and id is the same. */
  addEntries(entries: AuditEntry[], days: number | undefined): Promise<void>;
  /**
   * Newest first, one request for each day until the page is full. A page may hold fewer than asked
   * for: the last one has no cursor.
   */
  listEntries(query: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>>;
}

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
