/**
 * A stand-in for GitHub's REST API: refuses what the real one refuses, does what the real one does
 * unasked (makes labels, drops wishes in silence), and fails as a test tells it to.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Fault } from '../contracts/tracker-faults.ts';
import {
  addSubIssue,
  createComment,
  createIssue,
  listComments,
  listIssues,
  searchIssues,
  showIssue,
  showParent,
} from './github-issue-routes.ts';
import { createLabel, createMilestone } from './github-name-routes.ts';
import {
  checkAssignee,
  createCommit,
  createRef,
  createToken,
  createTree,
  isAppJwt,
  listAssignees,
  listInstallations,
  listInstalled,
  listLabels,
  listMilestones,
  listProjects,
  listTypes,
  putContent,
  searchCode,
  showApp,
  showContent,
  showInstallation,
  showProject,
  showRef,
  showUser,
} from './github-project-routes.ts';
import { listPullFiles, listPulls, showPull } from './github-pull-routes.ts';
import { type GitHubRequest, notFound, Refused, type Reply } from './github-routing.ts';
import { createWorld, type FakeToken, type World } from './github-world.ts';
import { createWriteLimit, type WriteLimit } from './write-limit.ts';

export interface GitHubServer {
  /** As `GITHUB_API_URL`. */
  url: string;
  world: World;
  /** For the next request like `POST /repos/acme/shop/issues`; the path is decoded. */
  will(request: RegExp, fault: Fault): void;
  /** What was planned and not met is forgotten. */
  heal(): void;
  /** From now on the secondary limit lets so many requests create content within a minute. */
  limitWrites(perMinute: number): void;
  /** Every request, as `POST /repos/acme/shop/issues?…`, oldest first. */
  requests: string[];
  /** Answers that were `304 Not Modified`. */
  unchanged: string[];
  /** When each writing request came, by `performance.now()`. */
  writtenAt: number[];
  /** Writing requests under way at once, at most. */
  mostWritesAtOnce(): number;
  /** What was wrong with requests, over all of them. */
  problems: string[];
  stop(): Promise<void>;
}

const REPO = '(?:repos \\S+ \\S+|repositories \\d+)';
const ROUTES = toRoutes([
  ['GET user', showUser],
  ['GET user repos', listProjects],
  ['GET app', showApp],
  ['GET app installations', listInstallations],
  ['POST app installations \\d+ access_tokens', createToken],
  ['GET installation repositories', listInstalled],
  ['GET orgs \\S+ issue-types', listTypes],
  ['GET search issues', searchIssues],
  ['GET search code', searchCode],
  [`GET ${REPO}`, showProject],
  [`GET ${REPO} installation`, showInstallation],
  [`GET ${REPO} issues`, listIssues],
  [`POST ${REPO} issues`, createIssue],
  [`GET ${REPO} issues \\d+`, showIssue],
  [`GET ${REPO} issues \\d+ comments`, listComments],
  [`POST ${REPO} issues \\d+ comments`, createComment],
  [`GET ${REPO} issues \\d+ parent`, showParent],
  [`POST ${REPO} issues \\d+ sub_issues`, addSubIssue],
  [`GET ${REPO} labels`, listLabels],
  [`POST ${REPO} labels`, createLabel],
  [`GET ${REPO} milestones`, listMilestones],
  [`POST ${REPO} milestones`, createMilestone],
  [`GET ${REPO} assignees`, listAssignees],
  [`GET ${REPO} assignees \\S+`, checkAssignee],
  [`GET ${REPO} pulls`, listPulls],
  [`GET ${REPO} pulls \\d+`, showPull],
  [`GET ${REPO} pulls \\d+ files`, listPullFiles],
  [`GET ${REPO} contents.*`, showContent],
  [`PUT ${REPO} contents .+`, putContent],
  [`GET ${REPO} git ref heads .+`, showRef],
  [`POST ${REPO} git trees`, createTree],
  [`POST ${REPO} git commits`, createCommit],
  [`POST ${REPO} git refs`, createRef],
]);

type Route = (request: GitHubRequest) => Reply;

function toRoutes(routes: [line: string, route: Route][]): [RegExp, Route][] {
  return routes.map(([line, route]) => [new RegExp(`^${line}$`), route]);
}

