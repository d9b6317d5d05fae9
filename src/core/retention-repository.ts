/** Which conversations nobody touched, as the core sees them in the table. */

/** A conversation, and the day (UTC) until which nobody is known to have touched it. */
export interface RetainedConversation {
  conversationId: string;
  day: string;
}

/** Looked at once an hour. */
export const RETENTION_SHARDS = 16;

export interface RetentionRepository {
  /** Of one shard, those of days before `before`, oldest first. */
  listRetained(shard: number, before: string, limit: number): Promise<RetainedConversation[]>;
  /** It was touched on `day`. */
  moveRetained(retained: RetainedConversation, day: string): Promise<void>;
  forgetRetained(retained: RetainedConversation): Promise<void>;
}
