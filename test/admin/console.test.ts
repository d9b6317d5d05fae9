/** The console as a browser has it: a cookie, forms, redirects, and no script. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { Role } from '../../src/core/user.ts';
import { ann, thread } from '../core/bots.ts';
import { PUBLIC_URL, useAdmin } from './server.ts';

describe('the console', () => {
  const { setUp, say, talk, readTickets } = useAdmin();

  /** Signs somebody in, by the link that the bot would have answered with. */
  async function signIn(role: Role = 'admin', identities: string[] = [ann.identity]) {
    const admin = await setUp();
    const { app, repositories } = admin;
    const made = await repositories.users.createUser({ name: 'Ann', role, identities });
    if (made.kind !== 'created') throw new Error(made.kind);
    await repositories.oneTimes.put('sign-in', 'link', made.user.id, Date.now() + 60_000);
    const headers = { origin: PUBLIC_URL };
    const signedIn = await app.request('/sign-in/link', { method: 'POST', headers });
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

    async function open(path: string) {
      const response = await app.request(path, { headers: { cookie } });
      return { status: response.status, headers: response.headers, page: await response.text() };
    }

    /** A form sent from our own page; follows where it leads. */
    async function press(path: string, form: Record<string, string> = {}, origin = PUBLIC_URL) {
      const response = await app.request(path, {
        method: 'POST',
        headers: { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      });
      if (response.status === 303) return open(response.headers.get('location') ?? '');
      return { status: response.status, headers: response.headers, page: await response.text() };
    }

    return { ...admin, user: made.user, open, press };
  }

  const conversation = `/console/conversations/${conversationIdOf(thread)}`;

  it('shows who is not signed in how to do it, on every page', async () => {
    const { app } = await setUp();
    for (const path of ['/console', '/console/users', '/console/what/is/this', conversation]) {
      const response = await app.request(path);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.text()).toContain('sign in');
    }
  });

  it('has pages without script that nobody may frame or keep', async () => {
    const { bot, user, open } = await signIn();
    await talk(bot, say('draft Export drops the last row'));
    const paths = ['', '/conversations', '/connections', '/usage', '/settings', '/workspaces'];
    const places = ['/workspaces/slack/T1', '/workspaces/slack/T1/settings'];
    const more = ['/workspaces/slack/T1/connections', '/workspaces/slack/T1/channels/C1'];
    const people = [
      '/limits',
      '/users',
      '/users-audit',
      `/users/${user.id}`,
      `/users/${user.id}/conversations`,
    ];
    for (const path of [...paths, ...places, ...more, ...people]) {
      const { status, headers, page } = await open(`/console${path}`);
      expect([path, status]).toEqual([path, 200]);
      expect(page).not.toMatch(/<script|style="| on\w+="/);
      expect(page.match(/<h1/g)).toHaveLength(1);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
      // With `no-referrer`, browsers would send `Origin: null` from our own forms.
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });

  it('lets a draft be changed and approved, once, on the revision that was seen', async () => {
    const { bot, repositories, issues, open, press } = await signIn();
    await talk(bot, say('draft Export drops the last row'));
    const [draft] = await readTickets(repositories);
    const ticket = `${conversation}/tickets/${draft?.id}`;
    expect((await open('/console')).page).toContain('Export drops the last row');
    expect((await open(ticket)).page).toContain('Approve and file');
    const form = { tag: '"1"', title: 'Export <keeps> the last row', description: 'All of it.' };
    const more = { type: 'bug', priority: 'high', tasks: 'One\nTwo', labels: 'a, b' };
    const saved = await press(ticket, { ...form, ...more });
    expect(saved.page).toContain('Export &lt;keeps&gt; the last row');
    expect((await readTickets(repositories))[0]).toMatchObject({
      tasks: ['One', 'Two'],
      labels: ['a', 'b'],
    });
    const stale = await press(`${ticket}/approve`, { tag: '"1"' });
    expect(stale.status).toBe(422);
    expect(stale.page).toContain('changed it in the meantime');
    expect(issues).toHaveLength(0);
    const filed = await press(`${ticket}/approve`, { tag: '"2"' });
    expect(filed.page).toContain('Filed as');
    await press(`${ticket}/approve`, { tag: '"2"' });
    expect(issues).toHaveLength(1);
  });

  it('connects a provider, tests it, and never shows its key', async () => {
    const { open, press } = await signIn();
    const key = 'sk-a-very-secret-key-1234';
    const form = { name: 'office', kind: 'openai', model: 'm-1', apiKey: key };
    const connected = await press('/console/connections/providers', form);
    expect(connected.page).toContain('key …1234');
    const tested = await press('/console/connections/providers/office/test');
    expect(tested.page).toContain('office: The key works.');
    expect((await open('/console/connections/providers/office')).page).toContain('m-1');
    const again = await press('/console/connections/providers', form);
    expect([again.status, again.page]).toEqual([422, expect.stringContaining('already')]);
    const wrong = await press('/console/connections/providers', { name: 'No!', kind: 'openai' });
    expect(wrong.page).toContain('small letters');
    for (const { page } of [connected, tested, again, wrong])
      expect(page).not.toContain('secret-key');
    const typed = {
      ...{ name: 'office', kind: 'anthropic', model: 'm-9' },
      apiKey: 'sk-typed-once',
    };
    const refused = await press('/console/connections/providers', typed);
    expect(refused.page).toMatch(
      /<details class="card" open>[\s\S]+value="office"[\s\S]+value="m-9"/,
    );
    expect(refused.page).toMatch(/value="anthropic" selected/);
    expect(refused.page).not.toContain('sk-typed-once');
    const removed = await press('/console/connections/providers/office/remove');
    expect(removed.page).not.toContain('1234');
  });

  it('connects a tracker, tests it, and shows what it sees, never its token', async () => {
    const { open, press } = await signIn();
    const token = 'ghp_0123456789-very-secret';
    const page = '/console/workspaces/slack/T1/connections/trackers';
    const connected = await press(page, { name: 'code', kind: 'github', token });
    expect(connected.page).toContain('…cret');
    const tested = await press(`${page}/code/test`);
    expect(tested.page).toContain('code: The token works.');
    const seen = await open(`${page}/code`);
    expect(seen.page).toContain('github:octo/web');
    const removed = await press(`${page}/code/remove`);
    expect(removed.page).not.toContain('…cret');
    const pages = [connected, tested, seen, removed].map((one) => one.page);
    expect(pages.join()).not.toContain(token);
  });

  it('shows admins who did what in a workspace', async () => {
    const { bot, open } = await signIn();
    await talk(bot, say('draft Export drops the last row'));
    await bot.close(0);
    const { page } = await open('/console/workspaces/terminal/w/audit');
    expect(page).toContain('<td>drafted</td>');
    expect((await open('/console/workspaces/slack/T9/audit')).page).toContain('Nothing here.');
  });

  it('saves settings of a channel, and leaves alone what its form does not ask for', async () => {
    const { repositories, open, press } = await signIn();
    const kept = { configurers: { people: ['slack:T1:U1'] }, language: 'Deutsch' };
    await repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', kept);
    const path = '/console/workspaces/slack/T1/channels/C1';
    expect((await open('/console/workspaces')).page).toContain('slack T1');
    const tag = /name="tag" value="([^"]*)"/.exec((await open(path)).page)?.[1] ?? '';
    const form = { tag: tag.replaceAll('&quot;', '"'), answer: 'mentions', spendCapDaily: '7.5' };
    const people = { approvers: 'people', approverNames: 'slack:T1:U1, slack:T1:U2' };
    const saved = await press(path, { ...form, ...people, allowedProjects: 'github:acme/*' });
    expect(saved.page).toContain('Saved.');
    const { channels } = await repositories.workspaces.getConfiguration('slack', 'T1');
    expect(channels.get('C1')).toEqual({
      configurers: kept.configurers,
      answer: 'mentions',
      spendCapDaily: 7.5,
      approvers: { people: ['slack:T1:U1', 'slack:T1:U2'] },
      allowedProjects: ['github:acme/*'],
    });
    const stale = await press(path, form);
    expect([stale.status, stale.page]).toEqual([422, expect.stringContaining('in the meantime')]);
  });

  it('sets caps and how long things are kept, over what was seen', async () => {
    const { ask, user, open, press } = await signIn();
    const page = '/console/limits';
    const tags = [...(await open(page)).page.matchAll(/name="tag" value="([^"]*)"/g)];
    const [caps = '', retention = ''] = tags.map(([, tag = '']) => tag.replaceAll('&quot;', '"'));
    const saved = await press(`${page}/caps`, { tag: caps, spendCapDaily: '7.5' });
    expect(saved.page).toMatch(/Saved\.[\s\S]*name="spendCapDaily" type="number" value="7.5"/);
    await press(`${page}/retention`, { tag: retention, retentionDays: '30' });
    expect((await ask(user, 'GET', '/retention')).body.counts).toEqual({ retentionDays: 30 });
    const stale = await press(`${page}/caps`, { tag: caps, spendCapDaily: '9' });
    expect([stale.status, stale.page]).toEqual([422, expect.stringContaining('in the meantime')]);
    const wrong = await press(`${page}/retention`, { retentionDays: '1.5' });
    expect(wrong.page).toContain('retentionDays');
    expect((await ask(user, 'GET', '/caps')).body.set).toEqual({ spendCapDaily: 7.5 });
  });

  it('shows admins who changed what of whom', async () => {
    const { bot, user, open, press } = await signIn();
    const path = `/console/users/${user.id}`;
    await press(`${path}/link`, { identity: 'slack:T1:U9' });
    await press('/console/users', { name: 'Ben', role: 'viewer', email: '' });
    await bot.close(0);
    const { page } = await open('/console/users-audit');
    expect(page).toContain('<td>signed in</td>');
    const made = /<td>created<\/td><td><a href="(\/console\/users\/[\w-]+)">user /.exec(page)?.[1];
    expect((await open(made ?? '')).page).toContain('<h1>Ben</h1>');
    expect(page).toContain('<td>linked</td><td>user: slack:T1:U9</td>');
    expect(page).toContain('>Ann</td>');
  });

  it('shows usage day by day, and makes people', async () => {
    const { bot, open, press } = await signIn();
    await talk(bot, say('hello'));
    await bot.close(0);
    expect((await open('/console/usage')).page).toMatch(/<svg[^>]+role="img"[\s\S]*1 turns/);
    const made = await press('/console/users', { name: '<b>Ben</b>', role: 'viewer', email: '' });
    expect(made.page).toContain('&lt;b&gt;Ben&lt;/b&gt;');
    const path = /action="(\/console\/users\/[^"]+)"/.exec(made.page)?.[1] ?? '';
    const linked = await press(`${path}/link`, { identity: 'slack:T1:U9' });
    expect(linked.page).toContain('slack:T1:U9');
    const taken = await press(`${path}/link`, { identity: ann.identity });
    expect([taken.status, taken.page]).toEqual([422, expect.stringContaining('another user')]);
    expect((await press(`${path}/delete`)).page).toContain('Deleted.');
  });

  it('shares a conversation and takes it back', async () => {
    const { app, bot, press } = await signIn();
    await talk(bot, say('hello'));
    const shared = await press(`${conversation}/share`);
    const path = new URL(
      /https:\/\/bot\.example\.com\/shared\/[\w-]+/.exec(shared.page)?.[0] ?? '',
    );
    expect((await app.request(path.pathname)).status).toBe(200);
    await press(`${conversation}/unshare`);
    expect((await app.request(path.pathname)).status).toBe(404);
  });

  it('does nothing for a form on somebody else’s page', async () => {
    const { bot, repositories, press } = await signIn();
    await talk(bot, say('hello'));
    for (const origin of ['https://evil.example.com', 'null', '']) {
      const refused = await press(`${conversation}/delete`, {}, origin);
      expect(refused.status).toBe(401);
    }
    const found = await repositories.conversations.findConversation(conversationIdOf(thread));
    expect(found).toBeDefined();
  });

  it('keeps members to what is theirs, and viewers to reading', async () => {
    const member = await signIn('member', ['slack:T1:U5']);
    await talk(member.bot, say('draft Export drops the last row'));
    expect((await member.open(conversation)).status).toBe(404);
    expect((await member.open('/console/users')).status).toBe(403);
    expect((await member.press('/console/users', { name: 'X', role: 'admin' })).status).toBe(403);
    expect((await member.open('/console')).page).not.toContain('/console/users');
    const viewer = await signIn('viewer');
    await talk(viewer.bot, say('draft Export drops the last row'));
    const { page } = await viewer.open(conversation);
    expect(page).not.toContain('Approve');
    expect((await viewer.press(`${conversation}/delete`)).status).toBe(403);
  });
});
