/** What two people can change over the API: settings, replaced or changed by name, titles; nobody's change is lost or unseen. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { thread } from '../core/bots.ts';
import { useAdmin } from './server.ts';

describe('what two people can change', () => {
  const { setUp, say, talk } = useAdmin();
  const workspace = '/workspaces/slack/T1/settings';
  const channel = '/workspaces/slack/T1/channels/C1/settings';

  it.each(['/users/me/settings', workspace, channel])(
    'changes what is named at %s and leaves the rest; null hands a setting back',
    async (path) => {
      const { ask, newUser } = await setUp();
      const boss = await newUser('admin');
      const saved = await ask(boss, 'PUT', path, { body: { mode: 'ticket', language: 'Deutsch' } });
      const changed = await ask(boss, 'PATCH', path, {
        body: { language: null, provider: 'office' },
        headers: { 'if-match': saved.headers.get('etag') ?? '' },
      });
      expect([changed.status, changed.body]).toEqual([200, { mode: 'ticket', provider: 'office' }]);
      expect((await ask(boss, 'GET', path)).body).toEqual(changed.body);
      const unknown = await ask(boss, 'PATCH', path, { body: { colour: 'red' } });
      expect([unknown.status, unknown.body.code]).toEqual([400, 'invalid-input']);
      const wrong = await ask(boss, 'PATCH', path, { body: { mode: 'poem' } });
      expect(wrong.status).toBe(400);
      expect((await ask(boss, 'GET', path)).body).toEqual(changed.body);
    },
  );

  it.each(['/users/me/settings', workspace, channel])(
    'refuses who saw others at %s, and its tag stands for the content alone',
    async (path) => {
      const { ask, newUser } = await setUp();
      const boss = await newUser('admin');
      const tagOf = async () => (await ask(boss, 'GET', path)).headers.get('etag') ?? '';
      const empty = await tagOf();
      const first = await ask(boss, 'PATCH', path, { body: { mode: 'assistant' } });
      expect(first.headers.get('etag')).toBe(await tagOf());
      for (const method of ['PUT', 'PATCH']) {
        const headers = { 'if-match': empty };
        const stale = await ask(boss, method, path, { headers, body: { language: 'Deutsch' } });
        expect([method, stale.status, stale.body.code]).toEqual([method, 412, 'outdated']);
      }
      expect((await ask(boss, 'PUT', path, { body: {} })).headers.get('etag')).toBe(empty);
    },
  );

  it('keeps the tag of nested settings, in whatever order the table returns them', async () => {
    const { ask, newUser } = await setUp();
    const boss = await newUser('admin');
    const routes = [{ project: 'github:acme/shop', keyword: 'shop' }];
    const saved = await ask(boss, 'PUT', channel, { body: { routes, approvers: 'anyone' } });
    const read = await ask(boss, 'GET', channel);
    expect(saved.headers.get('etag')).toBe(read.headers.get('etag'));
  });

  it('loses nothing of two changes at the same moment', async () => {
    const { ask, newUser } = await setUp();
    const boss = await newUser('admin');
    const changes = [{ mode: 'assistant' }, { language: 'Deutsch' }, { spendCapDaily: 3 }];
    for (const path of [workspace, channel]) {
      const answers = await Promise.all(changes.map((body) => ask(boss, 'PATCH', path, { body })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await ask(boss, 'GET', path)).body).toEqual(Object.assign({}, ...changes));
    }
  });

  it('lets one of two who replace the same settings at once through', async () => {
    const { ask, newUser } = await setUp();
    const boss = await newUser('admin');
    const tag = (await ask(boss, 'GET', workspace)).headers.get('etag') ?? '';
    const replace = (language: string) =>
      ask(boss, 'PUT', workspace, { body: { language }, headers: { 'if-match': tag } });
    const answers = await Promise.all([replace('Deutsch'), replace('français')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('knows its tag again behind a proxy that compresses, which marks it as weak', async () => {
    const { ask, newUser } = await setUp();
    const boss = await newUser('admin');
    const weak = async (path: string) => ({
      'if-match': `W/${(await ask(boss, 'GET', path)).headers.get('etag')}`,
    });
    const put = { body: { language: 'Deutsch' }, headers: await weak(workspace) };
    expect((await ask(boss, 'PUT', workspace, put)).status).toBe(200);
    const mine = `/users/${boss.id}`;
    const patch = { body: { name: 'Boss' }, headers: await weak(mine) };
    expect((await ask(boss, 'PATCH', mine, patch)).status).toBe(200);
    const vendor = '/users/me/providers/openai';
    const body = { kind: 'openai', apiKey: 'sk-1234567890' };
    expect((await ask(boss, 'PUT', vendor, { body })).status).toBeLessThan(300);
    const off = { body: { model: 'm-2' }, headers: await weak(vendor) };
    expect((await ask(boss, 'PATCH', vendor, off)).status).toBe(200);
  });

  it('is, of a conversation, its title and status: the tag stands for both', async () => {
    const { ask, newUser, bot } = await setUp();
    await talk(bot, say('hello'));
    const boss = await newUser('admin');
    const path = `/conversations/${conversationIdOf(thread)}`;
    const seen = (await ask(boss, 'GET', path)).headers.get('etag') ?? '';
    const rename = (title: string, tag: string) =>
      ask(boss, 'PATCH', path, { body: { title }, headers: { 'if-match': tag } });
    const answers = await Promise.all([rename('One', seen), rename('Other', seen)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const now = answers.find(({ status }) => status === 200);
    expect((await rename('Late', seen)).status).toBe(412);
    // What is said there is no change of it.
    await talk(bot, say('more'));
    const again = await rename('Third', now?.headers.get('etag') ?? '');
    expect([again.status, again.body.title]).toEqual([200, 'Third']);
    const both = await Promise.all([
      ask(boss, 'PATCH', path, { body: { title: 'Fourth' } }),
      ask(boss, 'PATCH', path, { body: { status: 'archived' } }),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const { body } = await ask(boss, 'GET', path);
    expect(body).toMatchObject({ title: 'Fourth', status: 'archived' });
  });

  it("takes nothing into a person's own settings that only places decide, as in the chat", async () => {
    const { ask, newUser } = await setUp();
    const user = await newUser('member');
    for (const method of ['PUT', 'PATCH']) {
      const refused = await ask(user, method, '/users/me/settings', {
        body: { spendCapDaily: 1_000 },
      });
      expect(refused.status).toBe(400);
      expect(refused.text).toContain('is set for a channel or a workspace');
    }
    const boss = await newUser('admin');
    const none = await ask(boss, 'PATCH', '/users/nobody/settings', { body: { mode: 'ticket' } });
    expect(none.status).toBe(404);
  });
});
