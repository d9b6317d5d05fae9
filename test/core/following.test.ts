/** A thread and its issue after publishing: linked by hand, told of what happens, and answering back where the channel wants it. */
import { describe, expect, it, vi } from 'vitest';
import { parseCommand } from '../../src/core/commands.ts';
import { parseIssue } from '../../src/core/following.ts';
import { type IssueEvent, isOurs } from '../../src/core/issue-event.ts';
import type { Approvers } from '../../src/core/settings.ts';
import type { Place } from '../../src/core/thread.ts';
import { TrackerError, type TrackerProject } from '../../src/core/tracker.ts';
import { ann, eve, place, useBots } from './bots.ts';

const HOST = 'tracker.example.com';
const url = (number: string) => `https://${HOST}/acme/shop/issues/${number}`;

describe('a thread that follows an issue', () => {
  const { setUp, say, talk, command, readThread } = useBots();

  function event(number: string, more: Partial<IssueEvent> = {}): IssueEvent {
    const at = new Date().toISOString();
    const address = { tracker: 'github', host: HOST, projectId: 'acme/shop', number };
    const place = { address, project: 'acme/shop', title: 'Pay', url: url(number) };
    const issue = { ...place, state: 'closed' as const, updatedAt: at };
    return { kind: 'closed', issue, at, actor: 'ben', ...more } as IssueEvent;
  }

  /** Opted in, with a tracker that has issues 1 to 9 and keeps comments. */
  async function start({
    replyComments = true,
    answer = 'mentions' as const,
    shared = '',
    /** Of the chat. */
    visibility = 'public' as Place['visibility'],
    /** Of the project, at the tracker. */
    project = 'private' as TrackerProject['visibility'] | TrackerError,
    approvers = 'members' as Approvers,
  } = {}) {
    const comments: string[] = [];
    const faults: TrackerError[] = [];
    const made = await setUp({
      shared,
      environment: {
        project: 'github:acme/shop',
        allowedProjects: ['github:acme/*'],
        answer,
        replyComments,
        approvers,
      },
      tracker: {
        name: 'github',
        async getProject(name) {
          if (project instanceof TrackerError) throw project;
          return { project: name, name, projectId: name, host: HOST, visibility: project };
        },
        getIssue: async (project, number) =>
          number.length > 1
            ? undefined
            : { project, number, title: 'Pay', url: url(number), state: 'open' },
        hasComment: async (_, __, marker) => comments.some((body) => body.includes(marker)),
        async comment(_, number, body) {
          const fault = faults.shift();
          if (fault?.kind !== 'refused' && fault?.kind !== 'rate-limited') comments.push(body);
          if (fault) throw fault;
          return url(number);
        },
      },
    });
    await talk(made.bot, say('hello', { place: { ...place, visibility } }));
    made.platform.notices.length = 0;
    return { ...made, comments, faults };
  }

  const follow = (issue: string, confirmed?: string) => ({
    ...{ kind: 'follow' as const, issue },
    ...(confirmed && { confirmed }),
  });

  it('is linked by number, by name and by address, and unlinked', async () => {
    const { bot, repositories, platform } = await start();
    for (const issue of ['#1', 'github:acme/shop#2', `<${url('3')}>`]) {
      expect((await command(bot, follow(issue))).kind).toBe('done');
    }
    await bot.handleIssueEvent(event('2'));
    await bot.handleIssueEvent(event('3'));
    await bot.idle();
    // Only the last one: a thread is about one issue.
    expect(platform.notices).toEqual([`[acme/shop#3](${url('3')}) was closed by \`ben\`.`]);
    expect((await command(bot, { kind: 'unfollow' })).kind).toBe('done');
    await bot.handleIssueEvent(event('3', { kind: 'reopened' }));
    await bot.idle();
    expect(platform.notices).toHaveLength(1);
    expect((await readThread(repositories))?.issue).toBeUndefined();
  });

  it('is linked by members only, to issues that exist in projects it may use', async () => {
    const { bot } = await start();
    const said = async (issue: string, actor: typeof ann | typeof eve = ann) => {
      const { kind, message } = await command(bot, follow(issue), actor);
      return `${kind}: ${message}`;
    };
    expect(await said('#1', eve)).toMatch(/^refused: Only members/);
    expect(await said('#12')).toMatch(/^refused: There is no issue 12 in acme\/shop/);
    expect(await said('github:other/shop#1')).toMatch(/^refused: .* not one of the projects/);
    expect(await said('https://elsewhere.example.com/acme/shop/issues/1')).toMatch(
      /^refused: I cannot see/,
    );
  });

  it('shows guests nothing of a private project that the place did not choose', async () => {
    const { bot, repositories } = await start();
    await talk(bot, say('may I see?', { author: eve, addressed: false }));
    const { kind, message } = await command(bot, follow('github:acme/plans#1'));
    expect([kind, message]).toEqual(['refused', expect.stringContaining('is private, and guests')]);
    expect(message).not.toContain('Pay');
    expect((await readThread(repositories))?.issue).toBeUndefined();
    // The place's own project is for whoever reads there.
    expect((await command(bot, follow('#1'))).kind).toBe('done');
  });

  it('reads what people type, and leaves account codes alone', () => {
    expect(parseCommand('link')).toEqual({ kind: 'link' });
    expect(parseCommand('link ABCD2345')).toEqual({ kind: 'link', code: 'ABCD2345' });
    expect(parseCommand('link #12')).toEqual(follow('#12'));
    expect(parseCommand(`link <${url('3')}> in github:acme/shop`)).toEqual(
      follow(`<${url('3')}>`, 'github:acme/shop'),
    );
    expect(parseCommand('link the two issues: please')).toBeUndefined();
    expect(parseCommand('unlink')).toEqual({ kind: 'unfollow' });
    const gitlab = 'https://git.example.com/group/sub/shop/-/issues/7#note_1';
    expect(parseIssue(gitlab, undefined)).toEqual({
      ref: 'gitlab:group/sub/shop',
      number: '7',
      host: 'git.example.com',
    });
  });

  it('adds what people say to the issue, each message once, and hears nothing of it', async () => {
    const { bot, comments, platform } = await start();
    await command(bot, follow('#1'));
    const reply = say('Still broken, @acme/admins\n/close', {
      addressed: false,
      permalink: 'https://chat.example.com/1',
    });
    await talk(bot, reply, reply);
    expect(comments).toHaveLength(1);
    const [body = ''] = comments;
    expect(body).toMatch(
      /^\*\*Ann\*\* \[in the thread\]\(https:\/\/chat\.example\.com\/1\):\n\nStill/,
    );
    expect(body).not.toMatch(/@acme|^\/close/m);
    const ours = isOurs(body);
    expect(ours).toBe(true);
    const heard = { kind: 'commented' as const, commentId: '1', text: body, url: url('1'), ours };
    expect(await bot.handleIssueEvent(event('1', heard))).toBe('ignored');
    expect(platform.notices).toEqual([]);
  });

  it('keeps to itself what is said to the bot, by programs, and where nobody asked for it', async () => {
    const { bot, comments } = await start();
    await command(bot, follow('#1'));
    await talk(bot, say('what do you think?'));
    const robot = { ...ann, identity: 'terminal::ci', standing: 'bot' as const };
    await talk(bot, say('Build passed', { addressed: false, author: robot }));
    expect(comments).toEqual([]);
    const off = await start({ replyComments: false });
    await command(off.bot, follow('#1'));
    await talk(off.bot, say('Still broken', { addressed: false }));
    expect(off.comments).toEqual([]);
  });

  it('comments on what was filed here, while there is only one thing that can be meant', async () => {
    const { bot, comments } = await start();
    await talk(bot, say('draft Pay hangs'), reply('Not yet filed'));
    expect(comments).toEqual([]);
    await command(bot, { kind: 'approve-all' });
    await talk(bot, reply('Still broken'));
    expect(comments).toHaveLength(1);
    await talk(bot, say('draft Something else'));
    await command(bot, { kind: 'approve-all' });
    await talk(bot, reply('Which of the two?'));
    expect(comments).toHaveLength(1);
    await command(bot, follow('#1'));
    await talk(bot, reply('The first'));
    expect(comments).toHaveLength(2);
  });

  const OPEN_TO_ALL = { visibility: 'private', project: 'public' } as const;
  const reply = (text: string) => say(text, { addressed: false });

  it('keeps the words of a private channel out of a public project until somebody confirms it', async () => {
    const { bot, comments, platform } = await start(OPEN_TO_ALL);
    const linked = await command(bot, follow('#1'));
    expect(linked.message).toContain('github:acme/shop is public, and this channel is private');
    expect(linked.message).toContain('`link #1 in github:acme/shop`');
    await talk(bot, reply('Our customer is Initech'), reply('They are furious'));
    expect(comments).toEqual([]);
    // Whoever speaks learns it, once.
    expect(platform.notices).toEqual([expect.stringContaining('`link #1 in github:acme/shop`')]);
    const confirmed = await command(bot, follow('#1', 'github:acme/shop'));
    expect(confirmed.message).not.toContain('is public');
    await talk(bot, reply('Still broken'));
    expect(comments).toEqual([expect.stringContaining('Still broken')]);
    // It was confirmed for this issue in this project, and for nothing else.
    for (const other of [follow('#2'), follow('github:acme/shop#3', 'github:acme/plans')]) {
      expect((await command(bot, other)).message).toContain('is public');
      await talk(bot, reply('And this'));
    }
    expect(comments).toHaveLength(1);
  });

  it('tells that they are kept once the chat can be reached again', async () => {
    const { bot, platform } = await start(OPEN_TO_ALL);
    await command(bot, follow('#1'));
    const { postNotice } = platform;
    platform.postNotice = async () => {
      platform.postNotice = postNotice;
      throw new Error('away');
    };
    await talk(bot, reply('Our customer is Initech'));
    await expect.poll(() => bot.resumePending(), { timeout: 5_000 }).toBe(1);
    await bot.idle();
    expect(platform.notices).toEqual([expect.stringContaining('`link #1 in github:acme/shop`')]);
  });

  it('keeps them from what was filed there, though that was confirmed', async () => {
    const { bot, comments, platform } = await start(OPEN_TO_ALL);
    await talk(bot, say('draft Pay hangs'));
    const filing = { kind: 'approve' as const, target: { ordinal: 1 } };
    expect((await command(bot, { ...filing, confirmed: 'github:acme/shop' })).kind).toBe('done');
    await talk(bot, reply('Our customer is Initech'));
    expect(comments).toEqual([]);
    expect(platform.notices.at(-1)).toContain('`link #1 in github:acme/shop`');
  });

  it('looks again before each comment: a project may have become public', async () => {
    const before = await start({ shared: 'opened', visibility: 'private', project: 'private' });
    expect((await command(before.bot, follow('#1'))).message).not.toContain('is public');
    await talk(before.bot, reply('Still broken'));
    expect(before.comments).toHaveLength(1);
    const after = await start({ shared: 'opened', ...OPEN_TO_ALL });
    await talk(after.bot, reply('Our customer is Initech'));
    expect(after.comments).toEqual([]);
    expect(after.platform.notices).toEqual([expect.stringContaining('is public')]);
  });

  it('adds nothing from a private channel while it cannot see who reads the project', async () => {
    await start({ shared: 'unseen', visibility: 'private' }).then(({ bot }) =>
      command(bot, follow('#1')),
    );
    const project = new TrackerError('github', 'unauthorised', 'The token is wrong.');
    const { bot, comments, platform } = await start({ shared: 'unseen', project });
    await talk(bot, reply('Our customer is Initech'));
    expect(comments).toEqual([]);
    expect(platform.notices).toEqual([expect.stringContaining('The token is wrong.')]);
  });

  it('lets only those confirm it who approve drafts', async () => {
    const { bot, comments } = await start({
      ...OPEN_TO_ALL,
      approvers: { people: ['terminal::bo'] },
    });
    const { kind, message } = await command(bot, follow('#1', 'github:acme/shop'));
    expect([kind, message]).toEqual(['refused', expect.stringContaining('Ask somebody who may')]);
    await talk(bot, reply('Our customer is Initech'));
    expect(comments).toEqual([]);
  });

  it('asks before it adds again what may have been added', async () => {
    const { bot, comments, faults } = await start();
    await command(bot, follow('#1'));
    faults.push(new TrackerError('github', 'ambiguous', 'No answer.'));
    await talk(bot, say('Still broken', { addressed: false }));
    expect(comments).toHaveLength(1);
    await expect.poll(() => bot.resumePending(), { timeout: 5_000 }).toBe(1);
    await bot.idle();
    expect(comments).toHaveLength(1);
    expect(await bot.resumePending()).toBe(0);
  });

  it('says when the tracker refuses a comment', async () => {
    const { bot, comments, faults, platform } = await start();
    await command(bot, follow('#1'));
    faults.push(new TrackerError('github', 'refused', 'The issue is locked.'));
    await talk(bot, say('Still broken', { addressed: false }));
    expect(comments).toEqual([]);
    expect(platform.notices).toEqual([
      'What Ann said was not added to the issue: The issue is locked.',
    ]);
  });

  it('waits as long as the tracker asks before it comments again', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const { bot, comments, faults } = await start();
      await command(bot, follow('#1'));
      faults.push(limited(3_600_000));
      await talk(bot, say('Still broken', { addressed: false }));
      vi.setSystemTime(Date.now() + 3_599_000);
      await bot.resumePending();
      await bot.idle();
      expect(comments).toEqual([]);
      vi.setSystemTime(Date.now() + 1_000);
      await bot.resumePending();
      await bot.idle();
      expect(comments).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so when it stops trying to comment', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const { bot, comments, faults, platform } = await start();
      await command(bot, follow('#1'));
      faults.push(...Array.from({ length: 5 }, () => limited(60_000)));
      await talk(bot, say('Still broken', { addressed: false }));
      for (let tries = 2; tries <= 5; tries += 1) {
        expect(platform.notices).toEqual([]);
        vi.setSystemTime(Date.now() + 60_000);
        await bot.resumePending();
        await bot.idle();
      }
      expect(comments).toEqual([]);
      expect(platform.notices).toEqual([
        'What Ann said may be missing from the issue, and I have stopped trying: Too many at once.',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives up a comment that each of five processes died of, and says so', async () => {
    const { bot, comments, platform, repositories } = await start();
    const task = {
      ...({ kind: 'comment', project: 'github:acme/shop', number: '1', author: ann } as const),
      ...{ text: 'Still broken', attachments: [] },
    };
    const ref = { conversationId: (await readThread(repositories))?.conversationId ?? '', id: 'e' };
    const lapsed = { token: 'dead', attempt: 5, claimedAt: 1, expiresAt: 2 };
    await repositories.errands.putErrand({ ...ref, task }, lapsed);
    await bot.resumePending();
    await bot.idle();
    expect(comments).toEqual([]);
    expect(platform.notices).toEqual([
      'What Ann said may be missing from the issue, and I have stopped trying.',
    ]);
    expect(await bot.resumePending()).toBe(0);
  });
});

const limited = (retryAfterMs: number) =>
  new TrackerError('github', 'rate-limited', 'Too many at once.', { retryAfterMs });
