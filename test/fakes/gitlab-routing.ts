/** Requests to a stand-in GitLab as its routes see them, and what they may answer. */
import type { z } from 'zod';
import { type FakeProject, type FakeToken, LEVELS, type World } from './gitlab-world.ts';

export interface GitLabRequest {
  method: string;
  /** Decoded, below `/api/v4`. */
  path: string[];
  query: URLSearchParams;
  body: unknown;
  token: FakeToken;
  world: World;
  /** The server's address, with the path of a relative installation. */
  root: string;
  /** Where browsers reach it: `web_url` begins so. */
  web: string;
  /** Notes what the real GitLab would ignore in silence. */
  object(problem: string): void;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A refusal in GitLab's own shape. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`refused (${status})`);
    this.reply = { status, body, headers };
  }
}

const message = (text: unknown) => ({ message: text });
export const notFound = (what = '') =>
  new Refused(404, message(what ? `404 ${what} Not Found` : '404 Not found'));
export const forbidden = () => new Refused(403, message('403 Forbidden'));
export const invalid = (problems: Record<string, string[]>) => new Refused(400, message(problems));

/** A project that cannot be read does not exist; one that moved leads to its number. */
export function openProject(request: GitLabRequest): FakeProject {
  const { world, path, method, root } = request;
  const name = path[1] ?? '';
  const project = world.projects.find(
    (one) => String(one.id) === name || one.path === name || one.oldPath === name,
  );
  if (!project || (project.visibility === 'private' && levelIn(request, project) === 0)) {
    throw notFound('Project');
  }
  if (project.oldPath !== name) return project;
  if (method !== 'GET') {
    throw new Refused(
      405,
      message('405 Not allowed - Non GET methods are not allowed for moved projects'),
    );
  }
  const rest = path.slice(2).map(encodeURIComponent);
  const location = `${root}/api/v4/${['projects', project.id, ...rest].join('/')}?${request.query}`;
  throw new Refused(301, message(`This resource has been moved permanently to ${location}`), {
    location,
  });
}

export function levelIn({ token }: GitLabRequest, { members }: FakeProject): number {
  return Math.max(
    0,
    ...members.filter(({ user }) => user === token.user).map(({ level }) => level),
  );
}

/** Below the Planner role nobody labels, assigns or plans. */
export function mayPlan(request: GitLabRequest, project: FakeProject): boolean {
  return levelIn(request, project) >= LEVELS.planner;
}

/** GitLab's way: a wrong type is refused, an unknown field ignored. Ours: an unknown one is a mistake. */
export function readBody<Shape extends z.ZodType>(
  { body, object }: GitLabRequest,
  shape: Shape,
): z.infer<Shape> {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') object(`unknown fields: ${issue.keys.join(', ')}`);
  const given = typeof body === 'object' && body !== null && field in body;
  throw new Refused(400, { error: `${field} is ${given ? 'invalid' : 'missing'}` });
}

const PAGING = ['page', 'per_page', 'pagination', 'order_by', 'sort', 'id_before', 'page_token'];

export function checkQuery({ query, path, object }: GitLabRequest, known: string[]): void {
  const strange = [...query.keys()].filter((key) => ![...PAGING, ...known].includes(key));
  if (strange.length > 0) object(`${path.join('/')}: unknown parameters ${strange.join(', ')}`);
}

const MAX_PER_PAGE = 100;

/** A page by number, with GitLab's headers; never more than a hundred, whatever is asked for. */
export function paginate<Item>(request: GitLabRequest, items: Item[]): Reply & { body: Item[] } {
  const page = Number(request.query.get('page') ?? 1);
  const perPage = Math.min(Number(request.query.get('per_page') ?? 20), MAX_PER_PAGE);
  const pages = Math.ceil(items.length / perPage);
  const next = page < pages ? String(page + 1) : '';
  const headers = {
    'x-page': String(page),
    'x-per-page': String(perPage),
    'x-next-page': next,
    'x-prev-page': page > 1 ? String(page - 1) : '',
    'x-total': String(items.length),
    'x-total-pages': String(pages),
    link: next ? linkTo(request, { page: next }) : '',
  };
  return { status: 200, headers, body: items.slice((page - 1) * perPage, page * perPage) };
}

/** Pages by the last id seen: without totals, and with nothing but a link to go on by. */
export function paginateByKey<Item>(
  request: GitLabRequest,
  items: Item[],
  parameter: string,
  keyOf: (item: Item) => string,
): Reply & { body: Item[] } {
  const perPage = Math.min(Number(request.query.get('per_page') ?? 20), MAX_PER_PAGE);
  const seen = request.query.get(parameter);
  const from = seen === null ? 0 : items.findIndex((item) => keyOf(item) === seen) + 1;
  const body = items.slice(from, from + perPage);
  const last = body.at(-1);
  const more = last !== undefined && from + perPage < items.length;
  return {
    status: 200,
    headers: more ? { link: linkTo(request, { [parameter]: keyOf(last) }) } : {},
    body,
  };
}

function linkTo({ root, path, query }: GitLabRequest, changes: Record<string, string>): string {
  const next = new URLSearchParams([...query]);
  for (const [name, value] of Object.entries(changes)) next.set(name, value);
  const address = `${root}/api/v4/${path.map(encodeURIComponent).join('/')}?${next}`;
  return `<${address}>; rel="next", <${address}>; rel="first"`;
}
