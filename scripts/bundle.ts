/** Programs with all they load, in as few files as what is loaded later allows. */
import { isAbsolute, relative } from 'node:path';
import { rolldown } from 'rolldown';

export interface Bundle {
  /** Each file with the modules in it, by their paths from `root`: what is loaded with it. */
  files: Record<string, string[]>;
}

export interface BundleOptions {
  root: string;
  folder: string;
  /** Where each begins, by the name of its file. */
  entries: Record<string, string>;
}

/** Native code, and what its package looks for and does without. */
const LEFT_OUT = ['sharp', 'zlib-sync', 'bufferutil', 'utf-8-validate'];

export async function bundle({ root, folder, entries }: BundleOptions): Promise<Bundle> {
  const build = await rolldown({
    cwd: root,
    input: entries,
    platform: 'node',
    external: LEFT_OUT,
    // discord.js evaluates code of its caller for shards in processes of its own, which nobody asks of it here.
    checks: { eval: false },
  });
  const { output } = await build.write({ dir: folder, format: 'esm' });
  await build.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  return {
    files: Object.fromEntries(
      chunks.map(({ fileName, moduleIds }) => [
        fileName,
        moduleIds.filter(isAbsolute).map((id) => relative(root, id)),
      ]),
    ),
  };
}
