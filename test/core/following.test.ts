/** A thread and its issue after publishing: linked by hand, told of what happens, and answering back where the channel wants it. */
import { describe, expect, it, vi } from 'vitest';
import { parseCommand } from '../../src/core/commands.ts';
import { parseIssue } from '../../src/core/following.ts';
import { type IssueEvent, isOurs } from '../../src/core/issue-event.ts';
import { TrackerError } from '../../src/core/tracker.ts';
import { ann, eve, useBots } from './bots.ts';

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
  async function start({ replyComments = true, answer = 'mentions' as const, shared = '' } = {}) {
    const comments: string[] = [];
    const faults: TrackerError[] = [];
    const made = await setUp({
      shared,
      environment: {
        project: 'github:acme/shop',
        allowedProjects: ['github:acme/*'],
        answer,
        replyComments,
      },
      tracker: {
        name: 'github',
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
    await talk(made.bot, say('hello'));
    made.platform.notices.length = 0;
    return { ...made, comments, faults };
  }

  const follow = (issue: string) => ({ kind: 'follow' as const, issue });

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
    const reply = (text: string) => say(text, { addressed: false });
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
