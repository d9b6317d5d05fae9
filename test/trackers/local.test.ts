import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewIssue } from '../../src/core/tracker.ts';
import { createLocalTracker } from '../../src/trackers/local.ts';
import { describeTracker } from '../contracts/tracker.ts';

const makeFolder = () => mkdtemp(join(tmpdir(), 'issues-'));

describeTracker('local', async () => {
  const directory = await makeFolder();
  return {
    tracker: createLocalTracker({ directory }),
    project: 'shop',
    refusedProject: '../elsewhere',
    stop: () => rm(directory, { recursive: true }),
  };
});

const ISSUE: NewIssue = {
  project: 'shop',
  title: 'Checkout: "hangs"',
  body: 'Nobody can pay.\n\n---\n\nmore',
  labels: ['bug'],
  assignees: ['ann'],
  marker: 'prompt-to-issue:1',
};
const signal = new AbortController().signal;

describe('createLocalTracker', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await makeFolder();
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('writes a file a person can read', async () => {
    await createLocalTracker({ directory }).createIssue(ISSUE, signal);
    const content = await readFile(join(directory, 'shop', '0001.md'), 'utf8');
    expect(content.replace(/created: .+/, 'created: now')).toBe(
      [
        '---',
        'number: 1',
        'title: \'Checkout: "hangs"\'',
        'state: open',
        'labels:',
        '  - bug',
        'assignees:',
        '  - ann',
        'created: now',
        'marker: prompt-to-issue:1',
        '---',
        '',
        'Nobody can pay.',
        '',
        '---',
        '',
        'more',
        '',
      ].join('\n'),
    );
  });

  it.each(['..', '.', '', 'a/b', 'a\\b', '.hidden', 'x'.repeat(101), 'a\u0000b'])(
    'refuses a project named %j',
    async (project) => {
      const tracker = createLocalTracker({ directory });
      const filing = tracker.createIssue({ ...ISSUE, project }, signal);
      await expect(filing).rejects.toMatchObject({ kind: 'refused' });
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it('goes on beside a file that somebody broke by hand', async () => {
    const tracker = createLocalTracker({ directory });
    await tracker.createIssue(ISSUE, signal);
    await writeFile(join(directory, 'shop', '0002.md'), '---\ntitle: [\n---\n');
    const created = await tracker.createIssue({ ...ISSUE, marker: 'prompt-to-issue:2' }, signal);
    expect(created.number).toBe('3');
    const found = await tracker.findIssueByMarker('shop', 'prompt-to-issue:2', '', signal);
    expect(found?.number).toBe('3');
  });

  it('numbers what several processes file at once, and leaves whole files only', async () => {
    const program = join(import.meta.dirname, '..', 'fakes', 'local-filer.ts');
    const filers = [1, 2, 3].map(() => fork(program, [directory, '10'], { stdio: 'inherit' }));
    const codes = await Promise.all(filers.map((filer) => once(filer, 'exit')));
    expect(codes.map(([code]) => code)).toEqual([0, 0, 0]);
    const names = await readdir(join(directory, 'shop'));
    expect(names.sort()).toEqual(
      Array.from({ length: 30 }, (_, n) => `${String(n + 1).padStart(4, '0')}.md`),
    );
  });
});
