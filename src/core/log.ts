/**
 * The log as the core needs it: named events with plain fields. Never the text of messages, never a
 * secret; what may be written is decided by the implementation, `src/log.ts`.
 */

/** Small facts about an event: ids, counts, durations in milliseconds, names. */
export type LogFields = Record<string, string | number | boolean | undefined>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields, cause?: unknown): void;
  /** Returns a short reference, unique to this entry, that people are shown so that an operator finds it. */
  error(event: string, fields: LogFields, cause?: unknown): string;
}
