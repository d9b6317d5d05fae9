/**
 * Accesses to trackers that people connect: what they enter is checked and its token encrypted
 * before it is stored. A token is never read back; people see its last four characters.
 */
import { z } from 'zod';
import { type Connections, createConnections, problemsOfName } from './connections.ts';
import { ChatError, InvalidInputError } from './errors.ts';
import type { ConnectionCheck } from './provider.ts';
import type { Repositories } from './repositories.ts';
import {
  baseUrlSchema,
  type ConfigFields,
  type ConfigOwner,
  endingOf,
  secretPurpose,
  TRACKER_KINDS,
  type TrackerConfig,
} from './stored-config.ts';
import { describeProblems } from './ticket-fields.ts';
import type { Tracker, TrackerProject } from './tracker.ts';

const PEM =
  /^-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]{1,8000}-----END [A-Z ]{0,20}PRIVATE KEY-----\s*$/;

/**
 * What people enter: a token, or a GitHub App by its id and private key in PEM. Without either the
 * stored secret stays.
 */
export const trackerInputSchema = z
  .strictObject({
    kind: z.enum(TRACKER_KINDS),
    /** GitHub: as Octokit takes it, `https://HOST/api/v3`; GitLab: as a browser shows it. */
    baseUrl: baseUrlSchema.optional(),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{1,4000}$/, 'must be letters, digits and signs, without spaces')
      .optional(),
    appId: z
      .string()
      .regex(/^\d{1,20}$/, 'must be digits')
      .optional(),
    privateKey: z.string().regex(PEM, 'must be a private key in PEM').optional(),
    /** GitHub: files from the chat may be put on a branch of the repository. */
    attachments: z.boolean().optional(),
  })
  .refine(({ kind, appId }) => kind === 'github' || appId === undefined, {
    path: ['appId'],
    error: 'is for GitHub only',
  })
  .refine(({ appId, token }) => appId === undefined || token === undefined, {
    path: ['token'],
    error: 'is not for an App, which has a private key',
  })
  .refine(({ appId, privateKey }) => appId !== undefined || privateKey === undefined, {
    path: ['appId'],
    error: 'is missing: the private key is of an App',
  });

export type TrackerInput = z.infer<typeof trackerInputSchema>;

/** What may be read of a stored access. */
export type TrackerConnection = Omit<TrackerConfig, 'encryptedToken'>;

export interface TrackerConnectionsOptions {
  trackerConfigs: Repositories['trackerConfigs'];
  /** The ciphertext opens for this purpose only. */
  encrypt(plaintext: string, purpose: string): Promise<string>;
  /** Rejects with `ChatError` for a config that cannot be used. */
  open(config: TrackerConfig): Promise<Tracker>;
}

/** `undefined` where there is no such config. */
export interface TrackerConnections extends Connections<TrackerConnection> {
  /** Asks the tracker whether it works, and may file in `project` where one is named: one sentence either way. */
  test(owner: ConfigOwner, name: string, project?: string): Promise<ConnectionCheck | undefined>;
  /** What it sees. Rejects with `TrackerError`, or with `ChatError` when it cannot be asked at all. */
  listProjects(owner: ConfigOwner, name: string): Promise<TrackerProject[] | undefined>;
}

export function createTrackerConnections(options: TrackerConnectionsOptions): TrackerConnections {
  const { trackerConfigs, open } = options;
  const connections = createConnections<TrackerConfig, TrackerInput, TrackerConnection>({
    subject: 'tracker',
    store: {
      get: (owner, name) => trackerConfigs.getTrackerConfig(owner, name),
      list: (owner) => trackerConfigs.listTrackerConfigs(owner),
      save: (owner, fields, seen) => trackerConfigs.saveTrackerConfig(owner, fields, seen),
      remove: (seen) => trackerConfigs.deleteTrackerConfig(seen),
    },
    parse,
    async toFields(place, input, seen) {
      return toFields(place.name, input, await toToken(options, place, input, seen));
    },
    toShown: ({ encryptedToken: _, ...rest }) => rest,
  });

  async function test(owner: ConfigOwner, name: string, project?: string) {
    const config = await trackerConfigs.getTrackerConfig(owner, name);
    if (!config) return undefined;
    try {
      return await (await open(config)).testConnection(project);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return { ok: false, message: error.message };
    }
  }

  return {
    ...connections,
    test,
    async listProjects(owner, name) {
      const config = await trackerConfigs.getTrackerConfig(owner, name);
      return config && (await open(config)).listProjects();
    },
  };
}

/** A secret goes only where it was entered for: elsewhere it has to be entered again. */
async function toToken(
  { encrypt }: TrackerConnectionsOptions,
  place: { owner: ConfigOwner; name: string },
  { kind, baseUrl, appId, token, privateKey }: TrackerInput,
  seen: TrackerConfig | undefined,
): Promise<Pick<TrackerConfig, 'encryptedToken' | 'tokenEnding'>> {
  const secret = token ?? privateKey;
  if (secret !== undefined) {
    const encryptedToken = await encrypt(secret, secretPurpose('tracker', place));
    return { encryptedToken, ...(token && { tokenEnding: endingOf(token) }) };
  }
  const field = appId === undefined ? 'token' : 'privateKey';
  if (!seen?.encryptedToken) throw invalid([`${field} is missing`]);
  const moves = kind !== seen.kind || baseUrl !== seen.baseUrl || appId !== seen.appId;
  if (moves) throw invalid([`${field} has to be entered again: it would go elsewhere`]);
  const { encryptedToken, tokenEnding } = seen;
  return { encryptedToken, ...(tokenEnding && { tokenEnding }) };
}

function parse(owner: ConfigOwner, name: string, given: unknown): TrackerInput {
  const parsed = trackerInputSchema.safeParse(given);
  const problems = [
    ...problemsOfName(name),
    ...(parsed.error ? describeProblems(parsed.error) : []),
    ...(parsed.data?.appId !== undefined && 'userId' in owner
      ? ['appId is for a workspace: connect your own account by a token']
      : []),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw invalid(problems);
}

function invalid(problems: string[]): InvalidInputError {
  return new InvalidInputError('tracker', problems);
}

function toFields(
  name: string,
  { kind, baseUrl, appId, attachments }: TrackerInput,
  token: Pick<TrackerConfig, 'encryptedToken' | 'tokenEnding'>,
): ConfigFields<TrackerConfig> {
  return {
    name,
    kind,
    ...(baseUrl && { baseUrl }),
    ...(appId && { appId }),
    ...(attachments && { attachments }),
    ...token,
  };
}
