/**
 * Settings of a user, a workspace, a channel: read, replaced whole, or changed by name; what is absent
 * is decided elsewhere. They carry no revision: their content stands for itself.
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type AuditPlace, describeSettings } from '../core/audit.ts';
import type { Bot } from '../core/bot.ts';
import type { Repositories } from '../core/repositories.ts';
import { settingsSchema as coreSchema, type Settings } from '../core/settings.ts';
import { findMisplaced, type SettingsChanges } from '../core/settings-change.ts';
import { PLATFORMS } from '../core/thread.ts';
import type { ChangeSettings } from '../core/workspace.ts';
import { type Access, type ApiEnv, resolveUserId } from './access.ts';
import { describeUser } from './change.ts';
import { checkContent, contentTag, differences } from './content-tag.ts';
import { ProblemError } from './problem.ts';
import {
  createRoutes,
  defineRoute,
  idParam,
  ifMatchHeaders,
  jsonAnswer,
  jsonBody,
  userParams,
} from './route.ts';

// Made anew here: what was made before the document's library was loaded knows nothing of it.
export const settingsSchema = z.strictObject(coreSchema.shape).openapi('Settings');
const changesSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(coreSchema.shape).map(([name, schema]) => [name, schema.nullable()]),
    ),
  )
  .openapi('SettingsChanges');

const answer = {
  200: jsonAnswer(settingsSchema, 'The settings; the ETag stands for their content.'),
};

export const workspaceParams = z.object({
  platform: z.enum(PLATFORMS).openapi({ param: { name: 'platform', in: 'path' } }),
  workspaceId: idParam('workspaceId'),
});
const channelParams = workspaceParams.extend({ channelId: idParam('channelId') });

export interface SettingsOptions {
  repositories: Pick<Repositories, 'users' | 'workspaces'>;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

export function createSettings({ repositories, bot }: SettingsOptions) {
  const app = createRoutes();
  app.route('/', createLevel(ofUser(repositories), bot));
  app.route('/', createLevel(ofWorkspace(repositories), bot));
  app.route('/', createLevel(ofChannel(repositories), bot));
  addChannels(app, repositories);
  return app;
}

/** One level of settings: where it is in the API and in the table. */
interface Level {
  path: string;
  params: z.ZodObject;
  title: string;
  /** Reading a user's own is anybody's; else it takes the same rights as changing. */
  access: { read: Access; write: Access };
  /** The settings in these places, by the parameters of the path; for who may reach them. */
  at(c: Context<ApiEnv>): Stored;
}

interface Stored {
  read(): Promise<Settings>;
  /** `undefined` when there is nothing to keep them under. */
  change(change: ChangeSettings): Promise<Settings | undefined>;
  /** For the audit. */
  whose: string;
  about?: string;
  place: Partial<AuditPlace & { channelId: string }>;
  /** Throws for what is not decided at this level. */
  check?(changes: SettingsChanges): void;
}

function ofUser({ users }: SettingsOptions['repositories']): Level {
  return {
    path: '/users/{userId}/settings',
    params: userParams,
    title: "a user's settings",
    access: { read: 'read', write: 'write' },
    at(c) {
      const userId = resolveUserId(c, userParams.parse(c.req.param()).userId);
      return {
        read: () => users.getSettings(userId),
        change: (change) => users.changeSettings(userId, change),
        whose: describeUser(c, userId),
        about: userId,
        place: {},
        check: checkPersonal,
      };
    },
  };
}

function ofWorkspace({ workspaces }: SettingsOptions['repositories']): Level {
  return {
    path: '/workspaces/{platform}/{workspaceId}/settings',
    params: workspaceParams,
    title: "a workspace's settings",
    access: { read: 'admin', write: 'admin' },
    at(c) {
      const { platform, workspaceId } = workspaceParams.parse(c.req.param());
      return {
        read: async () => (await workspaces.getConfiguration(platform, workspaceId)).settings,
        change: (change) => workspaces.changeSettings(platform, workspaceId, change),
        whose: 'workspace',
        place: { platform, workspaceId },
      };
    },
  };
}

