/** What every tracker must do, whichever system stands behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewIssue, type Tracker, TrackerError } from '../../src/core/tracker.ts';

export interface TrackerUnderTest {
  tracker: Tracker;
  /** A project that exists, or may be made by filing to it. */
  project: string;
  /** One that cannot be filed to. */
  refusedProject: string;
  /** The comments on an issue, as the system behind the tracker has them. */
  commentsOf(number: string): Promise<string[]>;
  /** Opens a pull or merge request there; absent where the tracker has none. */
  propose?(change: ProposedChange): string;
  stop(): Promise<void>;
}

export interface ProposedChange {
  title: string;
  description: string;
  state: 'open' | 'merged' | 'closed';
  /** ISO 8601. */
  updatedAt: string;
  files: string[];
}

const signal = new AbortController().signal;
let count = 0;

export function describeTracker(name: string, create: () => Promise<TrackerUnderTest>): void {
  describe(`tracker: ${name}`, () => {
    let under: TrackerUnderTest;
    let since = '';

    beforeAll(async () => {
      since = new Date().toISOString();
      under = await create();
    });
    afterAll(() => under.stop());

    function issue(more: Partial<NewIssue> = {}): NewIssue {
      count += 1;
      const marker = `prompt-to-issue:${String(count).padStart(32, '0')}`;
      const body = `Something is wrong.\n\n<!-- ${marker} -->`;
      const lists = { labels: ['bug'], assignees: [], rest: [] };
      return { project: under.project, title: `Issue ${count}`, body, marker, ...lists, ...more };
    }

    it('files an issue with a number and an address', async () => {
      const created = await under.tracker.createIssue(issue(), signal);
      expect(created).toMatchObject({ project: under.project, dropped: [] });
      expect(created.number).toMatch(/^\d+$/);
      expect(URL.canParse(created.url)).toBe(true);
    });

    it('finds an issue again by its marker, and no other', async () => {
      const filed = issue();
      const created = await under.tracker.createIssue(filed, signal);
      await under.tracker.createIssue(issue(), signal);
      const find = (marker: string) =>
        under.tracker.findIssueByMarker(under.project, marker, since, signal);
      expect(await find(filed.marker)).toMatchObject({ number: created.number, url: created.url });
      expect(await find('prompt-to-issue:none')).toBeUndefined();
    });

    it('does not take an issue for ours that was there before the attempt began', async () => {
      const filed = issue();
      await under.tracker.createIssue(filed, signal);
      const later = new Date(Date.now() + 60_000).toISOString();
      const find = under.tracker.findIssueByMarker(under.project, filed.marker, later, signal);
      expect(await find).toBeUndefined();
    });

    it('gives two issues that are filed at once two numbers', async () => {
      const file = () => under.tracker.createIssue(issue(), signal);
      const created = await Promise.all([file(), file(), file(), file()]);
      expect(new Set(created.map(({ number }) => number)).size).toBe(4);
    });

    it('keeps a title and a body as they are, whatever stands in them', async () => {
      const title = 'Ünïcode 日本語 🚀: "quotes" #1 --- & <tags>';
      const filed = issue({ title });
      const created = await under.tracker.createIssue(filed, signal);
      const found = await under.tracker.searchIssues(under.project, '日本語', 5, signal);
      expect(found).toContainEqual(expect.objectContaining({ number: created.number, title }));
    });

    it('finds similar issues, the likeliest first, and no more than asked for', async () => {
      const alike = issue({ title: 'Invoice export drops the last row' });
      const created = await under.tracker.createIssue(alike, signal);
      await under.tracker.createIssue(issue({ title: 'Invoice colours are ugly' }), signal);
      const query = 'invoice export last row';
      const found = await under.tracker.searchIssues(under.project, query, 1, signal);
      expect(found).toMatchObject([
        {
          project: under.project,
          number: created.number,
          title: alike.title,
          url: created.url,
          state: 'open',
        },
      ]);
    });

    it('knows the labels there are', async () => {
      expect(await under.tracker.listLabels(under.project)).toContain('bug');
    });

    const NAMES = ['Label', 'Milestone'] as const;
    const make = (kind: (typeof NAMES)[number], name: string, project = under.project) =>
      under.tracker[`create${kind}`](project, name, signal);
    const list = (kind: (typeof NAMES)[number]) => under.tracker[`list${kind}s`](under.project);

    it.each(NAMES)(
      'makes a %s that is asked for, as it is written, and has it from then on',
      async (kind) => {
        const name = `Needs ${kind} 設計 & "more"`;
        expect(await list(kind)).not.toContain(name);
        expect(await make(kind, name)).toBe('created');
        expect(await list(kind)).toContain(name);
      },
    );

    it.each(NAMES)('keeps one %s however often it is asked for', async (kind) => {
      const name = `once-${kind}`;
      expect(await make(kind, name)).toBe('created');
      expect(await make(kind, name)).toBe('there');
      expect(await make(kind, name.toUpperCase())).toBe('there');
      const same = (one: string) => one.toLowerCase() === name.toLowerCase();
      expect((await list(kind)).filter(same)).toHaveLength(1);
    });

    it.each(NAMES)('says plainly that no %s was made where it may not', async (kind) => {
      const error = await make(kind, 'no', under.refusedProject).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(TrackerError);
      expect(['refused', 'not-found', 'unauthorised']).toContain((error as TrackerError).kind);
    });

    it('files with a label and a milestone that were made before', async () => {
      await make('Label', 'fresh');
      await make('Milestone', 'Fresh start');
      const filed = issue({ labels: ['fresh'], milestone: 'Fresh start' });
      expect((await under.tracker.createIssue(filed, signal)).dropped).toEqual([]);
    });

    it('tells how an issue stands, and that one is not there', async () => {
      const filed = issue();
      const { number } = await under.tracker.createIssue(filed, signal);
      const found = await under.tracker.getIssue(under.project, number, signal);
      expect(found).toMatchObject({ number, title: filed.title, state: 'open' });
      expect(await under.tracker.getIssue(under.project, '99999', signal)).toBeUndefined();
    });

    it('adds what did not fit as comments, once, however often it is asked', async () => {
      const filed = issue({ rest: ['The second part.', 'The third part.'] });
      const created = await under.tracker.createIssue(filed, signal);
      expect(await under.tracker.finishIssue(filed, created, signal)).toEqual([]);
      expect(await under.tracker.finishIssue(filed, created, signal)).toEqual([]);
      const comments = await under.commentsOf(created.number);
      for (const part of filed.rest) {
        expect(comments.filter((text) => text.includes(part))).toHaveLength(1);
      }
    });

    it('knows the project and whether its token works', async () => {
      expect(await under.tracker.getProject(under.project)).toMatchObject({
        project: under.project,
        visibility: expect.stringMatching(/^(public|private)$/),
      });
      expect(await under.tracker.testConnection(under.project)).toMatchObject({ ok: true });
    });

    it('comments on an issue that is there', async () => {
      const { number } = await under.tracker.createIssue(issue(), signal);
      const url = await under.tracker.comment(under.project, number, 'Seen again today.', signal);
      expect(URL.canParse(url)).toBe(true);
      const missing = under.tracker.comment(under.project, '99999', 'Hello?', signal);
      await expect(missing).rejects.toMatchObject({ name: 'TrackerError', kind: 'not-found' });
    });

    it('knows a comment of its own again by the marker, on that issue alone', async () => {
      const { tracker, project } = under;
      const [one, other] = [
        await tracker.createIssue(issue(), signal),
        await tracker.createIssue(issue(), signal),
      ];
      const marker = 'prompt-to-issue:reply-7';
      const has = ({ number }: { number: string }, text = marker) =>
        tracker.hasComment(project, number, text, signal);
      expect(await has(one)).toBe(false);
      await tracker.comment(project, one.number, `Seen again.\n\n<!-- ${marker} -->`, signal);
      expect([await has(one), await has(one, 'prompt-to-issue:reply-8')]).toEqual([true, false]);
      expect(await has(other)).toBe(false);
    });

    it('files nothing that was given up before it began', async () => {
      const filed = issue();
      const aborted = AbortSignal.abort(new Error('given up'));
      await expect(under.tracker.createIssue(filed, aborted)).rejects.toThrow('given up');
      const found = under.tracker.findIssueByMarker(under.project, filed.marker, since, signal);
      expect(await found).toBeUndefined();
    });

    it('has nothing to read where there is no file and no folder', async () => {
      const { tracker, project } = under;
      expect(await tracker.readFile(project, 'not/there.md', signal)).toBeUndefined();
      expect(await tracker.readFile(project, '../../../etc/passwd', signal)).toBeUndefined();
      expect(await tracker.listTree(project, 'not/there', signal)).toEqual([]);
    });

    it('finds pull requests by their words, else those changed last, and reads one', async () => {
      const { tracker, project, propose } = under;
      const search = async (text: string, limit = 5) =>
        (await tracker.searchPullRequests(project, text, limit, signal)).map(({ title }) => title);
      const read = (number: string) => tracker.getPullRequest(project, number, signal);
      expect(await read('99999')).toBeUndefined();
      if (!propose) return expect(await search('invoice')).toEqual([]);
      const files = Array.from({ length: 130 }, (_, n) => `src/file-${n}.ts`);
      const change = { description: '', files: [], state: 'open' as const };
      const day = (n: number) => `2026-05-0${n}T10:00:00.000Z`;
      const number = propose({
        ...{ title: 'Invoices keep their last row', description: `Why. ${'x'.repeat(9_000)}` },
        ...{ state: 'merged', updatedAt: day(1), files },
      });
      propose({ ...change, title: 'Colours of the footer', updatedAt: day(3) });
      propose({ ...change, title: 'The row of invoices', state: 'closed', updatedAt: day(2) });
      expect(await search('invoices: last row')).toEqual([
        'Invoices keep their last row',
        'The row of invoices',
      ]);
      expect(await search('', 2)).toEqual(['Colours of the footer', 'The row of invoices']);
      const found = await tracker.searchPullRequests(project, 'invoices', 5, signal);
      expect(found.map(({ state }) => state)).toEqual(['closed', 'merged']);
      const issues = await tracker.searchIssues(project, 'footer colours', 5, signal);
      expect(issues.map(({ title }) => title)).not.toContain('Colours of the footer');
      expect(await read(number)).toMatchObject({
        ...{ number, title: 'Invoices keep their last row', state: 'merged', moreFiles: true },
        description: expect.stringMatching(/^Why\. x{7995}\n\(The description is longer/),
        files: files.slice(0, 100),
        url: expect.stringMatching(/^http.*(?:pull|merge_requests)\/\d+$/),
      });
      expect(await read(String(Number(number) + 1))).toMatchObject({ files: [], moreFiles: false });
    });

    it('has no project by a name that nobody gave one', async () => {
      expect(await under.tracker.getProject(under.refusedProject)).toBeUndefined();
    });

    it('says plainly that nothing was created where it cannot file', async () => {
      const refused = issue({ project: under.refusedProject });
      const error = await under.tracker.createIssue(refused, signal).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(TrackerError);
      expect(['refused', 'not-found', 'unauthorised']).toContain((error as TrackerError).kind);
    });
  });
}
