/**
 * Hostile requests made of the API's own document: mostly what a schema allows, with something in it
 * that nobody sane would send. Seeded, so that a run can be repeated.
 */
import { createRandom } from '../faults.ts';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

export interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface HostileRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const DEEP = '['.repeat(5_000) + ']'.repeat(5_000);
const STRINGS = [
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    'x\ud83d',
    '\u202e',
    '👩‍👩‍👧‍👦',
    '%',
    '%00',
    '%E0%A4%A',
    'null',
    'NaN',
  ],
  ...[
    '../../etc/passwd',
    '..%2f..%2f',
    'USER#x',
    'CONV#',
    '#',
    'a#b',
    'me',
    '__proto__',
    'constructor',
  ],
  ...[
    '<script>alert(1)</script>',
    "' OR 1=1 --",
    '{{7*7}}',
    '#{7*7}',
    '\r\nset-cookie: a=b',
    '*',
    '?',
    '/',
  ],
  ...[
    'x'.repeat(400),
    'x'.repeat(20_000),
    '9'.repeat(400),
    '2026-99',
    '1e999',
    'https://[',
    'file:///etc/passwd',
  ],
];
const NUMBERS = [-1, 0, 1, 1.5, -0, 1e308, 2 ** 53, -(2 ** 53), 0.1, 201];
const VALUES: unknown[] = [null, true, [], {}, [[]], { length: -1 }, 'x', 0, [null], { $ref: '#' }];
const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '{"__proto__":{"role":"admin"}}',
  DEEP,
  '\u0000',
  '{"a":1}',
];
const TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data',
  'application/json; charset=x',
  '',
];
const TAGS = ['"1"', '"0"', '*', 'W/"1"', '"', '"999999999999999999999"', 'x'];

/** `known` are ids that are there and values that fit, by the name of the parameter or field. */
export function createHostileRequests(
  document: ApiDocument,
  known: Record<string, string[]>,
  seed: number,
) {
  const random = createRandom(seed);
  const chance = (share: number) => random() < share;
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  function make(schema: Schema, depth = 0): unknown {
    if (chance(0.08) || depth > 6) return pick([...VALUES, ...STRINGS, ...NUMBERS]);
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1) ?? '';
      return make(document.components.schemas[name] ?? {}, depth + 1);
    }
    const one = schema.anyOf ?? schema.allOf;
    if (one) return make(pick(one), depth + 1);
    if (schema.enum) return pick(schema.enum);
    const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type;
    switch (type) {
      case 'object':
        return objectOf(schema, depth);
      case 'array':
        return Array.from({ length: pick([0, 1, 3, 60, 300]) }, () =>
          make(schema.items ?? {}, depth + 1),
        );
      case 'integer':
      case 'number':
        return pick(NUMBERS);
      case 'boolean':
        return chance(0.5);
      case 'null':
        return null;
      default:
        return chance(0.5) ? `plain ${Math.floor(random() * 1e6)}` : pick(STRINGS);
    }
  }

  function objectOf({ properties = {}, required = [] }: Schema, depth: number): object {
    const names = Object.keys(properties).filter(
      (name) => chance(0.6) || (required.includes(name) && chance(0.9)),
    );
    const entries = names.map((name) => {
      const fitting = known[name];
      return [
        name,
        fitting && chance(0.7) ? pick(fitting) : make(properties[name] ?? {}, depth + 1),
      ];
    });
    if (chance(0.05)) entries.push([pick(STRINGS), pick(VALUES)]);
    return Object.fromEntries(entries) as object;
  }

  /** Now and then not even well-formed percent-encoding. */
  function inPath(name: string): string {
    const value = chance(0.6) ? pick(known[name] ?? STRINGS) : pick(STRINGS);
    return chance(0.03) ? '%E0%A4%A' : encodeURIComponent(value.toWellFormed());
  }

  function queryOf(operation: Operation): string {
    const asked = (operation.parameters ?? []).filter((one) => one.in === 'query' && chance(0.8));
    const pairs = asked.map(({ name, schema }) => {
      const fitting = known[name];
      const usual = fitting ? pick(fitting) : make(schema);
      const value = chance(0.75) ? usual : pick([...STRINGS, '1', '50']);
      return `${name}=${encodeURIComponent(String(value).toWellFormed())}`;
    });
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
  }

  function bodyOf(operation: Operation): Pick<HostileRequest, 'body'> & { type?: string } {
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (!schema && chance(0.9)) return {};
    if (chance(0.1)) return { body: pick(BODIES), type: pick([...TYPES, 'application/json']) };
    return { body: JSON.stringify(make(schema ?? {})), type: 'application/json' };
  }

  return function next(): HostileRequest {
    const { path, method: named, operation } = pick(operations);
    const method = chance(0.97) ? named.toUpperCase() : pick(['PUT', 'HEAD', 'OPTIONS', 'PATCH']);
    const bodiless = method === 'GET' || method === 'HEAD';
    const { body, type } = bodiless ? {} : bodyOf(operation);
    const headers: Record<string, string> = {};
    if (type) headers['content-type'] = type;
    if (chance(0.6)) headers['if-match'] = pick(TAGS);
    return {
      method,
      path: `/v1${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inPath(name))}${queryOf(operation)}`,
      headers,
      ...(body !== undefined && { body }),
    };
  };
}
