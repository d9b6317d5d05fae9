/** What the core needs of a log. Fields are ids, counts and durations: never message text, never secrets. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields, cause?: unknown): void;
  /** Returns a short reference that is logged with the event and can be shown to the person. */
  error(event: string, fields: LogFields, cause: unknown): string;
}

export type LogFields = Record<string, string | number | boolean | undefined>;
