import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewIssue, Tracker } from '../../src/core/tracker.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTracker } from '../contracts/tracker.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';

const FAST = { readMs: 2_000, writeMs: 2_000, retryMs: 1, writeGapMs: 0 };
const BY_TOKEN = { kind: 'token', token: TOKEN } as const;

describeTracker('github', async () => {
  const server = await startGitHubServer();
  return {
    tracker: createGitHubTracker({ auth: BY_TOKEN, baseUrl: server.url, timing: FAST }),
    project: PROJECT,
    refusedProject: 'acme/secret',
    async commentsOf(number) {
      const issue = server.world.projects[0]?.issues.find((one) => String(one.number) === number);
      return issue?.comments.map(({ body }) => body) ?? [];
    },
    propose({ title, description, state, updatedAt, files }) {
      const issues = server.world.projects[0]?.issues ?? [];
      const number = issues.length + 1;
      issues.push({
        ...{ id: server.world.nextId(), number, title, body: description, updatedAt },
        ...{ state: state === 'open' ? 'open' : 'closed', createdAt: updatedAt },
        ...{ user: { login: 'ann' }, labels: [], assignees: [], comments: [], isIndexed: false },
        pull: { files, ...(state === 'merged' && { mergedAt: updatedAt }) },
      });
      return String(number);
    },
    async stop() {
      expect(server.problems).toEqual([]);
      await server.stop();
    },
  };
});

const signal = new AbortController().signal;
const MARKER = `prompt-to-issue:${'a1'.repeat(16)}`;
const ISSUE: NewIssue = {
  project: PROJECT,
  title: 'Checkout hangs',
  body: `Nobody can pay.\n\n<!-- ${MARKER} -->\n`,
  rest: [],
  labels: [],
  assignees: [],
  marker: MARKER,
};

