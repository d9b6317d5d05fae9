/** Which versions a comparison is with: as pinned for the benches. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function versionsOf(...names: string[]): string[] {
  const file = join(import.meta.dirname, 'package.json');
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return names.map((name) => `${name} ${dependencies[name] ?? 'unknown'}`);
}
