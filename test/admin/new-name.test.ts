/** A label that a draft names and its project lacks, made over the API by the same rules as in the thread. */
import { describe, expect, it } from 'vitest';
import { ann } from '../core/bots.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';
import { createClient } from './client.ts';
import { useAdmin } from './server.ts';

const PATH = '/conversations/{conversationId}/tickets/{ticketId}';

describe('creating a name over the API', () => {
  const { setUp, say, talk, command } = useAdmin();

  async function draft({ isPublic = false } = {}) {
    const made: string[] = [];
    const create = async (_: string, name: string) => {
      made.push(name);
      return 'created' as const;
    };
    const visibility = isPublic ? 'public' : 'private';
    const place = { host: 'github.com', projectId: '7', visibility } as const;
    const tracker = createIdleTracker({
      name: 'github',
      getProject: async (project) => ({ project, name: project, ...place }),
      createLabel: create,
      createMilestone: create,
    });
    const environment = { project: 'github:octo/web' };
    const admin = await setUp({ more: { chooseTracker: async () => tracker, environment } });
    const { bot, app, repositories, tokenOf } = admin;
    const where = isPublic ? ({ visibility: 'private' } as const) : {};
    const first = say('draft Export drops the last row');
    await talk(bot, { ...first, place: { ...first.place, ...where } });
    const changes = { labels: ['payments'], milestone: 'Spring' };
    await command(bot, { kind: 'edit', target: { ordinal: 1 }, changes });
    const client = await createClient(app, await tokenOf(await repositories.users.ensureUser(ann)));
    const { body } = await client.call('get', '/users/{userId}/drafts', { userId: 'me' });
    const { id, conversationId } = body.items[0] ?? {};
    const ticket = { conversationId: String(conversationId), ticketId: String(id) };
    const { etag } = await client.call('get', PATH, ticket);
    const post = (asked: object, by = etag) =>
      client.call('post', `${PATH}/create-name`, ticket, {
        body: asked,
        ...(by !== undefined && { etag: by }),
      });
    return { ...admin, post, made };
  }

  it('creates what the draft names, for the revision that was read', async () => {
    const { post, made } = await draft();
    const stale = await post({ field: 'labels', name: 'payments' }, '"1"');
    expect([stale.status, made]).toEqual([412, []]);
    const done = await post({ field: 'labels', name: 'payments' });
    expect(done.body).toMatchObject({
      message: 'Created the label "payments" in github:octo/web.',
      ticket: { status: 'draft' },
    });
    await post({ field: 'milestone', name: 'Spring' });
    expect(made).toEqual(['payments', 'Spring']);
  });

  it('refuses what the draft does not name, and what is no label or milestone', async () => {
    const { post, made } = await draft();
    const other = await post({ field: 'labels', name: 'anything' });
    expect(other.status).toBe(422);
    expect(other.body.detail).toContain('Draft 1 names no label "anything".');
    expect((await post({ field: 'assignees', name: 'ann' })).status).toBe(400);
    expect(made).toEqual([]);
  });

  it('asks again where a private channel names it and the project is public', async () => {
    const { post, made } = await draft({ isPublic: true });
    const asked = await post({ field: 'labels', name: 'payments' });
    expect(asked.body).toMatchObject({ confirm: 'github:octo/web' });
    expect(made).toEqual([]);
    const confirmed = String(asked.body.confirm);
    expect((await post({ field: 'labels', name: 'payments', confirmed })).status).toBe(200);
    expect(made).toEqual(['payments']);
  });
});
