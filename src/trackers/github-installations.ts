/**
 * The installations of a GitHub App: which has a project, and a client for each, whose tokens the SDK
 * keeps and renews. Who uninstalls the App and installs it again gets another installation: a client
 * that GitHub no longer takes is forgotten, and what it refused is sent once more by the next.
 */
import type { Octokit } from '@octokit/rest';
import { TrackerError } from '../core/tracker.ts';
import { installationSchema, parseAnswer } from './github-answers.ts';

export interface InstallationsOptions {
  /** Speaks for the App itself. */
  account: Octokit;
  /** With access to one installation. */
  create(installationId: number): Octokit;
}

type Repository = { owner: string; repo: string; request?: { signal?: AbortSignal } };

export interface Installations {
  /** Rejects with `TrackerError` where the App is not installed. */
  find(at: Repository): Promise<Octokit>;
  list(): Promise<Octokit[]>;
}

type RequestHook = Parameters<typeof Octokit.prototype.hook.wrap<'request'>>[1];
type Options = Parameters<RequestHook>[1];

export function createInstallations({ account, create }: InstallationsOptions): Installations {
  const opened = new Map<number, Octokit>();
  const byProject = new Map<string, number>();

  function open(id: number): Octokit {
    const known = opened.get(id);
    if (known) return known;
    const octokit = create(id);
    octokit.hook.wrap('request', sendAgain(octokit, id));
    opened.set(id, octokit);
    return octokit;
  }

  function forget(id: number): void {
    opened.delete(id);
    for (const [name, known] of byProject) if (known === id) byProject.delete(name);
  }

  /** Around the line: each of both requests takes its own turn. */
  function sendAgain(octokit: Octokit, id: number): RequestHook {
    return async (request, options) => {
      const again = copyOf(options);
      const at = repositoryOf(octokit.request.endpoint(options).url);
      try {
        return await request(options);
      } catch (error) {
        if (isExchange(options)) throw toGone(error);
        if (!(error instanceof TrackerError) || error.kind !== 'unauthorised') throw error;
        forget(id);
        // Who is not let in has done nothing.
        if (!at || again.request.isSecond) throw error;
        const { signal } = again.request;
        const next = await find({ ...at, request: { ...(signal && { signal }) } });
        return next.request({ ...again, request: { ...again.request, isSecond: true } });
      }
    };
  }

  async function find(at: Repository): Promise<Octokit> {
    const name = `${at.owner}/${at.repo}`.toLowerCase();
    const id = byProject.get(name) ?? (await readInstallation(account, at));
    byProject.set(name, id);
    return open(id);
  }

  async function list(): Promise<Octokit[]> {
    const all = await account.paginate(account.rest.apps.listInstallations, { per_page: 100 });
    return all.map(({ id }) => open(id));
  }

  return { find, list };
}

async function readInstallation(account: Octokit, at: Repository): Promise<number> {
  try {
    const { data } = await account.rest.apps.getRepoInstallation(at);
    return parseAnswer(installationSchema, data).id;
  } catch (cause) {
    if (!(cause instanceof TrackerError) || cause.kind !== 'not-found') throw cause;
    const message = `There is no ${at.owner}/${at.repo}, or the GitHub App is not installed on it; install it there.`;
    throw new TrackerError('github', 'not-found', message, { cause });
  }
}

/** Before the hooks nearer to the wire change it in place; the next client has hooks of its own. */
function copyOf(options: Options) {
  const { hook: _, ...request } = options.request;
  return { ...options, headers: { ...options.headers }, request };
}

function repositoryOf(address: string): Repository | undefined {
  const [, owner, repo] = /\/repos\/([^/?]+)\/([^/?]+)/.exec(address) ?? [];
  return owner && repo ? { owner, repo } : undefined;
}

/** Of the App's signature for a token of the installation. */
const isExchange = ({ url }: Options) => url.endsWith('/access_tokens');

function toGone(error: unknown): unknown {
  if (!(error instanceof TrackerError) || error.kind !== 'not-found') return error;
  const message = 'This installation of the GitHub App is gone; install the App again.';
  return new TrackerError('github', 'unauthorised', message, { cause: error });
}
