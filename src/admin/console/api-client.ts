/**
 * The console is a client of the API like any other: its pages ask in this process, with the cookie
 * and the origin of whoever looks, so that no page can show or do what the API would refuse.
 */
import type { Context } from 'hono';
import type { z } from 'zod';

/** What the console needs of the API: Hono's own in-process request. */
export interface InProcessApi {
  request(path: string, init?: RequestInit): Response | Promise<Response>;
}

export interface ApiClient {
  /** Rejects with `RefusedError` whatever the API refuses. */
  read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>;
  /** The same with the ETag, which stands for what was read. */
  readTagged<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ): Promise<{ value: z.infer<Schema>; tag: string }>;
  /** Rejects with `RefusedError`; resolves with the answer's document, or nothing where it has none. */
  send(method: string, path: string, change?: Change): Promise<unknown>;
}

export interface Change {
  body?: unknown;
  /** The ETag that was read: the change is refused if somebody was faster. */
  tag?: string;
}

/** What the API answered instead of doing it, in words for people. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: number;
  /** Send the same again with this as `confirmed`, if it is meant. */
  readonly confirm: string | undefined;

  constructor(status: number, message: string, confirm?: string) {
    super(message);
    this.status = status;
    this.confirm = confirm;
  }
}

export function createApiClient(api: InProcessApi, c: Context): ApiClient {
  async function ask(method: string, path: string, { body, tag }: Change = {}): Promise<Response> {
    const headers = new Headers({ cookie: c.req.header('cookie') ?? '' });
    const origin = c.req.header('origin');
    if (origin) headers.set('origin', origin);
    if (tag) headers.set('if-match', tag);
    if (body !== undefined) headers.set('content-type', 'application/json');
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await api.request(path, { method, headers, ...sent });
    if (!response.ok) throw await toRefused(response);
    return response;
  }

  return {
    read: async (path, schema) => schema.parse(await (await ask('GET', path)).json()),
    async readTagged(path, schema) {
      const response = await ask('GET', path);
      const value = schema.parse(await response.json());
      return { value, tag: response.headers.get('etag') ?? '' };
    },
    async send(method, path, change) {
      const response = await ask(method, path, change);
      return response.status === 204 ? undefined : await response.json();
    },
  };
}

interface Problem {
  title: string;
  detail?: string;
  reference?: string;
  confirm?: string;
  errors?: { field: string; message: string }[];
}

async function toRefused(response: Response): Promise<RefusedError> {
  const { title, detail, reference, confirm, errors = [] } = (await response.json()) as Problem;
  const fields = errors.map(({ field, message }) => `${field}: ${message}.`);
  const sentences = errors.length > 0 ? fields : [detail ?? title];
  if (reference) sentences.push(`(reference ${reference})`);
  return new RefusedError(response.status, sentences.join(' '), confirm);
}

/** A path whose parts are whatever they are: `at\`/users/${userId}\``. */
export function at(texts: TemplateStringsArray, ...parts: string[]): string {
  return String.raw({ raw: texts }, ...parts.map(encodeURIComponent));
}
