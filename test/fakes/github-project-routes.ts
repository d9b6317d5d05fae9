/** The stand-in GitHub's repositories: what they have to choose from, their files, the App. */
import { createVerify } from 'node:crypto';
import { z } from 'zod';
import {
  checkQuery,
  type GitHubRequest,
  mayTriage,
  needPermission,
  notFound,
  openProject,
  paginate,
  Refused,
  type Reply,
  readBody,
  roleIn,
} from './github-routing.ts';
import type { FakeProject, World } from './github-world.ts';

export function showUser({ token }: GitHubRequest): Reply {
  const headers: Record<string, string> = token.scopes
    ? { 'x-oauth-scopes': token.scopes.join(', ') }
    : {};
  return { status: 200, headers, body: token.user };
}

function renderProject(request: GitHubRequest, project: FakeProject) {
  const { id, fullName, isPrivate, isArchived, hasIssues } = project;
  return {
    id,
    full_name: fullName,
    html_url: `${request.web}/${fullName}`,
    private: isPrivate,
    archived: isArchived,
    has_issues: hasIssues,
    default_branch: 'main',
    permissions: {
      triage: mayTriage(request, project),
      push: roleIn(request, project) === 'write',
    },
  };
}

export function showProject(request: GitHubRequest): Reply {
  checkQuery(request, []);
  return { status: 200, body: renderProject(request, openProject(request)) };
}

export function listProjects(request: GitHubRequest): Reply {
  checkQuery(request, []);
  const own = request.world.projects.filter((project) => roleIn(request, project));
  const page = paginate(request, own);
  return { ...page, body: page.body.map((project) => renderProject(request, project)) };
}

export function listLabels(request: GitHubRequest): Reply {
  checkQuery(request, []);
  const page = paginate(request, openProject(request).labels);
  return { ...page, body: page.body.map((name) => ({ id: 1, name })) };
}

export function listMilestones(request: GitHubRequest): Reply {
  checkQuery(request, ['state']);
  const state = request.query.get('state') ?? 'open';
  return paginate(
    request,
    openProject(request).milestones.filter((one) => state === 'all' || one.state === state),
  );
}

export function listAssignees(request: GitHubRequest): Reply {
  const logins = Object.keys(openProject(request).roles);
  return paginate(
    request,
    logins.map((login) => ({ login })),
  );
}

export function checkAssignee(request: GitHubRequest): Reply {
  const { roles } = openProject(request);
  if (!((request.path[4] ?? '') in roles)) throw notFound();
  return { status: 204 };
}

export function listTypes({ world, path }: GitHubRequest): Reply {
  const types = world.types[path[1] ?? ''];
  if (!types) throw notFound();
  return { status: 200, body: types.map((name, id) => ({ id, name, is_enabled: true })) };
}

// --- Files ---------------------------------------------------------------------------------------

const MAX_INLINE_BYTES = 1_000_000;

function filesOf(request: GitHubRequest, ref: string | null) {
  const project = openProject(request);
  const files = ref ? project.branches[ref] : project.files;
  if (!files) throw notFound();
  return { project, files };
}

export function showContent(request: GitHubRequest): Reply {
  checkQuery(request, ['ref']);
  needPermission(request, 'contents', 'read');
  const ref = request.query.get('ref');
  const { project, files } = filesOf(request, ref);
  const path = request.path.slice(4).filter(Boolean).join('/');
  const file = files[path];
  if (file !== undefined) {
    return { status: 200, body: renderFile(request, project, { path, ref, file }) };
  }
  const folder = path === '' ? '' : `${path}/`;
  const inside = Object.keys(files).filter((name) => name.startsWith(folder));
  if (inside.length === 0) throw notFound();
  const names = new Set(inside.map((name) => name.slice(folder.length).split('/')[0] ?? ''));
  const body = [...names].map((name) => {
    const type = files[`${folder}${name}`] === undefined ? 'dir' : 'file';
    return { name, path: `${folder}${name}`, type };
  });
  return { status: 200, body };
}

interface Shown {
  path: string;
  ref: string | null;
  file: string | Uint8Array;
}

function renderFile({ web }: GitHubRequest, { fullName }: FakeProject, { path, ref, file }: Shown) {
  const bytes = Buffer.from(file);
  const isInline = bytes.length <= MAX_INLINE_BYTES;
  return {
    type: 'file',
    name: path.split('/').at(-1),
    path,
    encoding: isInline ? 'base64' : 'none',
    content: isInline ? bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n') : '',
    html_url: `${web}/${fullName}/blob/${ref ?? 'main'}/${path}`,
  };
}

