/** Requests to a stand-in GitHub as its routes see them, and what they may answer. */
import type { z } from 'zod';
import type { FakeProject, FakeToken, Role, World } from './github-world.ts';

export interface GitHubRequest {
  method: string;
  /** Decoded. */
  path: string[];
  query: URLSearchParams;
  body: unknown;
  /** Absent where the App itself asks. */
  token: FakeToken;
  world: World;
  /** The address of the API. */
  root: string;
  /** Where browsers reach it: `html_url` begins so. */
  web: string;
  /** Notes what the real GitHub would ignore in silence. */
  object(problem: string): void;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A refusal in GitHub's own shape. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`refused (${status})`);
    this.reply = { status, body, headers };
  }
}

const DOCS = 'https://docs.github.com/rest';
export const notFound = () =>
  new Refused(404, { message: 'Not Found', documentation_url: DOCS, status: '404' });
export const forbidden = (message: string, headers: Record<string, string> = {}) =>
  new Refused(403, { message, documentation_url: DOCS, status: '403' }, headers);
export const invalid = (field: string, code: string, message?: string) =>
  new Refused(422, {
    message: 'Validation Failed',
    errors: [{ resource: 'Issue', field, code, ...(message && { message }) }],
    documentation_url: DOCS,
    status: '422',
  });

/** A repository that cannot be read does not exist; a renamed one leads to its number. */
export function openProject(request: GitHubRequest): FakeProject {
  const { world, path, method, root, query } = request;
  const [, owner, name] = path;
  const fullName = path[0] === 'repositories' ? undefined : `${owner}/${name}`.toLowerCase();
  const project = world.projects.find(
    (one) =>
      one.fullName.toLowerCase() === fullName ||
      one.oldName === fullName ||
      (!fullName && String(one.id) === owner),
  );
  if (!project || (project.isPrivate && !roleIn(request, project))) throw notFound();
  if (fullName && project.oldName === fullName) {
    const rest = [project.id, ...path.slice(3).map(encodeURIComponent)].join('/');
    const location = `${root}/repositories/${rest}${query.size > 0 ? `?${query}` : ''}`;
    const status = method === 'GET' ? 301 : 307;
    throw new Refused(status, { message: 'Moved Permanently', url: location }, { location });
  }
  return project;
}

export function roleIn({ token }: GitHubRequest, project: FakeProject): Role | undefined {
  return project.roles[token.user.login];
}

/** Labels, assigns, plans. */
export function mayTriage(request: GitHubRequest, project: FakeProject): boolean {
  const role = roleIn(request, project);
  return role === 'triage' || role === 'write';
}

/** A classic token's scopes reach everything; others need the permission. */
export function needPermission({ token }: GitHubRequest, name: string, level: 'read' | 'write') {
  if (!token.permissions) return;
  const has = token.permissions[name];
  if (has === 'write' || has === level) return;
  const accepted = { 'x-accepted-github-permissions': `${name}=${level}` };
  throw forbidden('Resource not accessible by personal access token', accepted);
}

/** GitHub ignores unknown fields; ours would be a mistake. */
export function readBody<Shape extends z.ZodType>(
  { body, object }: GitHubRequest,
  shape: Shape,
): z.infer<Shape> {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') object(`unknown fields: ${issue.keys.join(', ')}`);
  const field = issue?.path.join('.') ?? '';
  const message = `Invalid request.\n\n"${field}" wasn't supplied.`;
  throw new Refused(422, { message, documentation_url: DOCS, status: '422' });
}

const PAGING = ['page', 'per_page', 'sort', 'direction'];

export function checkQuery({ query, path, object }: GitHubRequest, known: string[]): void {
  const strange = [...query.keys()].filter((key) => ![...PAGING, ...known].includes(key));
  if (strange.length > 0) object(`${path.join('/')}: unknown parameters ${strange.join(', ')}`);
}

const MAX_PER_PAGE = 100;

/** With GitHub's link header; never more than a hundred, whatever is asked for. */
export function paginate<Item>(request: GitHubRequest, items: Item[]): Reply & { body: Item[] } {
  const { query, root, path } = request;
  const page = Number(query.get('page') ?? 1);
  const perPage = Math.min(Number(query.get('per_page') ?? 30), MAX_PER_PAGE);
  const next = new URLSearchParams([...query]);
  next.set('page', String(page + 1));
  const isMore = page * perPage < items.length;
  const link = `<${root}/${path.map(encodeURIComponent).join('/')}?${next}>; rel="next"`;
  return {
    status: 200,
    headers: isMore ? { link } : {},
    body: items.slice((page - 1) * perPage, page * perPage),
  };
}
