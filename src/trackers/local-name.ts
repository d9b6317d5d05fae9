/**
 * Labels and milestones that people made in a local project before any issue carries them: one a line,
 * in a file beside the issues. Several processes may add at once.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MadeName, TrackerError } from '../core/tracker.ts';
import { codeOf } from './connection-failure.ts';

export type LocalNames = 'labels' | 'milestones';

/** @param folder the project's */
export async function readNames(folder: string, kind: LocalNames): Promise<string[]> {
  try {
    return (await readFile(pathOf(folder, kind), 'utf8')).split('\n').filter(Boolean);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw failed(folder, kind, 'unreachable', error);
  }
}

/** `known`: those that the project has. */
export async function addName(
  folder: string,
  kind: LocalNames,
  name: string,
  known: string[],
): Promise<MadeName> {
  const line = name.replaceAll(/\s+/g, ' ').trim();
  if (known.some((one) => one.toLowerCase() === line.toLowerCase())) return 'there';
  try {
    await mkdir(folder, { recursive: true });
    await appendFile(pathOf(folder, kind), `${line}\n`);
    return 'created';
  } catch (error) {
    throw failed(folder, kind, 'refused', error);
  }
}

const pathOf = (folder: string, kind: LocalNames) => join(folder, `${kind}.txt`);

function failed(folder: string, kind: LocalNames, why: 'refused' | 'unreachable', cause: unknown) {
  const what = why === 'refused' ? 'written' : 'read';
  const message = `The file ${pathOf(folder, kind)} cannot be ${what} (${codeOf(cause)}).`;
  return new TrackerError('local', why, message, { cause });
}
