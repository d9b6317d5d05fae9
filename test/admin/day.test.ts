/** A day in the life of the API, by a client made from its own document. */
import { describe, expect, it } from 'vitest';
import { scanAll } from '../contracts/repositories/broken.ts';
import { ann } from '../core/bots.ts';
import { createClient } from './client.ts';
import { useAdmin } from './server.ts';

describe('a day in the life', () => {
  const { setUp, say, talk } = useAdmin();

  it('from the first admin to a deleted user of whom nothing is left', async () => {
    const { app, bot, repositories, newUser, tokenOf, issues, table } = await setUp();
    const admin = await createClient(app, await tokenOf(await newUser('admin')));
    const { call } = admin;

    const made = await call(
      'post',
      '/users',
      {},
      {
        body: { name: 'Ann', identities: [ann.identity] },
      },
    );
    expect(made.status).toBe(201);
    const userId = String(made.body.id);
    const ben = await call('post', '/users', {}, { body: { name: 'Ben', role: 'viewer' } });
    const again = await call(
      'post',
      '/users',
      {},
      { body: { name: 'X', identities: [ann.identity] } },
    );
    expect(again.status).toBe(409);
    expect((await call('get', '/users', {}, { query: '?name=be' })).body.items).toHaveLength(1);

    const provider = { userId, name: 'office' };
    const saved = await call('put', '/users/{userId}/providers/{name}', provider, {
      body: { kind: 'openai', apiKey: 'sk-a-very-secret-key-1234', model: 'm-1' },
    });
    expect(saved.body).toMatchObject({ keyEnding: '1234', revision: 1 });
    expect(JSON.stringify(saved.body)).not.toContain('secret');
    const tested = await call('post', '/users/{userId}/providers/{name}/test', provider);
    expect(tested.body).toMatchObject({ ok: true });
    const models = await call('get', '/users/{userId}/providers/{name}/models', provider);
    expect(models.body.items).toHaveLength(1);
    const stale = await call('patch', '/users/{userId}/providers/{name}', provider, {
      body: { model: 'm-2' },
      etag: '"7"',
    });
    expect(stale.status).toBe(412);

    const tracker = { userId, name: 'code' };
    const trackerPath = '/users/{userId}/trackers/{name}';
    const connected = await call('put', trackerPath, tracker, {
      body: { kind: 'github', token: 'ghp_a-very-secret-token-5678' },
    });
    expect(connected.body).toMatchObject({ tokenEnding: '5678', revision: 1 });
    expect(JSON.stringify(connected.body)).not.toContain('secret');
    const projects = await call('get', `${trackerPath}/projects`, tracker);
    expect(projects.body.items).toMatchObject([{ project: 'github:octo/web' }]);
    const reached = await call('post', `${trackerPath}/test`, tracker, {
      query: '?project=github:octo/web',
    });
    expect(reached.body).toMatchObject({ ok: true });
    const other = await call('post', `${trackerPath}/test`, tracker, {
      query: '?project=github:octo/other',
    });
    expect(other.body).toMatchObject({ ok: false });
    const enabled = await call('patch', trackerPath, tracker, {
      body: { attachments: true },
      etag: connected.etag,
    });
    expect(enabled.body).toMatchObject({ attachments: true, tokenEnding: '5678', revision: 2 });
    const elsewhere = await call('patch', trackerPath, tracker, {
      body: { baseUrl: 'https://elsewhere.example.com/api/v3' },
      etag: enabled.etag,
    });
    expect(elsewhere.status).toBe(400);

    await talk(bot, say('draft Export drops the last row'));
    const listed = await call('get', '/users/{userId}/conversations', { userId });
    const conversationId = String(listed.body.items[0]?.id);
    const conversation = { conversationId };
    const messages = await call('get', '/conversations/{conversationId}/messages', conversation);
    expect(messages.body.items).toHaveLength(2);
    const drafts = await call('get', '/users/{userId}/drafts', { userId });
    const ticket = { conversationId, ticketId: String(drafts.body.items[0]?.id) };
    const path = '/conversations/{conversationId}/tickets/{ticketId}';
    const read = await call('get', path, ticket);
    const edited = await call('patch', path, ticket, {
      body: { title: 'Export keeps the last row' },
      etag: read.etag,
    });
    expect(edited.body.fields).toMatchObject({ title: 'Export keeps the last row' });
    const unseen = await call('post', `${path}/approve`, ticket, { etag: read.etag });
    expect(unseen.status).toBe(412);
    const approved = await call('post', `${path}/approve`, ticket, { etag: edited.etag });
    expect(approved.body.ticket).toMatchObject({ status: 'published' });
    expect(issues).toHaveLength(1);

    const share = await call('put', '/conversations/{conversationId}/share', conversation);
    expect(share.body.url).toMatch(/^https:\/\/bot\.example\.com\/shared\//);
    const gone = await call('delete', '/conversations/{conversationId}/share', conversation);
    expect(gone.status).toBe(204);

    await bot.close(0);
    const month = new Date().toISOString().slice(0, 7);
    const usage = await call('get', '/usage', {}, { query: `?month=${month}` });
    expect(usage.body.items[0]).toMatchObject({ turns: 1 });

    const audit = await call('get', '/audit', {}, { query: '?platform=terminal&workspaceId=w' });
    const actions = audit.body.items.map(({ action }) => String(action));
    expect(actions).toEqual(expect.arrayContaining(['drafted', 'edited', 'approved', 'published']));
    const nowhere = await call('get', '/audit', {}, { query: '?platform=slack&workspaceId=T9' });
    expect(nowhere.body.items).toEqual([]);

    expect((await call('delete', '/users/{userId}', { userId })).status).toBe(204);
    expect((await call('delete', '/users/{userId}', { userId })).status).toBe(204);
    expect((await call('get', '/users/{userId}', { userId })).status).toBe(404);
    const items = (await scanAll(table)).map((item) => JSON.stringify(item));
    const left = [userId, ann.identity, 'Ann', 'Export'].flatMap((part) =>
      items.filter((text) => text.includes(part)),
    );
    expect(left).toEqual([]);
    // The audit alone remembers that there was such a conversation.
    const named = items.filter((text) => text.includes(conversationId));
    expect(named.filter((text) => !text.includes('"AUDIT#'))).toEqual([]);
    // What was counted of all, and what was done by somebody, are kept until their time is over.
    expect(items.join()).toContain('USAGE#terminal#w');
    expect(items.join()).toContain('AUDIT#terminal#w');
    expect(await repositories.users.getUserById(String(ben.body.id))).toMatchObject({
      name: 'Ben',
    });
  });
});
