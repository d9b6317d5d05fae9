/** Settings that people change from the chat, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import type { SettingsScope } from '../../src/core/action.ts';
import type { SettingsChanges } from '../../src/core/settings-change.ts';
import { ann, eve, place, thread, useBots } from './bots.ts';

const bob = { identity: 'terminal::bob', name: 'Bob', standing: 'member' } as const;
const boss = { ...bob, identity: 'terminal::boss', name: 'Boss', manages: true } as const;
const outside = { ...thread, threadId: '' };

describe('settings from the chat', () => {
  const { setUp, say, talk, command } = useBots();
  type Bot = Awaited<ReturnType<typeof setUp>>['bot'];

  const set = (bot: Bot, scope: SettingsScope, changes: SettingsChanges, actor: typeof ann = ann) =>
    bot.handleAction({
      thread: outside,
      place,
      actor,
      command: { kind: 'configure', scope, changes },
    });

  it("decides a person's own language wherever they speak", async () => {
    const { bot, requests } = await setUp();
    expect(await set(bot, 'user', { language: 'German' })).toMatchObject({
      kind: 'done',
      message: 'Your account now has language `German`.',
    });
    await talk(bot, say('hallo'));
    expect(JSON.stringify(requests[0]?.messages)).toContain('German');
  });

  it('lets a channel answer mentions only, at once and for everybody', async () => {
    const { bot, platform } = await setUp();
    await talk(bot, say('hello'));
    await set(bot, 'channel', { answer: 'mentions' });
    await talk(bot, say('just thinking', { addressed: false }));
    expect(platform.replies).toHaveLength(1);
    await set(bot, 'channel', { answer: null });
    await talk(bot, say('and now?', { addressed: false }));
    expect(platform.replies).toHaveLength(2);
  });

  it('says of a channel what begins a conversation besides speaking to the bot', async () => {
    const { bot } = await setUp();
    const scope = { platform: 'terminal', place } as const;
    expect(await bot.readBeginnings(scope)).toEqual({ intake: false, reaction: 'ticket' });
    await set(bot, 'channel', { intake: true, reaction: 'bug' });
    expect(await bot.readBeginnings(scope)).toEqual({ intake: true, reaction: 'bug' });
    await set(bot, 'channel', { intake: null, reaction: 'none' });
    expect(await bot.readBeginnings(scope)).toEqual({ intake: false, reaction: undefined });
    expect(await set(bot, 'channel', { reaction: ':bug:' })).toMatchObject({ kind: 'refused' });
  });

  it('leaves who may approve, and what it may cost, to admins and those they name', async () => {
    const { bot } = await setUp();
    expect(await set(bot, 'channel', { approvers: 'anyone' })).toMatchObject({ kind: 'refused' });
    expect(await set(bot, 'channel', { spendCapDaily: 1_000 })).toMatchObject({ kind: 'refused' });
    const named = { configurers: { people: [ann.identity] } };
    expect(await set(bot, 'workspace', named, boss as never)).toMatchObject({ kind: 'done' });
    expect(await set(bot, 'channel', { approvers: 'anyone' })).toMatchObject({ kind: 'done' });
    expect(await set(bot, 'channel', { mode: 'assistant' }, bob as never)).toMatchObject({
      kind: 'refused',
    });
  });

  it("keeps the workspace's settings for admins, and guests out of the channel's", async () => {
    const { bot } = await setUp();
    expect(await set(bot, 'workspace', { mode: 'assistant' })).toMatchObject({ kind: 'refused' });
    expect(await set(bot, 'channel', { mode: 'assistant' }, eve as never)).toMatchObject({
      kind: 'refused',
    });
    expect(await set(bot, 'workspace', { mode: 'assistant' }, boss as never)).toMatchObject({
      kind: 'done',
    });
  });

  it('says what a setting may be, in words', async () => {
    const { bot } = await setUp();
    const answer = 'always' as 'every';
    expect(await set(bot, 'channel', { answer })).toMatchObject({
      kind: 'refused',
      message: 'That does not fit: answer must be every or mentions.',
    });
  });

  it('names what does not fit, and changes nothing', async () => {
    const { bot, repositories } = await setUp();
    const outcome = await set(bot, 'channel', { project: 'nowhere' });
    expect(outcome).toMatchObject({ kind: 'refused', message: expect.stringContaining('project') });
    const known = await repositories.workspaces.getConfiguration('terminal', 'w');
    expect(known.channels.size).toBe(0);
  });

  it('does not take for a person what a place decides', async () => {
    const { bot } = await setUp();
    expect(await set(bot, 'user', { approvers: 'anyone' })).toMatchObject({ kind: 'refused' });
  });

  it('changes one conversation only from inside it', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('hello'));
    const change = {
      kind: 'configure',
      scope: 'conversation',
      changes: { mode: 'assistant' },
    } as const;
    expect(await command(bot, change)).toMatchObject({ kind: 'done' });
    const { items } = await repositories.conversations.listConversations(
      (await repositories.users.ensureUser(ann)).id,
    );
    const state = await repositories.threads.get(items[0]?.id ?? '');
    expect(state?.settings.mode).toBe('assistant');
  });

  it('tells what applies in a channel, outside of any conversation too', async () => {
    const { bot } = await setUp();
    await set(bot, 'channel', { mode: 'assistant' });
    const outcome = await bot.handleAction({
      thread: outside,
      place,
      actor: ann,
      command: { kind: 'settings' },
    });
    expect(outcome.message).toContain('- mode: assistant (channel)');
  });

  it('tells of every setting which level says so, as it is set', async () => {
    const { bot } = await setUp({ more: { providers: ['openai'] } });
    await talk(bot, say('hello'));
    await set(bot, 'user', { language: 'German' });
    const place = { configurers: { people: ['terminal::ann'] }, intake: true, spendCapDaily: 20 };
    await set(bot, 'workspace', { ...place, provider: 'openai', model: 'gpt-5' }, boss as never);
    await set(bot, 'channel', { spendCapDaily: 5, issueNotice: false });
    await command(bot, { kind: 'mode', mode: 'assistant' });
    const { message } = await command(bot, { kind: 'settings' });
    expect(message.split('\n')).toEqual([
      '- mode: assistant (conversation)',
      '- language: German (yours)',
      '- provider: openai (workspace)',
      '- model: gpt-5 (workspace)',
      '- project: local:issues (environment)',
      '- answer: every (default)',
      '- intake: yes (workspace)',
      '- reaction: ticket (default)',
      '- approvers: members (default)',
      '- configurers: terminal::ann (workspace)',
      '- allowedProjects: all (default)',
      '- replyComments: no (default)',
      '- routes: none (default)',
      '- issueNotice: no (channel)',
      '- allowPersonalProviders: no (default)',
      '- spendCapDaily: $5 (channel), $20 (workspace)',
      '- spendCapMonthly: none (default)',
    ]);
  });
});

describe('sharing', () => {
  const { setUp, say, talk, command } = useBots();

  it('gives the owner one link, and takes it back at once', async () => {
    const { bot, repositories } = await setUp({ more: { publicUrl: 'https://bot.example.com/' } });
    await talk(bot, say('hello'));
    const shared = await command(bot, { kind: 'share' });
    const link = /https:\/\/bot\.example\.com\/shared\/([\w-]{22})(?!\S)/.exec(shared.message);
    expect(link).not.toBeNull();
    expect((await command(bot, { kind: 'share' })).message).toBe(shared.message);
    const { id } = await repositories.users.ensureUser(ann);
    const read = async () => (await repositories.conversations.listConversations(id)).items[0];
    expect((await read())?.shareId).toBe(link?.[1]);
    expect(await command(bot, { kind: 'unshare' })).toMatchObject({ kind: 'done' });
    expect((await read())?.shareId).toBeUndefined();
  });

  it('is for the owner only, and needs an address', async () => {
    const { bot } = await setUp({ more: { publicUrl: 'https://bot.example.com' } });
    await talk(bot, say('hello'));
    expect(await command(bot, { kind: 'share' }, eve)).toMatchObject({ kind: 'refused' });
    const other = await setUp();
    await talk(other.bot, say('hello'));
    expect(await command(other.bot, { kind: 'share' })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('PUBLIC_URL'),
    });
  });
});

describe('home', () => {
  const { setUp, say, talk, command } = useBots();

  it('shows a person their conversations, their open drafts and their settings', async () => {
    const { bot } = await setUp();
    await talk(bot, say('draft One thing'), say('draft Another thing'));
    await command(bot, { kind: 'discard', target: { ordinal: 1 } });
    await command(bot, { kind: 'configure', scope: 'user', changes: { mode: 'assistant' } });
    const home = await bot.readHome(ann);
    expect(home.conversations).toHaveLength(1);
    expect(home.drafts.map(({ title }) => title)).toEqual(['Another thing']);
    expect(home.settings).toEqual({ mode: 'assistant' });
    expect(await bot.readHome(eve)).toEqual({ conversations: [], drafts: [], settings: {} });
  });
});
