/** Many workspaces, each with the token it was installed with; organisations too, which have one for all of theirs. */
import type { WebClient } from '@slack/web-api';
import { createCache } from '../../src/core/cache.ts';
import { InvalidInputError, StoreUnavailableError } from '../../src/core/errors.ts';
import type { MarkRepository } from '../../src/core/mark.ts';
import { within } from '../../src/core/within.ts';
import {
  type Clients,
  createClient,
  type Installation,
  type InstallationSource,
  NotInstalledError,
} from './clients.ts';
import type { MovedChannels } from './moved-channels.ts';
import type { Renew } from './rotation.ts';
import type { Installed, Vault } from './vault.ts';

/** Milliseconds: what another process installed, renewed or removed is known within it. */
const CACHE_MS = 30_000;
const CACHE_ENTRIES = 5_000;
/** Milliseconds of the three seconds that Slack waits, after which the table counts as away where it need not be asked. */
const PATIENCE_MS = 1_000;
/** Milliseconds until a table that was away is asked again. */
const AWAY_MS = 5_000;

export interface ManyWorkspacesOptions {
  vault: Vault;
  renew: Renew;
  /** Which organisation a workspace belongs to is remembered, for when Slack does not say. */
  marks: Pick<MarkRepository, 'get' | 'put'>;
  moved: MovedChannels;
  apiUrl: string;
  publicUrl: string | undefined;
}

export interface ManyWorkspaces extends Clients {
  /** What is installed where was changed here. */
  changed(): void;
}

export function createManyWorkspaces(options: ManyWorkspacesOptions): ManyWorkspaces {
  const { vault, renew, marks, moved, apiUrl, publicUrl } = options;
  const installed = createCache(read, CACHE_MS, CACHE_ENTRIES);
  /** Who asks at once asks once. */
  const located = createCache(find, PATIENCE_MS, CACHE_ENTRIES);
  const clients = new Map<string, WebClient>();
  const known = new Map<string, { installation: Installation; until: number }>();

  /** Of a workspace or an organisation. What is missing is not remembered: it may come any moment. */
  async function read(id: string): Promise<Installed> {
    const found = await vault.read(id);
    if (!found) throw new NotInstalledError(id);
    return renew(found);
  }

  const ownOf = (id: string) => unlessMissing(installed.get(id, id));

  /** Its own installation, or its organisation's. */
  async function find(workspaceId: string): Promise<Installation> {
    const own = await ownOf(workspaceId);
    if (own) return toInstallation(workspaceId, own);
    const organisation = await marks.get('slack', markOf(workspaceId));
    const shared = organisation && (await ownOf(organisation));
    if (!shared) throw new NotInstalledError(workspaceId);
    return toInstallation(workspaceId, shared);
  }

  /** While the table is away, what was known last counts: people can be told so, and Slack refuses a token that is no more. */
  async function installationOf(workspaceId: string): Promise<Installation> {
    const last = known.get(workspaceId);
    if (!last) return keep(workspaceId, await located.get(workspaceId, workspaceId));
    if (last.until > performance.now()) return last.installation;
    try {
      const found = await within(PATIENCE_MS, located.get(workspaceId, workspaceId));
      if (found) return keep(workspaceId, found);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) {
        known.delete(workspaceId);
        throw error;
      }
    }
    last.until = performance.now() + AWAY_MS;
    return last.installation;
  }

  function keep(workspaceId: string, installation: Installation): Installation {
    known.delete(workspaceId);
    known.set(workspaceId, { installation, until: performance.now() + CACHE_MS });
    const [oldest] = known.keys();
    if (known.size > CACHE_ENTRIES && oldest !== undefined) known.delete(oldest);
    return installation;
  }

  async function locate(source: InstallationSource): Promise<Installation> {
    const { workspaceIds, enterpriseId, ofOrganisation = false } = source;
    for (const workspaceId of workspaceIds) {
      const found = await unlessMissing(installationOf(workspaceId));
      const isOwn = found !== undefined && found.teamId === undefined;
      if (found && !(ofOrganisation && isOwn)) return found;
    }
    const [workspaceId = enterpriseId] = workspaceIds;
    const shared = enterpriseId && (await ownOf(enterpriseId));
    if (!shared || !workspaceId) throw new NotInstalledError(workspaceId ?? 'unknown');
    if (workspaceId !== enterpriseId) {
      await marks.put('slack', markOf(workspaceId), enterpriseId);
    }
    return toInstallation(workspaceId, shared);
  }

  async function clientOf(workspaceId: string): Promise<WebClient> {
    const { botToken, teamId } = await installationOf(workspaceId);
    const made = clients.get(workspaceId);
    if (made?.token === botToken) return made;
    const client = createClient(botToken, apiUrl, { teamId, moved });
    clients.set(workspaceId, client);
    return client;
  }

  function changed(): void {
    installed.clear();
    located.clear();
    known.clear();
  }

  return {
    ...{ installationOf, locate, clientOf, changed },
    async check() {
      if (publicUrl) return;
      throw new InvalidInputError('PUBLIC_URL', [
        'is missing: many Slack workspaces install the app at PUBLIC_URL/slack/install, and Slack leads back there',
      ]);
    },
    /** What happened before somebody installed it anew is over. */
    async forget(workspaceId, at) {
      const found = await vault.read(workspaceId);
      if (found && Math.floor(found.grant.installedAt / 1_000) <= at) await vault.remove(found);
      clients.delete(workspaceId);
      changed();
    },
  };
}

async function unlessMissing<Value>(found: Promise<Value>): Promise<Value | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof NotInstalledError) return undefined;
    throw error;
  }
}

const markOf = (workspaceId: string) => `organisation:${workspaceId}`;

/** With an organisation's token, calls say which of its workspaces they mean. */
function toInstallation(workspaceId: string, { stored, grant }: Installed): Installation {
  const { botToken, botUserId, botId, url } = grant;
  const shared = stored.workspaceId !== workspaceId;
  return { workspaceId, botToken, botUserId, botId, url, ...(shared && { teamId: workspaceId }) };
}
