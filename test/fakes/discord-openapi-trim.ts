/**
 * Makes `discord-openapi.json`: of Discord's own OpenAPI document (github.com/discord/discord-api-spec,
 * MIT) the request bodies that the stand-in checks, and what they refer to. Run it as
 * `node test/fakes/discord-openapi-trim.ts openapi.json > test/fakes/discord-openapi.json`.
 */
import { readFileSync } from 'node:fs';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, Body> } }>>;
  components: { schemas: Record<string, Json> };
}
interface Body {
  schema: Json;
}

const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';
const WEBHOOK = '/webhooks/{webhook_id}/{webhook_token}';
const COMMANDS = '/applications/{application_id}';
const OPERATIONS = [
  `POST ${CALLBACK}`,
  `POST ${WEBHOOK}`,
  `PATCH ${WEBHOOK}/messages/@original`,
  `PATCH ${WEBHOOK}/messages/{message_id}`,
  'POST /channels/{channel_id}/messages',
  'PATCH /channels/{channel_id}/messages/{message_id}',
  'POST /channels/{channel_id}/threads',
  'POST /channels/{channel_id}/messages/{message_id}/threads',
  'PATCH /channels/{channel_id}',
  `PUT ${COMMANDS}/commands`,
  `PUT ${COMMANDS}/guilds/{guild_id}/commands`,
  'POST /users/@me/channels',
];
/** Words for people, which no check needs. */
const PROSE = new Set(['title', 'description', 'x-discord-union', 'x-discord-category']);

const [, , path = ''] = process.argv;
const document = JSON.parse(readFileSync(path, 'utf8')) as Document;
const schemas: Record<string, Json> = {};
const operations = Object.fromEntries(OPERATIONS.map((name) => [name, bodyOf(name)]));
process.stdout.write(`${JSON.stringify({ operations, components: { schemas } })}\n`);

function bodyOf(operation: string): Json {
  const [method = '', route = ''] = operation.split(' ');
  const content = document.paths[route]?.[method.toLowerCase()]?.requestBody?.content;
  const schema = content?.['application/json']?.schema;
  if (!schema) throw new Error(`the document has no body for ${operation}`);
  return keep(schema, false);
}

/** Strips prose and follows references; `names` are a map's own keys, never prose. */
function keep(node: Json, names: boolean): Json {
  if (Array.isArray(node)) return node.map((item) => keep(item, false));
  if (node === null || typeof node !== 'object') return node;
  const reference = names ? undefined : node.$ref;
  if (typeof reference === 'string') follow(reference.split('/').at(-1) ?? '');
  const entries = Object.entries(node).filter(([key]) => names || !PROSE.has(key));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, keep(value, !names && key === 'properties')]),
  );
}

function follow(name: string): void {
  if (name in schemas) return;
  schemas[name] = {};
  schemas[name] = keep(document.components.schemas[name] ?? {}, false);
}
