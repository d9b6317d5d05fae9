import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewIssue, Tracker } from '../../src/core/tracker.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { describeTracker } from '../contracts/tracker.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';

const PROJECT = 'acme/web/shop';
const FAST = { readMs: 2_000, writeMs: 2_000, retryMs: 1 };

describeTracker('gitlab', async () => {
  const server = await startGitLabServer();
  return {
    tracker: createGitLabTracker({ url: server.url, token: TOKEN, timing: FAST }),
    project: PROJECT,
    refusedProject: 'acme/secret',
    async commentsOf(number) {
      const issue = server.world.projects[0]?.issues.find(({ iid }) => String(iid) === number);
      return issue?.notes.map(({ body }) => body) ?? [];
    },
    propose({ state, ...change }) {
      const requests = server.world.projects[0]?.mergeRequests ?? [];
      const iid = requests.length + 1;
      const kept = state === 'open' ? 'opened' : state;
      requests.push({ ...change, id: server.world.nextId(), iid, state: kept });
      return String(iid);
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

describe('createGitLabTracker', () => {
  let server: GitLabServer;
  let tracker: Tracker;

  beforeEach(async () => {
    server = await startGitLabServer();
    tracker = createGitLabTracker({ url: server.url, token: TOKEN, timing: FAST });
  });
  afterEach(async () => {
    expect(server.problems).toEqual([]);
    await server.stop();
  });

  const shop = () => {
    const [project] = server.world.projects;
    if (!project) throw new Error('the stand-in has no project');
    return project;
  };
  const create = (more: Partial<NewIssue> = {}) =>
    tracker.createIssue({ ...ISSUE, ...more }, signal);
  const role = (level: number) => {
    for (const member of shop().members) member.level = level;
  };

  describe('createIssue', () => {
    it('sends only labels that exist, as the project spells them, and makes none', async () => {
      const { dropped } = await create({ labels: ['bug', 'backend', 'made-up'] });
      expect(shop().issues[0]?.labels).toEqual(['bug', 'Backend']);
      expect(shop().labels).toHaveLength(3);
      expect(dropped).toEqual([
        'The label "made-up" does not exist in acme/web/shop and was left out.',
      ]);
    });

    it('finds a label beyond the first page', async () => {
      for (let id = 0; id < 150; id += 1) {
        shop().labels.push({ id, name: `label-${id}`, isProjectLabel: false });
      }
      expect((await create({ labels: ['label-149'] })).dropped).toEqual([]);
      expect(shop().issues[0]?.labels).toEqual(['label-149']);
    });

    it('takes the milestone by its title, and no closed one', async () => {
      expect((await create({ milestone: '1.1' })).dropped).toEqual([]);
      expect(shop().issues[0]?.milestone?.title).toBe('1.1');
      const { dropped } = await create({ milestone: '1.0' });
      expect(dropped).toEqual([
        'There is no open milestone "1.0" in acme/web/shop; it was left out.',
      ]);
    });

    it('assigns members, inherited ones too, and says who is none', async () => {
      server.world.tier = 'premium';
      const { dropped } = await create({ assignees: ['ann', 'ben', 'zoe'] });
      expect(shop().issues[0]?.assignees.map(({ username }) => username)).toEqual(['ann', 'ben']);
      expect(dropped).toEqual(['zoe is no member of acme/web/shop and was not assigned.']);
    });

    it('says what the tier does not take: a second person, a weight', async () => {
      const { dropped } = await create({ assignees: ['ann', 'ben'], weight: 3 });
      expect(dropped).toEqual([
        'GitLab did not assign ben; its Free tier takes one person for each issue.',
        'GitLab kept no weight of 3: its Free tier has none.',
      ]);
    });

    it('gives a weight where the tier keeps one, and files a task as a task', async () => {
      server.world.tier = 'premium';
      expect((await create({ weight: 3, type: 'task' })).dropped).toEqual([]);
      expect(shop().issues[0]).toMatchObject({ weight: 3, type: 'task' });
      await create({ type: 'bug' });
      expect(shop().issues[1]?.type).toBe('issue');
    });

    it('says what the role of its account may not set', async () => {
      role(10);
      const { dropped } = await create({ labels: ['bug'], milestone: '1.1', assignees: ['ann'] });
      expect(dropped).toEqual([
        'GitLab left out the label "bug": the account may not set it (the role Planner may).',
        'GitLab left out the milestone "1.1": the account may not set it (the role Planner may).',
        'GitLab did not assign ann.',
      ]);
    });

    it('cuts a title GitLab would refuse, and says so', async () => {
      const { dropped } = await create({ title: 'é🚀'.repeat(150) });
      expect(shop().issues[0]?.title).toBe(`${'é🚀'.repeat(127)}…`);
      expect(dropped).toEqual(['The title was cut: GitLab takes 255 characters.']);
    });

    it('takes a description as long as GitLab does', async () => {
      const timing = { ...FAST, writeMs: 20_000 };
      tracker = createGitLabTracker({ url: server.url, token: TOKEN, timing });
      const body = '日'.repeat(1_048_576);
      await create({ body });
      expect(shop().issues[0]?.description).toBe(body);
      await expect(create({ body: `${body}x` })).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('description is too long (maximum is 1048576 characters)'),
      });
    });

    it('names the server and the project by its number, which outlives its path', async () => {
      const { host, projectId, url } = await create();
      expect(host).toBe(new URL(server.url).host);
      expect(projectId).toBe(String(shop().id));
      expect(url).toBe(`${server.url}/acme/web/shop/-/issues/1`);
    });

    it('takes the number of a project for its name', async () => {
      const project = String(shop().id);
      expect(await create({ project })).toMatchObject({ project, number: '1' });
    });

    it('says that a project has moved instead of filing to the old path', async () => {
      shop().oldPath = 'acme/shop';
      await expect(create({ project: 'acme/shop' })).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('new path'),
      });
      expect(await tracker.getProject('acme/shop')).toMatchObject({ project: PROJECT });
    });

    it('works below a relative address, and with the token of an OAuth login', async () => {
      const other = await startGitLabServer({ relativePath: '/tools/gitlab' });
      const [bot] = other.world.tokens;
      if (bot) other.world.tokens.push({ ...bot, value: 'oauth-1', kind: 'oauth' });
      const options = { url: `${other.url}/`, token: 'oauth-1', tokenKind: 'oauth' } as const;
      const created = await createGitLabTracker(options).createIssue(ISSUE, signal);
      expect(created.url).toBe(`${other.url}/acme/web/shop/-/issues/1`);
      expect(created.host).toMatch(/\/tools\/gitlab$/);
      await other.stop();
    });
  });

  describe('createLabel and createMilestone', () => {
    const label = (name: string) => tracker.createLabel(PROJECT, name, signal);
    const milestone = (title: string) => tracker.createMilestone(PROJECT, title, signal);

    it('sends one request, and settles a lost answer by the list', async () => {
      server.will(/^POST .*\/labels$/, { do: 'reset', after: true });
      server.will(/^POST .*\/milestones$/, { do: 'reply', status: 502, after: true });
      expect([await label('billing'), await milestone('2.0')]).toEqual(['created', 'created']);
      expect(shop().labels.filter(({ name }) => name === 'billing')).toHaveLength(1);
      expect(shop().milestones.filter(({ title }) => title === '2.0')).toHaveLength(1);
      expect(server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(2);
    });

    it('takes a name that somebody else made at the same moment for there', async () => {
      const made = await Promise.all([label('billing'), milestone('2.0'), label('billing')]);
      expect(made.toSorted()).toEqual(['created', 'created', 'there']);
      expect(shop().labels.filter(({ name }) => name === 'billing')).toHaveLength(1);
    });

    it('says what the role and the name lack, and that a milestone is closed', async () => {
      await expect(label('a, b')).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('title is invalid'),
      });
      await expect(milestone('1.0')).rejects.toMatchObject({
        message: expect.stringContaining('has a closed milestone "1.0"'),
      });
      role(10);
      for (const making of [label('billing'), milestone('2.0')]) {
        await expect(making).rejects.toMatchObject({
          kind: 'refused',
          message: expect.stringContaining('the Planner role or more'),
        });
      }
      expect([shop().labels.length, shop().milestones.length]).toEqual([3, 2]);
    });
  });

  describe('findIssueByMarker', () => {
    const find = (since: string) => tracker.findIssueByMarker(PROJECT, MARKER, since, signal);

    it('finds it on a later page, while the search lags', async () => {
      server.world.searchLags = true;
      const since = new Date().toISOString();
      for (let count = 0; count < 120; count += 1) await create({ body: 'Another.' });
      const { number } = await create();
      expect(await find(since)).toMatchObject({ number, projectId: String(shop().id) });
    });

    it('takes no issue of another account for ours', async () => {
      const since = new Date().toISOString();
      await create();
      const [issue] = shop().issues;
      const [, ann] = server.world.users;
      if (issue && ann) issue.author = ann;
      expect(await find(since)).toBeUndefined();
    });

    it('finds it though the clock of GitLab is a little behind', async () => {
      await create();
      expect(await find(new Date(Date.now() + 5_000).toISOString())).toMatchObject({ number: '1' });
    });
  });

  describe('finishIssue', () => {
    it('goes on where a crash left it, and trusts no marker that somebody else wrote', async () => {
      const issue = { ...ISSUE, rest: ['Second.', 'Third.'] };
      const created = await tracker.createIssue(issue, signal);
      const [, ann] = server.world.users;
      const body = `<!-- ${MARKER} part 2 --> <!-- ${MARKER} part 3 -->`;
      if (ann) shop().issues[0]?.notes.push({ id: 1, body, author: ann, createdAt: '' });
      server.will(/^POST .*notes$/, { do: 'reset', after: true });
      await expect(tracker.finishIssue(issue, created, signal)).rejects.toMatchObject({
        kind: 'ambiguous',
      });
      expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
      const texts = shop().issues[0]?.notes.map((note) => note.body.split('\n')[0]);
      expect(texts).toEqual([body, 'Second.', 'Third.']);
    });

    it('links a child to its epic, once', async () => {
      await create();
      const issue = { ...ISSUE, parent: '1' };
      const created = await tracker.createIssue(issue, signal);
      expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
      expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
      const [parent, child] = shop().issues;
      expect(child?.links).toEqual([parent?.id]);
      expect(server.requests.filter((line) => /^POST .*links/.test(line))).toHaveLength(1);
    });

    it('says what it may not link', async () => {
      const issue = { ...ISSUE, parent: '99' };
      const created = await tracker.createIssue(issue, signal);
      const [sentence] = await tracker.finishIssue(issue, created, signal);
      expect(sentence).toMatch(
        /^It could not be linked to #99: GitLab at .* said: 404 Not found\./,
      );
    });
  });

  describe('hasComment', () => {
    it('counts our own comments only, on whatever page, and after a lost answer', async () => {
      const { number } = await create();
      const notes = shop().issues[0]?.notes ?? [];
      const [, ann] = server.world.users;
      if (!ann) throw new Error('the stand-in has no second account');
      const has = () => tracker.hasComment(PROJECT, number, 'reply-7', signal);
      for (let id = 1; id <= 120; id += 1) {
        notes.push({ id, body: '<!-- reply-7 -->', author: ann, createdAt: '' });
      }
      expect(await has()).toBe(false);
      server.will(/^POST .*notes$/, { do: 'reset', after: true });
      const lost = tracker.comment(PROJECT, number, 'Hello <!-- reply-7 -->', signal);
      await expect(lost).rejects.toMatchObject({ kind: 'ambiguous' });
      expect(await has()).toBe(true);
      expect(notes).toHaveLength(121);
    });
  });

  describe('searchIssues', () => {
    const search = async (text: string) =>
      (await tracker.searchIssues(PROJECT, text, 5, signal)).map(({ title }) => title);

    it('finds what shares some words, without all of them, in Japanese too', async () => {
      await create({ title: 'Invoice export is empty' });
      await create({ title: '保存できない設定画面' });
      expect(await search('the nightly export of every invoice times out')).toEqual([
        'Invoice export is empty',
      ]);
      expect(await search('設定が保存できない')).toEqual(['保存できない設定画面']);
    });

    it('puts an open issue before a closed one, and leaves out what was closed long ago', async () => {
      for (const title of ['Login fails', 'Login fails again', 'Login fails still']) {
        await create({ title });
      }
      const [open, lately, long] = shop().issues;
      const day = 24 * 60 * 60 * 1_000;
      const close = (issue: typeof open, days: number) =>
        Object.assign(issue ?? {}, {
          state: 'closed',
          closedAt: new Date(Date.now() - days * day).toISOString(),
        });
      close(lately, 3);
      close(long, 200);
      expect(await search('login')).toEqual([open?.title, lately?.title]);
    });
  });

  it('lists projects beyond a page by their keys, and only those that take issues', async () => {
    const { world } = server;
    for (let count = 0; count < 230; count += 1) {
      world.projects.push({ ...shop(), id: world.nextId(), path: `acme/p${count}` });
    }
    const projects = await tracker.listProjects();
    expect(projects).toHaveLength(231);
    expect(new Set(projects.map(({ project }) => project)).size).toBe(231);
    expect(server.requests.at(-1)).toContain('id_before');
  });

  it('knows what a project has to choose from', async () => {
    shop().labels.push({ id: 1, name: 'group::label', isProjectLabel: false });
    shop().templates = { Bug: '## Steps\n', 'Feature request': '## Why\n' };
    expect(await tracker.listLabels(PROJECT)).toContain('group::label');
    expect(await tracker.listMilestones(PROJECT)).toEqual(['1.1']);
    expect(await tracker.listAssignees(PROJECT)).toContainEqual({ username: 'ann', name: 'Ann' });
    expect(await tracker.listTemplates(PROJECT)).toEqual([
      { name: 'Bug', description: '', fields: [{ title: 'Steps', required: false, level: 2 }] },
      {
        name: 'Feature request',
        description: '',
        fields: [{ title: 'Why', required: false, level: 2 }],
      },
    ]);
    expect(await tracker.getProject('acme/site')).toMatchObject({ visibility: 'public' });
    expect(await tracker.getProject('acme/secret')).toBeUndefined();
  });

  it('reads the repository, and no more of a file than it can use', async () => {
    const long = 'x'.repeat(300_000);
    shop().files = { 'src/cart total.ts': 'sum', 'README.md': long, 'logo.png': 'PNG\0' };
    const read = (path: string) => tracker.readFile(PROJECT, path, signal);
    expect(await read('/src/cart total.ts')).toBe('sum');
    expect(await read('README.md')).toMatch(/^x{200000}\n\(The file is longer/);
    expect(await read('logo.png')).toBe('(This file is not text.)');
    expect(await read('nothing.md')).toBeUndefined();
    expect(await tracker.listTree(PROJECT, '', signal)).toEqual(['src/', 'README.md', 'logo.png']);
    expect(await tracker.listTree(PROJECT, 'src/', signal)).toEqual(['src/cart total.ts']);
    expect(await tracker.listTree(PROJECT, 'nothing', signal)).toEqual([]);
    expect(await tracker.searchCode(PROJECT, 'sum', 5, signal)).toEqual([
      { path: 'src/cart total.ts', excerpt: 'sum' },
    ]);
  });

  it('uploads a picture and gives its Markdown, or says why it was not taken', async () => {
    const file = { name: 'a](x) b.png', mimeType: 'image/png', content: Uint8Array.of(1, 2, 3) };
    expect(await tracker.uploadFile(PROJECT, file, signal)).toMatch(
      /^!\[a-x-b\]\(\/uploads\/\w+\/a-x-b\.png\)$/,
    );
    expect(shop().uploads).toEqual([{ filename: 'a-x-b.png', size: 3 }]);
    server.will(/uploads$/, { do: 'reply', status: 413 });
    await expect(tracker.uploadFile(PROJECT, file, signal)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('It is larger than the server takes.'),
    });
  });
});
