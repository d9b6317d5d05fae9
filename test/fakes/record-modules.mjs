/**
 * Preloaded by `node --import`: at the end of the process, writes the addresses of all modules that
 * were loaded, a line each, to the file that `RECORD_MODULES` names. Plain JavaScript, because it
 * comes before everything else.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const { RECORD_MODULES: file } = process.env;
const loaded = new Set();

registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
if (file) process.on('exit', () => writeFileSync(file, [...loaded].join('\n')));
