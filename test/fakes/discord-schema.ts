/** Request bodies held against Discord's own OpenAPI document; see `discord-openapi-trim.ts`. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import document from './discord-openapi.json' with { type: 'json' };

type Operation = keyof typeof document.operations;

/** What is wrong with the body of this operation; `undefined` when nothing is, or it is not in the document. */
export function refuseBody(operation: string, body: unknown): string | undefined {
  const validate = validatorOf(operation as Operation);
  if (!validate || validate(withoutDefaults(body))) return undefined;
  const worst = (validate.errors ?? []).filter(({ keyword }) => !/Of$|^const$/.test(keyword));
  const found = worst.length > 0 ? worst : (validate.errors ?? []);
  return found
    .slice(0, 5)
    .map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
    .join('; ');
}

/** discord.js sends these two with every message, also where Discord does not know them. */
function withoutDefaults(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const set = Object.entries(body).filter(
    ([key, value]) => value !== false || !['tts', 'enforce_nonce'].includes(key),
  );
  return Object.fromEntries(
    set.map(([key, value]) => [key, key === 'data' ? withoutDefaults(value) : value]),
  );
}

const ajv = makeAjv();
const validators = new Map<Operation, ValidateFunction>();

function validatorOf(operation: Operation): ValidateFunction | undefined {
  const schema = document.operations[operation];
  if (!schema) return undefined;
  const known = validators.get(operation) ?? ajv.compile(pointed(schema));
  validators.set(operation, known);
  return known;
}

function makeAjv(): Ajv2020 {
  const made = new Ajv2020({ strict: false, allErrors: false });
  formats.default(made, ['uri', 'date-time']);
  for (const name of ['int32', 'int64', 'double', 'nonce']) made.addFormat(name, true);
  made.addFormat('snowflake', /^\d{1,20}$/);
  made.addSchema({ $id: 'discord', $defs: closed(document.components.schemas) });
  return made;
}

/** References within the document as references to the added schema. */
function pointed(node: unknown): object {
  const text = JSON.stringify(node);
  return JSON.parse(text.replaceAll('#/components/schemas/', 'discord#/$defs/'));
}

/** The document knows these as numbers only; Discord's page of commands has them as strings of digits. */
function amended(schema: object): object {
  const { properties } = schema as { properties: Record<string, object> };
  if (!('default_member_permissions' in properties)) return schema;
  const digits = { type: ['string', 'null'], pattern: '^[0-9]+$' };
  return { ...schema, properties: { ...properties, default_member_permissions: digits } };
}

/**
 * Objects take nothing that is not in the document: Discord ignores the rest, but a typing error
 * should not pass a test.
 */
function closed(schemas: Record<string, object>): object {
  const strict = Object.entries(schemas).map(([name, schema]) => {
    const isShape = 'properties' in schema && !('additionalProperties' in schema);
    return [name, isShape ? { ...amended(schema), additionalProperties: false } : schema];
  });
  return pointed(Object.fromEntries(strict));
}
