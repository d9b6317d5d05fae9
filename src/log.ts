/**
 * The log of a running process: one JSON object a line on standard error (standard output belongs to
 * the commands' answers). Secrets are taken out by field name and by shape, text that people wrote
 * by field name; errors are written with their causes, and stacks only at level `debug`.
 */
import { randomBytes } from 'node:crypto';
import { destination, type Level, pino } from 'pino';
import type { Log, LogFields } from './core/log.ts';
import { redactSecrets } from './core/redact.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  level: LogLevel;
  /** Receives each line, newline included; standard error when absent. */
  write?: (line: string) => void;
}

/** Applies to strings only: usage counts are named after tokens, and are numbers. */
const SECRET_FIELD =
  /token|secret|passw|authorization|cookie|credential|private|signature|(?:api|access|encrypted|encryption|signing)[_-]?key|^key$/i;
const TEXT_FIELD = /^(?:text|body|content|prompt|description|title|reply|message)$/i;
const MAX_FIELD_LENGTH = 500;
const MAX_CAUSES = 5;

export function createLog({ level, write }: LogOptions): Log {
  const out = write ? { write } : destination({ dest: 2, sync: true });
  const logger = pino(
    {
      level,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
    },
    out,
  );
  const withStacks = level === 'debug';

  function record(at: Level, event: string, fields: LogFields = {}, cause?: unknown): void {
    const error = cause === undefined ? {} : { error: describeError(cause, withStacks) };
    logger[at]({ ...cleanFields(fields), ...error }, event);
  }

  return {
    info: (event, fields) => record('info', event, fields),
    warn: (event, fields, cause) => record('warn', event, fields, cause),
    error(event, fields, cause) {
      const reference = randomBytes(4).toString('hex');
      record('error', event, { ...fields, reference }, cause);
      return reference;
    },
  };
}

function cleanFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, cleanValue(name, value)]),
  );
}

function cleanValue(name: string, value: LogFields[string]): LogFields[string] {
  if (typeof value !== 'string') return value;
  if (SECRET_FIELD.test(name)) return '[redacted]';
  if (TEXT_FIELD.test(name)) return `[${value.length} characters]`;
  return cleanText(value);
}

function cleanText(text: string): string {
  const redacted = redactSecrets(text.slice(0, 4 * MAX_FIELD_LENGTH));
  return redacted.length > MAX_FIELD_LENGTH ? `${redacted.slice(0, MAX_FIELD_LENGTH)}…` : redacted;
}

interface DescribedError {
  name: string;
  message: string;
  code?: string;
  stack?: string[];
  cause?: DescribedError;
}

function describeError(error: unknown, withStack: boolean, depth = 1): DescribedError {
  if (!(error instanceof Error)) return { name: 'NotAnError', message: typeof error };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: messageOf(error),
    ...(typeof code === 'string' ? { code } : {}),
    ...(withStack ? { stack: framesOf(error) } : {}),
    ...(error.cause === undefined || depth === MAX_CAUSES
      ? {}
      : { cause: describeError(error.cause, withStack, depth + 1) }),
  };
}

/** JSON's complaints quote what could not be read, which may be anybody's text. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? '[left out: it may quote text]' : cleanText(error.message);
}

function framesOf(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? [];
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '));
}
