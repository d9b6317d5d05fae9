/** The project as somebody has it who ran `npm run build`: a copy, since a build beside the sources would be everybody's. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['src', 'adapters', 'scripts'];
const FILES = ['package.json', 'package-lock.json'];

export interface BuiltProject {
  folder: string;
  /** Builds once more; resolves with what it said. */
  build(): Promise<string>;
  remove(): Promise<void>;
}

export async function createBuiltProject(): Promise<BuiltProject> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'built-')));
  const bench = join(ROOT, 'scripts', 'bench');
  for (const name of [...FOLDERS, ...FILES]) {
    const filter = (path: string) => !path.startsWith(bench);
    const options = { recursive: true, preserveTimestamps: true, filter };
    await cp(join(ROOT, name), join(folder, name), options);
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

  async function build(): Promise<string> {
    const args = ['scripts/run.mjs', 'scripts/build.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return stdout;
  }

  await build();
  return { folder, build, remove: () => rm(folder, { recursive: true }) };
}
