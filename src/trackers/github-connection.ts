/** Access to GitHub by a token, or as an App by the installation that has the project. */
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { TrackerError } from '../core/tracker.ts';
import { createAnswerCache } from './answer-cache.ts';
import { appSchema, parseAnswer, personSchema } from './github-answers.ts';
import { createInstallations } from './github-installations.ts';
import { type GitHubTiming, type Line, putOnLine } from './github-line.ts';
import { createWriteQueue } from './write-queue.ts';

export type GitHubAuth =
  /** Personal tokens, classic and fine-grained, and those of an OAuth login. */
  | { kind: 'token'; token: string }
  /** The private key in PEM. */
  | { kind: 'app'; appId: string; privateKey: string };

export interface GitHubConnectionOptions {
  auth: GitHubAuth;
  /** As Octokit takes it: `https://api.github.com` by default, `https://HOST/api/v3` for Enterprise Server. */
  baseUrl?: string;
  /** For addresses that people enter: one that keeps out of private networks. */
  fetch?: typeof globalThis.fetch;
  /**
   * The server may name itself otherwise than it is reached, as it does to its webhooks. Only for one that
   * the operator chose: whose address people enter could pass for another, and hear of its issues.
   */
  trusted?: boolean;
  userAgent?: string;
  timing?: Partial<GitHubTiming>;
}

/** The SDK with access to one repository, and the parameters that name it. */
export interface OpenRepository {
  octokit: Octokit;
  at: { owner: string; repo: string; request: { signal?: AbortSignal } };
}

export interface GitHubConnection {
  /** For people, as it is reached: `github.com`. */
  readonly host: string;
  /** For keys: the server, as this address of its own names it where it is trusted. */
  serverOf(address: string): string;
  /** Throws `TrackerError` where the name is none, or the App is not installed. */
  open(project: string, signal?: AbortSignal): Promise<OpenRepository>;
  /** The login that what we file stands under: `ann`, or `our-app[bot]`. Asked for once. */
  self(signal?: AbortSignal): Promise<string>;
  /** With the token; for an App, the one that speaks for the App itself. */
  readonly account: Octokit;
  /** For an App: each of its installations. */
  listInstallations(): Promise<Octokit[]>;
  readonly auth: GitHubAuth;
}

export const GITHUB_API = 'https://api.github.com';
const DEFAULT_TIMING: GitHubTiming = {
  readMs: 15_000,
  writeMs: 30_000,
  retryMs: 300,
  writeGapMs: 1_000,
};
const PROJECT = /^(?!\.)[\w-]+\/(?!\.{1,2}$)[\w.-]+$/;
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

export function connectGitHub(options: GitHubConnectionOptions): GitHubConnection {
  const { auth, baseUrl = GITHUB_API, trusted = false } = options;
  const host = hostOf(baseUrl);
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const inTurn = createWriteQueue(timing.writeGapMs);
  const line: Line = { host, timing, cache: createAnswerCache(), inTurn, closedUntil: 0 };
  const create = (access: object) => createOctokit(options, line, access);
  const account = create(auth.kind === 'token' ? { auth: auth.token } : asApp(auth));
  const installations =
    auth.kind === 'app'
      ? createInstallations({ account, create: (id) => create(asApp(auth, id)) })
      : undefined;
  let login: string | undefined;

  return {
    host,
    serverOf: (address) => (trusted ? new URL(address).host : host),
    auth,
    account,
    async open(project, signal) {
      const at = { ...toOwnerAndName(project), request: { ...(signal && { signal }) } };
      return { octokit: (await installations?.find(at)) ?? account, at };
    },
    async self(signal) {
      login ??= await readLogin(auth, account, signal);
      return login;
    },
    listInstallations: async () => (await installations?.list()) ?? [],
  };
}

function createOctokit(options: GitHubConnectionOptions, line: Line, access: object): Octokit {
  const { baseUrl = GITHUB_API, fetch = globalThis.fetch, userAgent } = options;
  const octokit = new Octokit({
    ...access,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    userAgent: userAgent ?? 'prompt-to-issue',
    request: { fetch },
    log: QUIET,
  });
  putOnLine(octokit, line);
  return octokit;
}

function asApp({ appId, privateKey }: GitHubAuth & { kind: 'app' }, installationId?: number) {
  const installation = installationId === undefined ? {} : { installationId };
  return { authStrategy: createAppAuth, auth: { appId, privateKey, ...installation } };
}

async function readLogin(auth: GitHubAuth, account: Octokit, signal?: AbortSignal) {
  const request = { ...(signal && { signal }) };
  if (auth.kind === 'app') {
    const { data } = await account.rest.apps.getAuthenticated({ request });
    return `${parseAnswer(appSchema, data).slug}[bot]`;
  }
  const { data } = await account.rest.users.getAuthenticated({ request });
  return parseAnswer(personSchema, data).login;
}

function toOwnerAndName(project: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = project.split('/');
  if (PROJECT.test(project)) return { owner, repo };
  const message = `"${project}" is no project of GitHub; it is written owner/repository.`;
  throw new TrackerError('github', 'not-found', message);
}

/** `https://api.github.com` is `github.com`; `https://api.acme.ghe.com` is `acme.ghe.com`. */
function hostOf(baseUrl: string): string {
  const { host } = new URL(baseUrl);
  return host.replace(/^api\.(?=(?:.+\.)?(?:github|ghe)\.com$)/, '');
}
