/**
 * `npm run build`: the process and the terminal with all they load in a few files under `dist/`, for a start in half
 * the time. `npm start` and `npm run chat` use them while they are of the sources that are here.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestOf, stampOf } from './built.mjs';
import { bundle } from './bundle.ts';

interface Manifest {
  /** The file of each program, in `dist/`. */
  programs: Record<string, string>;
  /** What it was made of: path, bytes, time of change in seconds. */
  sources: [string, number, number][];
  /** Each file with the modules in it. */
  files: Record<string, string[]>;
}

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'dist');
const PROGRAMS = { main: 'src/main.ts', chat: 'scripts/chat.ts' };

const before = readManifest();
const { files } = await bundle({ root: ROOT, folder: FOLDER, entries: PROGRAMS });
const own = Object.values(files)
  .flat()
  .filter((path) => !path.includes('node_modules'));
const manifest: Manifest = {
  programs: Object.fromEntries(
    Object.entries(PROGRAMS).map(([name, path]) => [path, `${name}.js`]),
  ),
  // The packages change with the lock file, and only then.
  sources: stampOf(ROOT, ['package-lock.json', ...new Set(own)].sort()),
  files,
};
writeFileSync(manifestOf(ROOT), JSON.stringify(manifest));
// A process that still runs on the build before may load any part of it yet.
const kept = new Set([...Object.keys(before?.files ?? {}), ...Object.keys(files), 'build.json']);
for (const name of readdirSync(FOLDER)) if (!kept.has(name)) rmSync(join(FOLDER, name));
console.log(
  `dist/ holds ${Object.keys(PROGRAMS).join(' and ')} in ${Object.keys(files).length} files`,
);

function readManifest(): Manifest | undefined {
  return existsSync(manifestOf(ROOT))
    ? JSON.parse(readFileSync(manifestOf(ROOT), 'utf8'))
    : undefined;
}
