/** Holds a JSON schema to the subset that every vendor's structured output takes. */

const KEYWORDS = [
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'const',
  'anyOf',
  'description',
  'additionalProperties',
];
/** OpenAI allows ten levels; fewer is kinder to the others. */
const MAX_DEPTH = 7;

export function findSchemaProblems(schema: unknown, path = 'schema', depth = 1): string[] {
  if (typeof schema !== 'object' || schema === null) return [`${path} is not an object`];
  const node = schema as Record<string, unknown>;
  const problems = Object.keys(node)
    .filter((key) => !KEYWORDS.includes(key))
    .map((key) => `${path}: "${key}" is not portable`);
  if (depth > MAX_DEPTH) problems.push(`${path} is nested too deeply`);
  if (depth === 1 && node.type !== 'object') problems.push(`${path} is not an object at its root`);
  const options = Array.isArray(node.anyOf) ? node.anyOf : [];
  return [
    ...problems,
    ...(node.type === 'object' ? checkObject(node, path, depth) : []),
    ...(node.items === undefined ? [] : findSchemaProblems(node.items, `${path}[]`, depth + 1)),
    ...options.flatMap((option, index) =>
      findSchemaProblems(option, `${path}|${index}`, depth + 1),
    ),
  ];
}

function checkObject(node: Record<string, unknown>, path: string, depth: number): string[] {
  const properties = (node.properties ?? {}) as Record<string, unknown>;
  const required = Array.isArray(node.required) ? node.required : [];
  const missing = Object.keys(properties).filter((name) => !required.includes(name));
  return [
    ...(node.additionalProperties === false ? [] : [`${path} allows other properties`]),
    ...missing.map((name) => `${path}.${name} is not required`),
    ...Object.entries(properties).flatMap(([name, property]) =>
      findSchemaProblems(property, `${path}.${name}`, depth + 1),
    ),
  ];
}
