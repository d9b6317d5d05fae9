/** Folders of the data directory. */
import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes the folder and what is missing above it, for their owner only, and resolves links. Throws what
 * the file system says, also when the folder cannot be written to. One by one, because Node's own way
 * never ends on file systems that deny a folder as if its parent were missing, such as /proc.
 */
export function makeFolder(path: string): string {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const one of missing) makeOne(one);
  const folder = realpathSync(path);
  // The dot says that it must be a folder.
  accessSync(`${folder}/.`, constants.W_OK | constants.X_OK);
  return folder;
}

/** Another process may have been faster. */
function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
