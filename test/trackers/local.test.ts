import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
    async commentsOf(number) {
      const file = join(directory, 'shop', `${number.padStart(4, '0')}.md`);
      return (await readFile(file, 'utf8')).split('\n---\n').slice(2);
    },
    stop: () => rm(directory, { recursive: true }),
  };
});

const ISSUE: NewIssue = {
  project: 'shop',
  title: 'Checkout: "hangs"',
  body: 'Nobody can pay.\n\n---\n\nmore',
  rest: [],
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

  it('says where it cannot write, and leaves nothing', async () => {
    await writeFile(join(directory, 'shop'), 'in the way');
    const filing = createLocalTracker({ directory }).createIssue(ISSUE, signal);
    await expect(filing).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(join(directory, 'shop')),
    });
    expect(await readdir(directory)).toEqual(['shop']);
  });

  it('files nothing once it is told to stop', async () => {
    const filing = createLocalTracker({ directory }).createIssue(ISSUE, AbortSignal.abort());
    await expect(filing).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(join(directory, 'shop'))).toEqual([]);
  });

  it('keeps every comment of several that come at once, and the issue readable', async () => {
    const tracker = createLocalTracker({ directory });
    await tracker.createIssue(ISSUE, signal);
    const texts = ['one', 'two', 'three', 'four'].map((word) => `Comment ${word}.`);
    await Promise.all(texts.map((text) => tracker.comment('shop', '1', text, signal)));
    const content = await readFile(join(directory, 'shop', '0001.md'), 'utf8');
    for (const text of texts) expect(content).toContain(text);
    const found = await tracker.findIssueByMarker('shop', ISSUE.marker, '', signal);
    expect(found?.number).toBe('1');
  });

  it('offers the labels, milestones and people that issues already carry', async () => {
    const tracker = createLocalTracker({ directory });
    await tracker.createIssue({ ...ISSUE, labels: ['billing'], milestone: 'May' }, signal);
    expect(await tracker.listLabels('shop')).toEqual(expect.arrayContaining(['billing', 'ux']));
    expect(await tracker.listMilestones('shop')).toEqual(['May']);
    expect(await tracker.listAssignees('shop')).toEqual([{ username: 'ann', name: 'ann' }]);
  });

  it('keeps the labels and milestones that were made, beside the issues', async () => {
    const tracker = createLocalTracker({ directory });
    await tracker.createLabel('shop', 'billing', signal);
    await tracker.createMilestone('shop', 'May\nJune', signal);
    expect((await tracker.createIssue(ISSUE, signal)).number).toBe('1');
    const again = createLocalTracker({ directory });
    expect(await again.listLabels('shop')).toContain('billing');
    expect(await again.listMilestones('shop')).toEqual(['May June']);
    expect(await again.createLabel('shop', 'ux', signal)).toBe('there');
  });

  it('goes on beside a file that somebody broke by hand', async () => {
    const tracker = createLocalTracker({ directory });
    await tracker.createIssue(ISSUE, signal);
    await writeFile(join(directory, 'shop', '0002.md'), '---\ntitle: [\n---\n');
    const created = await tracker.createIssue({ ...ISSUE, marker: 'prompt-to-issue:2' }, signal);
    expect(created.number).toBe('3');
    const found = await tracker.findIssueByMarker('shop', 'prompt-to-issue:2', '', signal);
    expect(found?.number).toBe('3');
  });

  it('leaves whole files only when it is killed while filing', async () => {
    const program = join(import.meta.dirname, '..', 'fakes', 'local-filer.ts');
    const filer = fork(program, [directory, '100000'], { stdio: 'inherit' });
    const ended = once(filer, 'exit');
    const folder = join(directory, 'shop');
    const tracker = createLocalTracker({ directory });
    const hasBegun = async () => expect((await readdir(folder)).length).toBeGreaterThan(20);
    await vi.waitFor(hasBegun, { timeout: 10_000 });
    filer.kill('SIGKILL');
    await ended;
    const names = (await readdir(folder)).filter((name) => name.endsWith('.md'));
    const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    for (const content of contents) expect(content).toMatch(/^---\nnumber: \d+\n.*\n---\n/s);
    const created = await tracker.createIssue(ISSUE, signal);
    expect(Number(created.number)).toBe(names.length + 1);
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