describe('createGitHubTracker', () => {
  let server: GitHubServer;
  let tracker: Tracker;

  beforeEach(async () => {
    server = await startGitHubServer();
    tracker = createGitHubTracker({ auth: BY_TOKEN, baseUrl: server.url, timing: FAST });
  });
  afterEach(async () => {
    expect(server.problems).toEqual([]);
    await server.stop();
  });

  const shop = () => {
    const [project] = server.world.projects;
    if (!project) throw new Error('the stand-in has no repository');
    return project;
  };
  const create = (more: Partial<NewIssue> = {}) =>
    tracker.createIssue({ ...ISSUE, ...more }, signal);
  const find = (since: string) => tracker.findIssueByMarker(PROJECT, MARKER, since, signal);

  describe('createIssue', () => {
    it('sends only labels that exist, as the repository spells them, and makes none', async () => {
      const { dropped } = await create({ labels: ['bug', 'backend', 'made-up'] });
      expect(shop().issues[0]?.labels).toEqual(['bug', 'Backend']);
      expect(shop().labels).toHaveLength(2);
      expect(dropped).toEqual([
        'The label "made-up" does not exist in acme/shop and was left out.',
      ]);
    });

    it('finds a label beyond the first page', async () => {
      shop().labels.push(...Array.from({ length: 150 }, (_, n) => `label-${n}`));
      expect((await create({ labels: ['label-149'] })).dropped).toEqual([]);
      expect(shop().issues[0]?.labels).toEqual(['label-149']);
    });

    it('takes the milestone by its title, and no closed one', async () => {
      expect((await create({ milestone: '1.1' })).dropped).toEqual([]);
      expect(shop().issues[0]?.milestone?.title).toBe('1.1');
      const { dropped } = await create({ milestone: '1.0' });
      expect(dropped).toEqual(['There is no open milestone "1.0" in acme/shop; it was left out.']);
    });

    it('assigns whoever can be assigned, and says who cannot', async () => {
      const { dropped } = await create({ assignees: ['ann', 'zoe', 'a/../b'] });
      expect(shop().issues[0]?.assignees).toEqual(['ann']);
      expect(dropped).toEqual([
        'zoe cannot be assigned in acme/shop and was left out.',
        'a/../b cannot be assigned in acme/shop and was left out.',
      ]);
    });

    it('gives the type where the organisation has one by that name', async () => {
      expect((await create({ type: 'bug' })).dropped).toEqual([]);
      expect((await create({ type: 'epic' })).dropped).toEqual([]);
      server.world.types = {};
      expect((await create({ type: 'bug' })).dropped).toEqual([]);
      expect(shop().issues.map(({ type }) => type)).toEqual(['Bug', undefined, undefined]);
    });

    it('says what GitHub drops in silence for an account that may only read', async () => {
      shop().roles['acme-bot'] = 'read';
      const wishes = {
        labels: ['bug'],
        milestone: '1.1',
        assignees: ['ann'],
        type: 'bug',
      } as const;
      const { dropped } = await create({ ...wishes, labels: ['bug'], assignees: ['ann'] });
      const left = [
        'the label "bug"',
        'the assignment to ann',
        'the milestone "1.1"',
        'the type "Bug"',
      ];
      expect(dropped).toEqual(
        left.map(
          (what) => `GitHub left out ${what}: the account may not set it (the role Triage may).`,
        ),
      );
    });

    it('cuts a title GitHub would refuse, and says so', async () => {
      const { dropped } = await create({ title: 'é🚀'.repeat(150) });
      expect(shop().issues[0]?.title).toBe(`${'é🚀'.repeat(127)}é…`);
      expect(dropped).toEqual(['The title was cut: GitHub takes 256 characters.']);
    });

    it('takes a body as long as GitHub does, and gives its reason for a longer one', async () => {
      const body = '日'.repeat(65_536);
      await create({ body });
      await expect(create({ body: `${body}x` })).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('body is too long (maximum is 65536 characters)'),
      });
      expect(shop().issues.map((issue) => issue.body)).toEqual([body]);
    });

    it('says that issues are switched off, that a repository is archived, that a name is none', async () => {
      shop().hasIssues = false;
      await expect(create()).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(
          /Issues has been disabled in this repository\. .*switch them on/,
        ),
      });
      Object.assign(shop(), { hasIssues: true, isArchived: true });
      await expect(create()).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('archived so is read-only'),
      });
      for (const project of ['shop', 'acme/..', 'acme/shop/issues', '../user']) {
        await expect(create({ project })).rejects.toMatchObject({
          kind: 'not-found',
          message: `"${project}" is no project of GitHub; it is written owner/repository.`,
        });
      }
    });

    it('follows a renamed repository, whose number stays the same', async () => {
      Object.assign(shop(), { fullName: 'acme/store', oldName: PROJECT });
      expect(await create()).toMatchObject({ number: '1', projectId: String(shop().id) });
      expect(await find(new Date().toISOString())).toMatchObject({ number: '1' });
    });
  });

  describe('createLabel and createMilestone', () => {
    const label = (name: string) => tracker.createLabel(PROJECT, name, signal);
    const milestone = (title: string) => tracker.createMilestone(PROJECT, title, signal);

    it('sends one request, and settles a lost answer by the list', async () => {
      server.will(/^POST .*\/labels$/, { do: 'reset', after: true });
      server.will(/^POST .*\/milestones$/, { do: 'reply', status: 502, after: true });
      expect([await label('ux'), await milestone('2.0')]).toEqual(['created', 'created']);
      expect(shop().labels).toEqual(['bug', 'Backend', 'ux']);
      expect(shop().milestones.filter(({ title }) => title === '2.0')).toHaveLength(1);
      expect(server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(2);
    });

    it('takes a name that somebody else made at the same moment for there', async () => {
      expect((await Promise.all([label('ux'), label('ux'), label('ux')])).toSorted()).toEqual([
        'created',
        'there',
        'there',
      ]);
      expect(shop().labels.filter((name) => name === 'ux')).toHaveLength(1);
    });

    it('does not know whether it was made while the list does not show it', async () => {
      server.will(/^POST .*\/labels$/, { do: 'reset', after: true });
      server.will(/^GET .*\/labels$/, { do: 'reply', status: 200, body: '[]', times: 2 });
      await expect(label('ux')).rejects.toMatchObject({ kind: 'ambiguous' });
      expect(await label('ux')).toBe('there');
    });

    it('says what the account, the token and the name lack', async () => {
      await expect(label('x'.repeat(51))).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('name is too long (maximum is 50 characters)'),
      });
      shop().roles['acme-bot'] = 'triage';
      await expect(label('ux')).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('made by accounts with the role Write'),
      });
      Object.assign(server.world.tokens[0] ?? {}, { permissions: { issues: 'read' } });
      await expect(milestone('2.0')).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('The token needs the permission issues=write.'),
      });
      expect([shop().labels.length, shop().milestones.length]).toEqual([2, 2]);
    });

    it('does not make a milestone beside a closed one of that title', async () => {
      await expect(milestone('1.0')).rejects.toMatchObject({
        kind: 'refused',
        message:
          'acme/shop has a closed milestone "1.0". Open it again there, or choose another one.',
      });
    });
  });

  describe('findIssueByMarker', () => {
    it('looks beyond the first page, and stops at what is older than the attempt', async () => {
      const since = new Date().toISOString();
      await create();
      const [ours] = shop().issues;
      if (!ours) throw new Error('nothing was filed');
      const copy = (n: number, createdAt: string) => ({
        ...ours,
        number: n,
        body: '',
        createdAt,
        updatedAt: new Date().toISOString(),
      });
      const later = new Date(Date.now() + 1_000).toISOString();
      for (let n = 2; n <= 152; n += 1) shop().issues.push(copy(n, later));
      for (let n = 153; n <= 453; n += 1) shop().issues.unshift(copy(n, '2020-01-01T00:00:00Z'));
      const asked = server.requests.length;
      expect(await find(since)).toMatchObject({ number: '1' });
      const pages = server.requests.slice(asked).filter((line) => line.includes('/issues?'));
      expect(pages).toHaveLength(2);
    });

    it('takes no issue of another account for ours', async () => {
      await create();
      Object.assign(shop().issues[0] ?? {}, { user: { login: 'ann' } });
      expect(await find(new Date().toISOString())).toBeUndefined();
    });
  });

  describe('finishIssue', () => {
    it('goes on where a crash left it, and trusts no marker that somebody else wrote', async () => {
      const issue = { ...ISSUE, rest: ['Second.', 'Third.'] };
      const created = await tracker.createIssue(issue, signal);
      const body = `<!-- ${MARKER} part 2 --> <!-- ${MARKER} part 3 -->`;
      shop().issues[0]?.comments.push({ id: 1, body, user: { login: 'ann' } });
      server.will(/^POST .*comments$/, { do: 'reset', after: true });
      const finish = () => tracker.finishIssue(issue, created, signal);
      await expect(finish()).rejects.toMatchObject({ kind: 'ambiguous' });
      expect(await finish()).toEqual([]);
      const texts = shop().issues[0]?.comments.map((comment) => comment.body.split('\n')[0]);
      expect(texts).toEqual([body, 'Second.', 'Third.']);
    });

    it('makes a child a sub-issue of its epic, once, and says where it may not', async () => {
      await create();
      const issue = { ...ISSUE, parent: '1' };
      const created = await tracker.createIssue(issue, signal);
      expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
      expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
      const [parent, child] = shop().issues;
      expect(child?.parent).toBe(parent);
      expect(server.requests.filter((line) => /^POST .*sub_issues/.test(line))).toHaveLength(1);
      const [sentence] = await tracker.finishIssue({ ...issue, parent: '99' }, created, signal);
      expect(sentence).toMatch(
        /^It could not be made a sub-issue of #99: GitHub at .* said: Not Found\./,
      );
    });
  });

  describe('hasComment', () => {
    it('counts our own comments only, on whatever page, and after a lost answer', async () => {
      const { number } = await create();
      const comments = shop().issues[0]?.comments ?? [];
      const has = () => tracker.hasComment(PROJECT, number, 'reply-7', signal);
      for (let id = 1; id <= 120; id += 1) {
        comments.push({ id, body: '<!-- reply-7 -->', user: { login: 'ann' } });
      }
      expect(await has()).toBe(false);
      server.will(/^POST .*comments$/, { do: 'reset', after: true });
      const lost = tracker.comment(PROJECT, number, 'Hello <!-- reply-7 -->', signal);
      await expect(lost).rejects.toMatchObject({ kind: 'ambiguous' });
      expect(await has()).toBe(true);
      expect(comments).toHaveLength(121);
    });
  });

  describe('searchIssues', () => {
    const search = async (text: string) =>
      (await tracker.searchIssues(PROJECT, text, 5, signal)).map(({ title }) => title);

    it('finds what shares some words, also what the index has not yet, and no pull request', async () => {
      await create({ title: 'Invoice export is empty' });
      await create({ title: '保存できない設定画面' });
      await create({ title: 'Invoice export: a fix' });
      Object.assign(shop().issues[2] ?? {}, { pull: { files: [] } });
      expect(await search('the nightly export of every invoice times out')).toEqual([
        'Invoice export is empty',
      ]);
      expect(await search('設定が保存できない')).toEqual(['保存できない設定画面']);
    });

    it('finds an old one by the search, and does without when that is not to be had', async () => {
      for (let n = 0; n < 120; n += 1)
        await create({ title: n === 0 ? 'Invoice is empty' : `Other ${n}` });
      for (const issue of shop().issues) issue.isIndexed = true;
      const [old] = shop().issues;
      if (old) old.updatedAt = '2025-01-01T00:00:00Z';
      expect(await search('invoice')).toEqual(['Invoice is empty']);
      server.will(/^GET \/search\/issues$/, { do: 'reply', status: 422, body: '{}' });
      expect(await search('other')).not.toEqual([]);
    });

    it('puts an open issue before a closed one, and leaves out what was closed long ago', async () => {
      for (const title of ['Login fails', 'Login fails again', 'Login fails still'])
        await create({ title });
      const close = (index: number, days: number) =>
        Object.assign(shop().issues[index] ?? {}, {
          state: 'closed',
          closedAt: new Date(Date.now() - days * 86_400_000).toISOString(),
        });
      close(1, 3);
      close(2, 200);
      expect(await search('login')).toEqual(['Login fails', 'Login fails again']);
    });
  });

  it('reads templates, the forms and the Markdown ones, but not their configuration', async () => {
    const form = 'name: "Bug report"\ndescription: Something is broken\nbody: []\n';
    const markdown = '---\nname: Idea\nabout: What should be there\n---\n\n## Why\n';
    shop().files = {
      '.github/ISSUE_TEMPLATE/bug.yml': form,
      '.github/ISSUE_TEMPLATE/config.yml': 'blank_issues_enabled: false',
      '.github/ISSUE_TEMPLATE/idea.md': markdown,
      '.github/ISSUE_TEMPLATE/picture.png': 'PNG',
    };
    expect(await tracker.listTemplates(PROJECT)).toEqual([
      { name: 'Bug report', description: 'Something is broken', fields: [] },
      {
        name: 'Idea',
        description: 'What should be there',
        fields: [{ title: 'Why', required: false, level: 2 }],
      },
    ]);
  });

  it('reads the repository, and no more of a file than it can use', async () => {
    const long = 'x'.repeat(300_000);
    const files = { 'src/cart total.ts': 'sum', 'README.md': long, 'logo.png': 'PNG\0' };
    shop().files = { ...files, 'huge.txt': 'y'.repeat(1_000_001) };
    const read = (path: string) => tracker.readFile(PROJECT, path, signal);
    expect(await read('/src/cart total.ts')).toBe('sum');
    expect(await read('README.md')).toMatch(/^x{200000}\n\(The file is longer/);
    expect(await read('logo.png')).toBe('(This file is not text.)');
    expect(await read('huge.txt')).toBe('(This file is too large to be read here.)');
    for (const path of ['nothing.md', 'src', '../../secret/contents/x', '..']) {
      expect(await read(path)).toBeUndefined();
    }
    const tree = (path: string) => tracker.listTree(PROJECT, path, signal);
    expect(await tree('')).toEqual(['src/', 'README.md', 'logo.png', 'huge.txt']);
    expect(await tree('src/')).toEqual(['src/cart total.ts']);
    expect(await tree('../..')).toEqual([]);
    expect(await tracker.searchCode(PROJECT, 'sum', 5, signal)).toEqual([
      { path: 'src/cart total.ts', excerpt: 'sum' },
    ]);
  });

  it('keeps files on a branch of their own, where somebody opted in', async () => {
    const file = { name: 'a](x) b.png', mimeType: 'image/png', content: Uint8Array.of(1, 2, 3) };
    expect(await tracker.uploadFile(PROJECT, file, signal)).toBeUndefined();
    const keeping = createGitHubTracker({
      auth: BY_TOKEN,
      baseUrl: server.url,
      timing: FAST,
      attachments: true,
    });
    const upload = () => keeping.uploadFile(PROJECT, file, signal);
    const markdown = await upload();
    expect(markdown).toMatch(
      /^!\[a-x-b\.png\]\(\S+\/acme\/shop\/blob\/prompt-to-issue-attachments\/attachments\/\w{32}\/a-x-b\.png\?raw=true\)$/,
    );
    expect(await upload()).toBe(markdown);
    expect(Object.keys(shop().branches['prompt-to-issue-attachments'] ?? {})).toHaveLength(2);
    expect(Object.keys(shop().files)).toEqual(['README.md']);
  });

  it('makes the branch once when two files need it at the same moment', async () => {
    const keeping = createGitHubTracker({
      ...{ auth: BY_TOKEN, baseUrl: server.url, timing: FAST },
      attachments: true,
    });
    const upload = (byte: number) =>
      keeping.uploadFile(
        PROJECT,
        { name: `${byte}.png`, mimeType: 'image/png', content: Uint8Array.of(byte) },
        signal,
      );
    const files = await Promise.all([upload(1), upload(2)]);
    expect(files).toEqual([expect.stringMatching('1.png'), expect.stringMatching('2.png')]);
  });

  it('lists every repository that takes issues', async () => {
    for (let n = 0; n < 130; n += 1) {
      const project = { ...shop(), id: n, fullName: `acme/p${n}`, hasIssues: n !== 7 };
      server.world.projects.push(project);
    }
    expect(await tracker.listProjects()).toHaveLength(130);
    expect(await tracker.getProject('acme/secret')).toBeUndefined();
  });
});
