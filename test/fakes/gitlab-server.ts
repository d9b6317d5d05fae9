/**
 * A stand-in for GitLab's REST API, version 4: refuses what the real one refuses, does what the real
 * one does unasked (makes labels, obeys quick actions, notifies), and fails as a test tells it to.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Fault } from '../contracts/tracker-faults.ts';
import {
  createIssue,
  createLink,
  createNote,
  listIssues,
  listLinks,
  listNotes,
  showIssue,
} from './gitlab-issue-routes.ts';
import { listDiffs, listMergeRequests, showMergeRequest } from './gitlab-merge-request-routes.ts';
import { createLabel, createMilestone } from './gitlab-name-routes.ts';
import {
  createUpload,
  listLabels,
  listMembers,
  listMilestones,
  listProjects,
  listTemplates,
  listTree,
  searchBlobs,
  showFile,
  showProject,
  showTemplate,
  showToken,
  showUser,
} from './gitlab-project-routes.ts';
import { type GitLabRequest, notFound, Refused, type Reply } from './gitlab-routing.ts';
import { createWorld, type FakeToken, type World } from './gitlab-world.ts';
import { createWriteLimit, type WriteLimit } from './write-limit.ts';

export interface GitLabServer {
  /** As `GITLAB_URL`: the origin, and the path of a relative installation. */
  url: string;
  world: World;
  /** For the next request like `POST /projects/acme/web/shop/issues`; the path is decoded. */
  will(request: RegExp, fault: Fault): void;
  /** What was planned and not met is forgotten. */
  heal(): void;
  /** From now on so many issues and notes may be made within a minute. */
  limitWrites(perMinute: number): void;
  /** Every request, as `POST /projects/acme/web/shop/issues?…`, oldest first. */
  requests: string[];
  /** Those of them that were answered `304 Not Modified`. */
  unchanged: string[];
  /** What was wrong with requests, over all of them. */
  problems: string[];
  stop(): Promise<void>;
}

const ROUTES: [pattern: RegExp, route: (request: GitLabRequest) => Reply][] = [
  [/^GET user$/, showUser],
  [/^GET personal_access_tokens self$/, showToken],
  [/^GET projects$/, listProjects],
  [/^GET projects \S+$/, showProject],
  [/^GET projects \S+ issues$/, listIssues],
  [/^POST projects \S+ issues$/, createIssue],
  [/^GET projects \S+ issues \d+$/, showIssue],
  [/^GET projects \S+ issues \d+ notes$/, listNotes],
  [/^POST projects \S+ issues \d+ notes$/, createNote],
  [/^GET projects \S+ issues \d+ links$/, listLinks],
  [/^POST projects \S+ issues \d+ links$/, createLink],
  [/^GET projects \S+ labels$/, listLabels],
  [/^POST projects \S+ labels$/, createLabel],
  [/^GET projects \S+ milestones$/, listMilestones],
  [/^POST projects \S+ milestones$/, createMilestone],
  [/^GET projects \S+ members(?: all)?$/, listMembers],
  [/^GET projects \S+ templates issues$/, listTemplates],
  [/^GET projects \S+ templates issues .+$/, showTemplate],
  [/^GET projects \S+ repository tree$/, listTree],
  [/^GET projects \S+ repository files .+$/, showFile],
  [/^GET projects \S+ search$/, searchBlobs],
  [/^GET projects \S+ merge_requests$/, listMergeRequests],
  [/^GET projects \S+ merge_requests \d+$/, showMergeRequest],
  [/^GET projects \S+ merge_requests \d+ diffs$/, listDiffs],
  [/^POST projects \S+ uploads$/, createUpload],
];

