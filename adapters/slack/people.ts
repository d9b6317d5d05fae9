/** Who wrote: names and standings of Slack's people, asked for once in a while. */
import { z } from 'zod';
import { createCache } from '../../src/core/cache.ts';
import type { Log } from '../../src/core/log.ts';
import type { Author } from '../../src/core/message.ts';
import { identityOf } from '../../src/core/user.ts';
import type { Clients } from './clients.ts';
import { refusalOf } from './refusals.ts';

/** Milliseconds: a new name, or a guest made a member, is known within it. */
const CACHE_MS = 300_000;
const CACHE_ENTRIES = 20_000;

/** What is read of `users.info`. */
const userSchema = z.object({
  team_id: z.string().optional(),
  name: z.string().optional(),
  is_bot: z.boolean().optional(),
  is_admin: z.boolean().optional(),
  is_owner: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
  /** In an organisation, all the workspaces somebody belongs to; `team_id` names one. */
  enterprise_user: z.object({ teams: z.array(z.string()) }).optional(),
  profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional() }),
});

export interface People {
  authorOf(workspaceId: string, accountId: string): Promise<Author>;
  /** The workspace that somebody belongs to: another one for people from Slack Connect. */
  homeOf(workspaceId: string, accountId: string): Promise<string>;
}

interface Person {
  author: Author;
  home: string;
}

export function createPeople({ clients, log }: { clients: Clients; log: Log }): People {
  const cache = createCache(read, CACHE_MS, CACHE_ENTRIES);

  async function read([workspaceId, accountId]: [string, string]): Promise<Person> {
    const identity = identityOf('slack', workspaceId, accountId);
    try {
      const client = await clients.clientOf(workspaceId);
      const { user } = await client.users.info({ user: accountId });
      return toPerson(identity, workspaceId, userSchema.parse(user));
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      // Whom Slack does not tell us about takes part, and decides nothing.
      log.warn('slack-person-not-known', { workspaceId, code });
      return {
        author: { identity, name: accountId, standing: 'guest' },
        home: workspaceId,
      };
    }
  }

  const find = (workspaceId: string, accountId: string) =>
    cache.get(`${workspaceId}:${accountId}`, [workspaceId, accountId]);

  return {
    authorOf: async (...account) => (await find(...account)).author,
    homeOf: async (...account) => (await find(...account)).home,
  };
}

/** People of another workspace, in a channel shared with it, are guests here. */
function toPerson(identity: string, workspaceId: string, user: z.infer<typeof userSchema>): Person {
  const { profile, name, team_id, is_bot, is_stranger, enterprise_user } = user;
  const belongs = team_id === undefined || team_id === workspaceId;
  const home = belongs || enterprise_user?.teams.includes(workspaceId) ? workspaceId : team_id;
  const guest =
    user.is_restricted || user.is_ultra_restricted || is_stranger || home !== workspaceId;
  const author: Author = {
    identity,
    name: profile.display_name || profile.real_name || name || 'somebody',
    standing: is_bot ? 'bot' : guest ? 'guest' : 'member',
    ...(!guest && (user.is_admin || user.is_owner) && { manages: true }),
  };
  return { author, home };
}
