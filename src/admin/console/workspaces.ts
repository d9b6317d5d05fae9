/** Workspaces and their channels in the console, for admins. */
import { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { PLATFORMS } from '../../core/thread.ts';
import { pageOf } from '../route.ts';
import { workspaceSchema } from '../workspaces.ts';
import { at } from './api-client.ts';
import {
  type ConsoleEnv,
  readForm,
  renderField,
  renderMore,
  renderSelect,
  showView,
} from './frame.ts';
import { type SettingsPage, saveSettings, showSettings } from './settings.ts';

const place = '/console/workspaces';
const pageSchema = pageOf(workspaceSchema, 'Workspace');
const channelsSchema = z.object({ items: z.array(z.object({ channelId: z.string() })) });

export function addWorkspaces(app: Hono<ConsoleEnv>): void {
  const one = '/console/workspaces/:platform/:workspaceId';
  app.get(place, showWorkspaces);

  app.post(place, async (c) => {
    const { platform = '', workspaceId = '' } = await readForm(c);
    return c.redirect(at`/console/workspaces/${platform}/${workspaceId}`, 303);
  });

  app.get(one, showWorkspace);

  app.get(`${one}/settings`, (c) => showSettings(c, settingsOf(c)));
  app.post(`${one}/settings`, (c) => saveSettings(c, settingsOf(c)));
  app.get(`${one}/channels/:channelId`, (c) => showSettings(c, settingsOf(c)));
  app.post(`${one}/channels/:channelId`, (c) => saveSettings(c, settingsOf(c)));

  app.post(`${one}/channels`, async (c) => {
    const { platform, workspaceId } = c.req.param();
    const { channelId = '' } = await readForm(c);
    return c.redirect(
      at`/console/workspaces/${platform}/${workspaceId}/channels/${channelId}`,
      303,
    );
  });
}

async function showWorkspaces(c: Context<ConsoleEnv>) {
  const cursor = c.req.query('cursor');
  const query = cursor === undefined ? '' : at`?cursor=${cursor}`;
  const page = await c.get('api').read(`/workspaces${query}`, pageSchema);
  const platforms = PLATFORMS.map((name) => ({ value: name, label: name }));
  const body = html`${
    page.items.length > 0
      ? html`<ul class="list">${page.items.map(
          ({ platform, workspaceId }) =>
            html`<li><a href="${at`/console/workspaces/${platform}/${workspaceId}`}">${platform} ${workspaceId}</a></li>`,
        )}</ul>`
      : html`<p class="soft">No workspace has settings of its own yet.</p>`
  }${renderMore(place, page.cursor)}
<section aria-labelledby="open"><h2 id="open">Open another</h2>
<form class="row" method="post" action="${place}">${renderSelect('platform', 'Platform', platforms, 'slack')}
${renderField('workspaceId', 'Id', { required: true, hint: 'Slack: T…; Discord: the server’s id.' })}<button class="plain">Open</button></form></section>`;
  return showView(c, { title: 'Workspaces', place, body });
}

async function showWorkspace(c: Context<ConsoleEnv>) {
  const { platform = '', workspaceId = '' } = c.req.param();
  const path = at`/workspaces/${platform}/${workspaceId}`;
  const channels = await c.get('api').read(`${path}/channels`, channelsSchema);
  const page = `/console${path}`;
  const body = html`<ul><li><a href="${page}/settings">Settings</a>: project, provider, approvers, caps</li>
<li><a href="${page}/connections">Connections</a>: AI providers and trackers of everybody here</li>
<li><a href="${page}/audit">Audit</a>: who did what</li></ul>
<section aria-labelledby="channels"><h2 id="channels">Channels with settings of their own</h2>
${
  channels.items.length > 0
    ? html`<ul class="list">${channels.items.map(({ channelId }) => html`<li><a href="${page}${at`/channels/${channelId}`}">${channelId}</a></li>`)}</ul>`
    : html`<p class="soft">None.</p>`
}
<form class="row" method="post" action="${page}/channels">${renderField('channelId', 'Channel id', { required: true })}<button class="plain">Open</button></form></section>`;
  return showView(c, { title: `${platform} ${workspaceId}`, place, body });
}

function settingsOf(c: Context): SettingsPage {
  const { platform = '', workspaceId = '', channelId } = c.req.param();
  const workspace = at`/workspaces/${platform}/${workspaceId}`;
  if (channelId === undefined) {
    const path = `${workspace}/settings`;
    const title = `Settings of ${platform} ${workspaceId}`;
    return { api: path, path: `/console${path}`, title, place, ofPlace: true };
  }
  const channel = `${workspace}${at`/channels/${channelId}`}`;
  const title = `Settings of channel ${channelId}`;
  return { api: `${channel}/settings`, path: `/console${channel}`, title, place, ofPlace: true };
}
