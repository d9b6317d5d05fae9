/** Settings of a user, a workspace, a channel: read and replaced whole; what is absent is decided elsewhere. */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Bot } from '../core/bot.ts';
import type { Repositories } from '../core/repositories.ts';
import { settingsSchema as coreSchema, type Settings } from '../core/settings.ts';
import { PLATFORMS } from '../core/thread.ts';
import { resolveUserId } from './access.ts';
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
const answer = {
  200: jsonAnswer(settingsSchema, 'The settings; the ETag stands for their content.'),
};
const change = { headers: ifMatchHeaders, body: jsonBody(settingsSchema) };

export const workspaceParams = z.object({
  platform: z.enum(PLATFORMS).openapi({ param: { name: 'platform', in: 'path' } }),
  workspaceId: idParam('workspaceId'),
});
const channelParams = workspaceParams.extend({ channelId: idParam('channelId') });

const readOwn = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/settings',
  summary: "A user's settings",
  request: { params: userParams },
  responses: answer,
});
const replaceOwn = defineRoute('write', {
  method: 'put',
  path: '/users/{userId}/settings',
  summary: "Replaces a user's settings",
  request: { params: userParams, ...change },
  responses: answer,
});
const readWorkspace = defineRoute('admin', {
  method: 'get',
  path: '/workspaces/{platform}/{workspaceId}/settings',
  summary: "A workspace's settings",
  request: { params: workspaceParams },
  responses: answer,
});
const replaceWorkspace = defineRoute('admin', {
  method: 'put',
  path: '/workspaces/{platform}/{workspaceId}/settings',
  summary: "Replaces a workspace's settings",
  request: { params: workspaceParams, ...change },
  responses: answer,
});
const readChannel = defineRoute('admin', {
  method: 'get',
  path: '/workspaces/{platform}/{workspaceId}/channels/{channelId}/settings',
  summary: "A channel's settings",
  request: { params: channelParams },
  responses: answer,
});
const replaceChannel = defineRoute('admin', {
  method: 'put',
  path: '/workspaces/{platform}/{workspaceId}/channels/{channelId}/settings',
  summary: "Replaces a channel's settings",
  request: { params: channelParams, ...change },
  responses: answer,
});
const listChannels = defineRoute('admin', {
  method: 'get',
  path: '/workspaces/{platform}/{workspaceId}/channels',
  summary: 'The channels that have settings of their own',
  request: { params: workspaceParams },
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(z.object({ channelId: z.string(), settings: settingsSchema })) }),
      'Every such channel.',
    ),
  },
});

export interface SettingsOptions {
  repositories: Pick<Repositories, 'users' | 'workspaces'>;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

export function createSettings({ repositories, bot }: SettingsOptions) {
  const { users, workspaces } = repositories;
  const app = createRoutes();

  app.openapi(readOwn, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    return show(c, await users.getSettings(userId));
  });

  app.openapi(replaceOwn, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    const settings = c.req.valid('json');
    checkContent(c, await users.getSettings(userId));
    if (!(await users.saveSettings(userId, settings))) throw new ProblemError('not-found');
    bot.forgetConfiguration();
    return show(c, settings);
  });

  app.openapi(readWorkspace, async (c) => {
    const { platform, workspaceId } = c.req.valid('param');
    return show(c, (await workspaces.getConfiguration(platform, workspaceId)).settings);
  });

  app.openapi(replaceWorkspace, async (c) => {
    const { platform, workspaceId } = c.req.valid('param');
    const settings = c.req.valid('json');
    checkContent(c, (await workspaces.getConfiguration(platform, workspaceId)).settings);
    await workspaces.saveSettings(platform, workspaceId, settings);
    bot.forgetConfiguration();
    return show(c, settings);
  });

  app.openapi(readChannel, async (c) => {
    const { platform, workspaceId, channelId } = c.req.valid('param');
    const { channels } = await workspaces.getConfiguration(platform, workspaceId);
    return show(c, channels.get(channelId) ?? {});
  });

  app.openapi(replaceChannel, async (c) => {
    const { platform, workspaceId, channelId } = c.req.valid('param');
    const settings = c.req.valid('json');
    const { channels } = await workspaces.getConfiguration(platform, workspaceId);
    checkContent(c, channels.get(channelId) ?? {});
    await workspaces.saveChannelSettings(platform, workspaceId, channelId, settings);
    bot.forgetConfiguration();
    return show(c, settings);
  });

  app.openapi(listChannels, async (c) => {
    const { platform, workspaceId } = c.req.valid('param');
    const { channels } = await workspaces.getConfiguration(platform, workspaceId);
    const items = [...channels].map(([channelId, settings]) => ({ channelId, settings }));
    return c.json({ items }, 200);
  });

  return app;
}

function show(c: Context, settings: Settings) {
  return c.json(settings, 200, { etag: contentTag(settings) });
}

/** Settings carry no revision: their content stands for itself. Without If-Match, the last writer wins. */
function checkContent(c: Context, current: Settings): void {
  const seen = c.req.header('if-match');
  if (seen !== undefined && seen !== contentTag(current)) throw new ProblemError('outdated');
}

function contentTag(settings: Settings): string {
  const sorted = Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1));
  return `"${createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 22)}"`;
}