/** `publicUrl`: what it takes for its own address, where that is another than the one it is asked at. */
export async function startGitHubServer({
  publicUrl = undefined as string | undefined,
} = {}): Promise<GitHubServer> {
  const world = createWorld();
  const faults: { request: RegExp; fault: Fault; left: number }[] = [];
  const requests: string[] = [];
  const unchanged: string[] = [];
  const problems: string[] = [];
  const writtenAt: number[] = [];
  let [writing, mostWriting] = [0, 0];
  let writeLimit: WriteLimit | undefined;
  let url = '';

  const server = createServer(async (incoming, response) => {
    const { pathname, search } = new URL(incoming.url ?? '', url);
    const line = `${incoming.method} ${decodeURIComponent(pathname)}`;
    requests.push(`${line}${search}`);
    if (incoming.method !== 'GET') {
      writtenAt.push(performance.now());
      writing += 1;
      mostWriting = Math.max(mostWriting, writing);
      response.once('close', () => {
        writing -= 1;
      });
    }
    const web = publicUrl ?? url;
    const carryOut = () => answer(incoming, { world, root: url, web, problems, writeLimit });
    const planned = faults.find(({ request, left }) => left > 0 && request.test(line));
    if (planned) {
      planned.left -= 1;
      if (planned.fault.after) await carryOut();
      return fail(response, planned.fault);
    }
    const reply = withTag(incoming, await carryOut());
    if (reply.status === 304) unchanged.push(line);
    else world.requestsLeft -= 1;
    send(response, reply, world);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

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
    writtenAt,
    mostWritesAtOnce: () => mostWriting,
    problems,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Place {
  world: World;
  root: string;
  web: string;
  problems: string[];
  writeLimit: WriteLimit | undefined;
}

async function answer(incoming: IncomingMessage, place: Place): Promise<Reply> {
  try {
    return route(await readRequest(incoming, place));
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}

function route(request: GitHubRequest): Reply {
  // Parts of a path may hold blanks of their own.
  const line = `${request.method} ${request.path.map((part) => part.replaceAll(' ', '_')).join(' ')}`;
  const [, found] = ROUTES.find(([pattern]) => pattern.test(line)) ?? [];
  if (found) return found(request);
  request.object(`${line} is not an interface`);
  throw notFound();
}

async function readRequest(incoming: IncomingMessage, place: Place): Promise<GitHubRequest> {
  const { method = '', headers, url = '' } = incoming;
  const { world, root, web, problems } = place;
  const body = headers['content-type']?.includes('json') ? await json(incoming) : {};
  const { pathname, searchParams: query } = new URL(url, root);
  const path = decodeURIComponent(pathname.slice(1).replace(/\/$/, '')).split('/');
  if (!headers['user-agent']) throw new Refused(403, { message: 'Request forbidden' });
  const token = findToken(headers.authorization ?? '', path, world);
  if (world.requestsLeft <= 0) throw limited(world);
  const waitSeconds = method === 'POST' ? place.writeLimit?.take() : undefined;
  if (waitSeconds !== undefined) throw tooFast(waitSeconds);
  const object = (problem: string) => problems.push(problem);
  return { method, path, query, body, token, world, root, web, object };
}

/** What the App asks for itself needs its signature, everything else a token. */
function findToken(authorization: string, path: string[], world: World): FakeToken {
  const [, value = ''] = /^(?:token|bearer) (\S+)$/i.exec(authorization) ?? [];
  const isOfApp = path[0] === 'app' || path[3] === 'installation';
  if (isOfApp && isAppJwt(value, world)) return { value, user: { login: world.app.slug } };
  const token = world.tokens.find((one) => one.value === value);
  if (!token || isOfApp) throw new Refused(401, { message: 'Bad credentials', status: '401' });
  return token;
}

function limited({ resetsAt }: World): Refused {
  const headers = {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(resetsAt),
    'x-ratelimit-resource': 'core',
  };
  return new Refused(403, { message: 'API rate limit exceeded for user ID 1.' }, headers);
}

/** The secondary limit tells nothing of the primary one, of which there is more left. */
function tooFast(seconds: number): Refused {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes.';
  return new Refused(403, { message }, { 'retry-after': String(seconds) });
}

function withTag({ method, headers }: IncomingMessage, reply: Reply): Reply {
  if (method !== 'GET' || reply.status !== 200) return reply;
  const tagged = JSON.stringify([reply.body, reply.headers]);
  const etag = `W/"${createHash('sha256').update(tagged).digest('hex')}"`;
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return { ...reply, headers: { ...reply.headers, etag } };
}

function fail(response: ServerResponse, fault: Fault): void {
  if (fault.do === 'silence') return;
  if (fault.do === 'reset') return void response.socket?.resetAndDestroy();
  const { status, headers = { 'content-type': 'application/json' }, body = '{}' } = fault;
  response.writeHead(status, headers);
  response.end(body);
}

function send(response: ServerResponse, { status, headers, body }: Reply, world: World): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-ratelimit-remaining': String(Math.max(world.requestsLeft, 0)),
    ...headers,
  });
  response.end(status === 204 || status === 304 ? undefined : JSON.stringify(body));
}
