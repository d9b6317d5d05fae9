/**
 * A client generated from the API's own document: what the document does not name cannot be called,
 * and every answer is held against the schema it promises.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Hono } from 'hono';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

export interface Answer {
  status: number;
  etag: string;
  // Checked against the document's schema before anybody reads it.
  body: Record<string, never> & { items: Record<string, never>[] };
}

export async function createClient(app: Hono, token: string) {
  const document = (await (await app.request('/openapi.json')).json()) as Document;
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'api', components: document.components });
  const called = new Set<string>();

  function check(operation: Operation, status: number, type: string, body: unknown): void {
    const response = operation.responses[status] ?? operation.responses.default;
    const schema = response?.content?.[type.split(';')[0] ?? '']?.schema;
    if (!schema) return;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
    const validate = ajv.compile(JSON.parse(text) as object);
    if (!validate(body))
      throw new Error(`the answer breaks the document: ${ajv.errorsText(validate.errors)}`);
  }

  async function call(
    method: string,
    path: string,
    params: Record<string, string> = {},
    { body, etag, query = '' }: { body?: unknown; etag?: string; query?: string } = {},
  ): Promise<Answer> {
    const operation = document.paths[path]?.[method];
    if (!operation) throw new Error(`the document has no ${method} ${path}`);
    called.add(`${method} ${path}`);
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const response = await app.request(`/v1${url}${query}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(etag && { 'if-match': etag }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const parsed = type.includes('json') && !type.includes('ndjson') ? JSON.parse(text) : text;
    check(operation, response.status, type, parsed);
    return { status: response.status, etag: response.headers.get('etag') ?? '', body: parsed };
  }

  return { call, called };
}
