/** What the whole machine and the engine's process have used so far, where the system says so. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Milliseconds of CPU that were used by anything, over all cores, since some moment. */
export function readMachineMs(): number {
  const used = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return used.reduce((sum, each) => sum + each, 0);
}

/** Linux counts in hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of CPU of the one child of this process; `NaN` where the system does not tell. */
export function readChildMs(keeperPid: number | undefined): number {
  try {
    const [child = ''] = readFileSync(`/proc/${keeperPid}/task/${keeperPid}/children`, 'utf8')
      .trim()
      .split(' ');
    // The second field is the program's name, in brackets and with any blanks.
    const fields = readFileSync(`/proc/${child}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
