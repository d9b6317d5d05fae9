/** What each candidate of `bench data` does, and on which items. No SDK is loaded here: they come from where a candidate is. */

/** The same four requests, by whichever way. */
export interface DataCandidate {
  /** A channel's settings, over whatever was there. */
  put(n: number): Promise<unknown>;
  /** One message of 1 KB, strongly consistent. */
  get(n: number): Promise<unknown>;
  /** The twenty messages of a conversation. */
  query(): Promise<unknown[]>;
  /** A message if absent, while its thread is there. */
  transact(n: number): Promise<unknown>;
}

export const OPERATIONS = ['put', 'get', 'query', 'transact'] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface DataPlace {
  endpoint: string;
  tableName: string;
  conversationId: string;
}

/** Of a client as the SDK's own documentation makes it. */
export const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' },
};
export const MARSHALL = { marshallOptions: { removeUndefinedValues: true } };

export const TEXT = 'It happens every time. '.repeat(45).slice(0, 1_000);
export const MESSAGES = 20;
/** When the n-th message was sent. */
export const timeOf = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
export const idOf = (n: number) => `m${String(n).padStart(9, '0')}`;
export const momentOf = (n: number) => `${timeOf(n)}#${idOf(n)}`;
/** As a message's item holds it. */
export const AUTHOR = { i: 'terminal:w:ann', n: 'Ann', s: 'member' };
export const SETTINGS = {
  project: 'github:acme/shop',
  answer: 'mentions',
  mode: 'ticket',
} as const;

/** The n-th message as the product has it. */
export function messageOf(conversationId: string, n: number) {
  const author = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' as const };
  return {
    ...{ id: idOf(n), conversationId, sentAt: timeOf(n), role: 'user' as const },
    ...{ text: TEXT, author },
  };
}
