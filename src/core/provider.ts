/**
 * The Provider port: an AI vendor's endpoint as the turn needs it.
 *
 * A vendor's SDK stays behind it; its errors become `ProviderError` with one closed set of kinds.
 */

/** A tool the model may call. `inputSchema` is JSON Schema in the portable subset (all properties required). */
export interface ToolDefinition {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
}

export interface ToolCall {
  id: string;
  name: string;
  /** As the model gave it: untrusted, validated by whoever runs the tool. */
  input: unknown;
}

export interface ToolResult {
  callId: string;
  name: string;
  content: string;
  isError: boolean;
}

export interface ImagePart {
  mimeType: string;
  base64: string;
}

/** What the model is shown, oldest first. Consecutive messages of one role are allowed. */
export type ProviderMessage =
  | { role: 'user'; text: string; images?: ImagePart[] }
  | { role: 'assistant'; text: string; toolCalls: ToolCall[] }
  | { role: 'tool'; results: ToolResult[] };

export interface ProviderRequest {
  model: string;
  /** The stable prefix: byte-identical from turn to turn of one conversation. */
  system: string;
  messages: ProviderMessage[];
  tools: ToolDefinition[];
  /** Upper bound of what the model may write in this step, in tokens. */
  maxOutputTokens: number;
}

/** Tokens. `inputTokens` counts the whole prompt, cached part included. */
export interface Usage {
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
}

/** `tools`: the model waits for tool results. `length`: cut off at the output limit. */
export type StopReason = 'end' | 'tools' | 'length' | 'refused';

/** A stream is any number of `text` and `toolCall` events and exactly one `end`, last. */
export type ProviderEvent =
  | { type: 'text'; text: string }
  | { type: 'toolCall'; call: ToolCall }
  | { type: 'end'; stopReason: StopReason; usage: Usage };

export interface ProviderModel {
  id: string;
  /** Tokens of prompt and answer together, where the vendor says. */
  contextTokens?: number;
  seesImages?: boolean;
}

/** The answer to "does this key work?": one sentence either way. */
export type ConnectionCheck = { ok: true; message: string } | { ok: false; message: string };

export interface Provider {
  readonly name: string;
  /** Ends by `end`, or throws `ProviderError`; rejects with the signal's reason when aborted. */
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ProviderEvent>;
  listModels(): Promise<ProviderModel[]>;
  testConnection(): Promise<ConnectionCheck>;
}

/** A provider ready to be asked, and which of its models. */
export interface ProviderChoice {
  provider: Provider;
  model: string;
  /** Tokens of prompt and answer together, where known. */
  contextTokens?: number;
  /** Absent where the vendor does not say: then it is tried. */
  seesImages?: boolean;
  /** Can put a long thread in short. Absent: yes. */
  summarises?: false;
}

export const PROVIDER_ERROR_KINDS = [
  'rate-limited',
  'overloaded',
  'unauthorised',
  'quota',
  'unknown-model',
  'bad-request',
  'context-too-long',
  'refused',
  'filtered',
  'cut-off',
  'unreachable',
  /** The base URL redirects, or leads where the operator lets none lead. */
  'wrong-address',
] as const;
export type ProviderErrorKind = (typeof PROVIDER_ERROR_KINDS)[number];

/** The vendor did not do it. The message is safe for an operator's log: no prompt, no key. */
export class ProviderError extends Error {
  override name = 'ProviderError';
  readonly provider: string;
  readonly kind: ProviderErrorKind;
  /** Milliseconds to wait before trying again, where the vendor said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    provider: string,
    kind: ProviderErrorKind,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(`${provider}: ${message}`, { cause: options.cause });
    this.provider = provider;
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