/** `publicUrl`: what it takes for its own address, where that is another than the one it is asked at. */
export async function startGitLabServer({
  relativePath = '',
  publicUrl = undefined as string | undefined,
} = {}): Promise<GitLabServer> {
  const world = createWorld();
  const faults: { request: RegExp; fault: Fault; left: number }[] = [];
  const requests: string[] = [];
  const unchanged: string[] = [];
  const problems: string[] = [];
  let writeLimit: WriteLimit | undefined;
  let url = '';

  const server = createServer(async (incoming, response) => {
    const { pathname, search } = new URL(incoming.url ?? '', url);
    const line = `${incoming.method} ${decodeURIComponent(pathname.replace(/^.*?\/api\/v4/, ''))}`;
    requests.push(`${line}${search}`);
    const carryOut = async () =>
      answer(
        await readRequest(incoming, { world, url, web: publicUrl ?? url, problems, writeLimit }),
      );
    const planned = faults.find(({ request, left }) => left > 0 && request.test(line));
    if (planned) {
      planned.left -= 1;
      if (planned.fault.after) await carryOut();
      return fail(response, planned.fault);
    }
    if (!pathname.startsWith(`${relativePath}/api/v4/`)) {
      return send(response, { status: 404, headers: HTML, body: '<h1>404</h1>' });
    }
    const reply = withTag(incoming, await carryOut());
    if (reply.status === 304) unchanged.push(`${line}${search}`);
    send(response, reply);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${relativePath}`;

  return {
    url,
    world,
    will: (request, fault) => faults.push({ request, fault, left: fault.times ?? 1 }),
    heal: () => void faults.splice(0),
    limitWrites(perMinute) {
      const onHaste = () => problems.push('a write came before the Retry-After was over');
      writeLimit = createWriteLimit({ perMinute, onHaste });
    },
    requests,
    unchanged,
    problems,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

interface Place {
  world: World;
  url: string;
  web: string;
  problems: string[];
  writeLimit: WriteLimit | undefined;
}

type Read = { kind: 'request'; request: GitLabRequest } | { kind: 'refused'; reply: Reply };

async function readRequest(incoming: IncomingMessage, place: Place): Promise<Read> {
  const { method = '', headers } = incoming;
  const bytes = await buffer(incoming);
  const { pathname, searchParams: query } = new URL(incoming.url ?? '', place.url);
  const path = pathname
    .replace(/^.*?\/api\/v4\//, '')
    .split('/')
    .map(decodeURIComponent);
  const token = findToken(incoming, place.world);
  if (!token) return refuse(new Refused(401, { message: '401 Unauthorized' }));
  if (!token.active) {
    const more = { error_description: 'Token is expired. You can either do re-authorization.' };
    return refuse(new Refused(401, { error: 'invalid_token', ...more }));
  }
  if (!mayUse(token, method, path)) return refuse(lackOfScope());
  const waitSeconds = method === 'POST' ? place.writeLimit?.take() : undefined;
  if (waitSeconds !== undefined) return refuse(tooFast(waitSeconds));
  const body = await readContent(bytes, headers['content-type'] ?? '');
  const object = (problem: string) => place.problems.push(problem);
  const { world, url: root, web } = place;
  const to = { method, path, query, body, token, world, root, web, object };
  return { kind: 'request', request: to };
}

const refuse = ({ reply }: Refused): Read => ({ kind: 'refused', reply });

/** Access tokens go by either header, those of an OAuth login by `Authorization` only. */
function findToken({ headers }: IncomingMessage, { tokens }: World): FakeToken | undefined {
  const given = headers['private-token'];
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  return tokens.find(
    ({ value, kind }) => (kind === 'access' && value === given) || value === bearer,
  );
}

function mayUse({ scopes }: FakeToken, method: string, path: string[]): boolean {
  if (scopes.includes('api') || path[0] === 'personal_access_tokens') return true;
  return method === 'GET' && scopes.includes('read_api');
}

function lackOfScope(): Refused {
  return new Refused(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: 'api',
  });
}

/** As the throttle in front of GitLab answers: no JSON. */
function tooFast(seconds: number): Refused {
  const headers = { 'content-type': 'text/plain', 'retry-after': String(seconds) };
  return new Refused(429, 'Retry later\n', headers);
}

async function readContent(bytes: Buffer, type: string): Promise<unknown> {
  if (type.startsWith('multipart/form-data')) {
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  }
  return bytes.length === 0 ? {} : JSON.parse(bytes.toString());
}

function answer(read: Read): Reply {
  if (read.kind === 'refused') return read.reply;
  const { request } = read;
  // Parts of a path may hold blanks and slashes of their own.
  const line = `${request.method} ${request.path.map((part) => part.replaceAll(' ', '_')).join(' ')}`;
  const [, route] = ROUTES.find(([pattern]) => pattern.test(line)) ?? [];
  try {
    if (route) return route(request);
    request.object(`${line} is not an interface`);
    throw notFound();
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}

/** As Rack does for every answer of GitLab: a tag of the body alone; the other headers come with a 304 too. */
function withTag({ method, headers: asked }: IncomingMessage, reply: Reply): Reply {
  if (method !== 'GET' || reply.status !== 200) return reply;
  const tagged = createHash('sha256').update(JSON.stringify(reply.body)).digest('hex');
  const etag = `W/"${tagged.slice(0, 32)}"`;
  const headers = { ...reply.headers, etag };
  return asked['if-none-match'] === etag ? { status: 304, headers } : { ...reply, headers };
}

function fail(response: ServerResponse, fault: Fault): void {
  if (fault.do === 'silence') return;
  if (fault.do === 'reset') return void response.socket?.resetAndDestroy();
  const { status, headers = { 'content-type': 'application/json' }, body = '{}' } = fault;
  response.writeHead(status, headers);
  response.end(body);
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  if (status === 304) return void response.writeHead(status, headers).end();
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
