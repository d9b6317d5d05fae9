/** Strings without lone surrogates: the table answers those with a server error. */

/** The same value with every string in it well-formed, at any depth. */
export function toWellFormed<Value>(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed() as Value;
  if (Array.isArray(value)) return value.map(toWellFormed) as Value;
  if (value instanceof Set) return new Set([...value].map(toWellFormed)) as Value;
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toWellFormed(), toWellFormed(inner)]),
  ) as Value;
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