function ofChannel({ workspaces }: SettingsOptions['repositories']): Level {
  return {
    path: '/workspaces/{platform}/{workspaceId}/channels/{channelId}/settings',
    params: channelParams,
    title: "a channel's settings",
    access: { read: 'admin', write: 'admin' },
    at(c) {
      const place = channelParams.parse(c.req.param());
      const { platform, workspaceId, channelId } = place;
      return {
        async read() {
          const { channels } = await workspaces.getConfiguration(platform, workspaceId);
          return channels.get(channelId) ?? {};
        },
        change: (change) =>
          workspaces.changeChannelSettings(platform, workspaceId, channelId, change),
        whose: 'channel',
        place,
      };
    },
  };
}

function createLevel(level: Level, bot: SettingsOptions['bot']) {
  const { path, params, title, access, at } = level;
  const app = createRoutes();
  const audit = ['configured'] as const;

  async function save(c: Context<ApiEnv>, given: SettingsChanges, change: ChangeSettings) {
    const { place, whose, about, ...stored } = at(c);
    stored.check?.(given);
    let before: Settings = {};
    const settings = await stored.change((current) => {
      checkContent(c, current);
      before = current;
      return change(current);
    });
    if (!settings) throw new ProblemError('not-found');
    bot.forgetConfiguration();
    const names = differences(before, settings);
    const subject = describeSettings(whose, names);
    if (names.length > 0)
      c.get('record')({ action: 'configured', subject, ...(about && { about }), ...place });
    return show(c, settings);
  }

  const read = { method: 'get', path, summary: `Reads ${title}`, request: { params } } as const;
  app.openapi(defineRoute(access.read, { ...read, responses: answer }), async (c) =>
    show(c, await at(c).read()),
  );

  app.openapi(
    defineRoute(access.write, {
      ...{ method: 'put' as const, path, summary: `Replaces ${title}`, audit },
      request: { params, headers: ifMatchHeaders, body: jsonBody(settingsSchema) },
      responses: answer,
    }),
    (c) => {
      const settings = c.req.valid('json') as Settings;
      return save(c, settings, () => settings);
    },
  );

  app.openapi(
    defineRoute(access.write, {
      ...{ method: 'patch' as const, path, audit },
      summary: `Changes what is named of ${title}; \`null\` hands a setting back`,
      request: { params, headers: ifMatchHeaders, body: jsonBody(changesSchema) },
      responses: answer,
    }),
    (c) => {
      const changes = c.req.valid('json') as SettingsChanges;
      return save(c, changes, (current) => merge(current, changes));
    },
  );

  return app;
}

function addChannels(
  app: ReturnType<typeof createRoutes>,
  { workspaces }: SettingsOptions['repositories'],
): void {
  const schema = z.object({ channelId: z.string(), settings: settingsSchema });
  const route = defineRoute('admin', {
    method: 'get',
    path: '/workspaces/{platform}/{workspaceId}/channels',
    summary: 'The channels that have settings of their own',
    request: { params: workspaceParams },
    responses: { 200: jsonAnswer(z.object({ items: z.array(schema) }), 'Every such channel.') },
  });
  app.openapi(route, async (c) => {
    const { platform, workspaceId } = c.req.valid('param');
    const { channels } = await workspaces.getConfiguration(platform, workspaceId);
    const items = [...channels].map(([channelId, settings]) => ({ channelId, settings }));
    return c.json({ items }, 200);
  });
}

function checkPersonal(changes: SettingsChanges): void {
  const field = findMisplaced(changes);
  if (!field) return;
  const message = 'is set for a channel or a workspace, not for one person';
  throw new ProblemError('invalid-input', { errors: [{ field, message }] });
}

function merge(current: Settings, changes: SettingsChanges): Settings {
  const merged = Object.entries({ ...current, ...changes }).filter(([, value]) => value !== null);
  return Object.fromEntries(merged);
}

function show(c: Context, settings: Settings) {
  return c.json(settings, 200, { etag: contentTag(settings) });
}
