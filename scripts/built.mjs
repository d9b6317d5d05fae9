/**
 * What `npm run build` made, and whether it is of the sources that are here. Plain JavaScript: the launcher asks
 * before anything else is loaded.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const NOTICE =
  'dist/ was built from other sources and is not used; `npm run build` makes it anew.\n';

/** Where the build's own description of itself is. */
export const manifestOf = (root) => join(root, 'dist', 'build.json');

/** Sizes, and times in seconds: finer ones do not survive being copied into an image. */
export function stampOf(root, files) {
  return files.map((file) => {
    const { size, mtimeMs } = statSync(join(root, file), { throwIfNoEntry: false }) ?? {};
    return [file, size ?? 0, Math.floor((mtimeMs ?? 0) / 1_000)];
  });
}

/** The built form of this program; nothing when there is none of the sources as they are. */
export function findBuilt(root, program) {
  if (!existsSync(manifestOf(root))) return undefined;
  const { programs, sources } = JSON.parse(readFileSync(manifestOf(root), 'utf8'));
  const built = programs[relative(root, program)];
  if (built === undefined) return undefined;
  const files = sources.map(([file]) => file);
  if (JSON.stringify(stampOf(root, files)) === JSON.stringify(sources)) {
    return join(root, 'dist', built);
  }
  // Whoever changes the sources has an older build most of the time.
  if (process.env.NODE_ENV === 'production') process.stderr.write(NOTICE);
  return undefined;
}
