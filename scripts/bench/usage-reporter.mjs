/** Imported first by a measured program: tells whoever started it what it has used so far. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

process.on('message', (wanted) => {
  if (wanted === 'settled usage') collectGarbage();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ cpuMicros: user + system, residentBytes: rss, heapBytes: heapUsed });
});
process.on('disconnect', () => process.exit(1));