const fileBody = z.strictObject({
  message: z.string().min(1),
  content: z.base64(),
  branch: z.string().optional(),
});

export function putContent(request: GitHubRequest): Reply {
  needPermission(request, 'contents', 'write');
  const { branch = 'main', content } = readBody(request, fileBody);
  const { project, files } = filesOf(request, branch);
  const path = request.path.slice(4).join('/');
  if (path in files)
    throw new Refused(422, { message: 'Invalid request.\n\n"sha" wasn\'t supplied.' });
  files[path] = Buffer.from(content, 'base64');
  const shown = renderFile(request, project, { path, ref: branch, file: files[path] });
  return { status: 201, body: { content: shown } };
}

export function searchCode(request: GitHubRequest): Reply {
  const q = request.query.get('q') ?? '';
  const [, name = ''] = /\brepo:(\S+)/.exec(q) ?? [];
  const [, text = ''] = /"([^"]*)"/.exec(q) ?? [];
  const { files } = openProject({ ...request, path: ['repos', ...name.split('/')] });
  const items = Object.entries(files)
    .filter(([, content]) => String(content).includes(text))
    .map(([path, content]) => ({ path, text_matches: [{ fragment: String(content) }] }));
  return { status: 200, body: { total_count: items.length, incomplete_results: false, items } };
}

// --- Branches ------------------------------------------------------------------------------------

export function showRef(request: GitHubRequest): Reply {
  const name = request.path.slice(6).join('/');
  if (!openProject(request).branches[name]) throw notFound();
  return { status: 200, body: { ref: `refs/heads/${name}`, object: { sha: 'c0' } } };
}

export function createTree(request: GitHubRequest): Reply {
  needPermission(request, 'contents', 'write');
  openProject(request);
  return { status: 201, body: { sha: 'a0' } };
}

export function createCommit(request: GitHubRequest): Reply {
  needPermission(request, 'contents', 'write');
  openProject(request);
  return { status: 201, body: { sha: 'c0' } };
}

const refBody = z.strictObject({ ref: z.string().startsWith('refs/heads/'), sha: z.string() });

export function createRef(request: GitHubRequest): Reply {
  needPermission(request, 'contents', 'write');
  const { ref } = readBody(request, refBody);
  const { branches } = openProject(request);
  const name = ref.slice('refs/heads/'.length);
  if (branches[name]) throw new Refused(422, { message: 'Reference already exists' });
  branches[name] = { 'README.md': '' };
  return { status: 201, body: { ref, object: { sha: 'c0' } } };
}

// --- The App -------------------------------------------------------------------------------------

export function showApp({ world }: GitHubRequest): Reply {
  return { status: 200, body: { slug: world.app.slug, name: 'Ticket Bot' } };
}

export function showInstallation(request: GitHubRequest): Reply {
  const [, owner] = request.path;
  const installation = request.world.installations.find((one) => one.owner === owner);
  if (!installation) throw notFound();
  return { status: 200, body: installation };
}

export function listInstallations({ world }: GitHubRequest): Reply {
  return { status: 200, body: world.installations };
}

export function listInstalled(request: GitHubRequest): Reply {
  const { body: repositories } = listProjects(request);
  return { status: 200, body: { total_count: 1, repositories } };
}

const TOKEN_LIFETIME_MS = 3_600_000;

/** Tokens are of no fixed length. */
export function createToken({ world, path }: GitHubRequest): Reply {
  const installation = world.installations.find(({ id }) => String(id) === path[2]);
  if (!installation) throw notFound();
  const value = `ghs_${world.app.id}_${'x'.repeat(300)}${world.nextId()}`;
  const user = { login: `${world.app.slug}[bot]` };
  for (const project of world.projects) {
    if (project.fullName.startsWith(`${installation.owner}/`)) project.roles[user.login] = 'write';
  }
  world.tokens.push({ value, user, permissions: installation.permissions });
  const expires = new Date(Date.now() + TOKEN_LIFETIME_MS).toISOString();
  return {
    status: 201,
    body: { token: value, expires_at: expires, permissions: installation.permissions },
  };
}

/** Signed by the App's key, for ten minutes at most. */
export function isAppJwt(bearer: string, { app }: World): boolean {
  const [header = '', claims = '', signature = ''] = bearer.split('.');
  const verify = createVerify('RSA-SHA256').update(`${header}.${claims}`);
  if (!verify.verify(app.publicKey, signature, 'base64url')) return false;
  const { iss, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return String(iss) === app.id && exp - iat <= 660 && exp * 1_000 > Date.now();
}
