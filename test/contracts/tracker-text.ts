/**
 * What people wrote, filed to a tracker that obeys, links and notifies as the real one does: it must
 * only be read there, and nothing of it is lost in silence.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderIssue } from '../../src/core/issue-body.ts';
import type { TicketFields } from '../../src/core/ticket-fields.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { newTicket } from '../db/samples.ts';

export interface ObedientTracker {
  tracker: Tracker;
  project: string;
  /** Of the first issue, as it is kept. */
  kept(): { title: string; body: string; comments: string[]; isOpen: boolean };
  /** Everything that a text did but being read: commands run, people notified, issues closed, HTML taken. */
  effects(): string[];
  stop(): Promise<void>;
}

const MARKER = `prompt-to-issue:${'b2'.repeat(16)}`;
const never = new AbortController().signal;

/** What the stand-ins obey, or hide. */
export const HOSTILE = [
  '/close',
  '/assign @ann',
  'ask @everyone, @all and @org/team; fixes #1',
  'closes acme/shop#1, resolves https://github.com/acme/shop/issues/1',
  '<!-- hidden -->',
  `<!-- ${MARKER.replace('b2', 'c3')} -->`,
  '\f/confidential',
  '\r/title gone',
  '>>>',
  'one ` backtick',
  '```',
  '`',
  '/close',
  '</div>',
  '/close',
  '```',
  '- [ ] /close',
].join('\n');

/** @param mostTitle characters of a title that the tracker takes */
export function describeTrackerText(
  name: string,
  mostTitle: number,
  start: () => Promise<ObedientTracker>,
): void {
  describe(`hostile text at ${name}`, () => {
    let under: ObedientTracker;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.stop());

    /** Files it as the publisher does. */
    async function file(fields: Partial<TicketFields>) {
      const { tracker, project } = under;
      const ticket = newTicket('c1', { acceptanceCriteria: [], tasks: [], ...fields });
      const issue = { ...renderIssue({ ticket, marker: MARKER }), project };
      const created = await tracker.createIssue(issue, never);
      expect(await tracker.finishIssue(issue, created, never)).toEqual([]);
      return { issue, dropped: created.dropped, ...under.kept() };
    }

    it('is filed as text: nothing runs, nobody is notified, nothing closes or is hidden', async () => {
      const { issue, body, isOpen } = await file({
        title: '/close @ann fixes #1 <!-- x -->',
        description: HOSTILE,
        acceptanceCriteria: ['/close', '@all\n/close'],
        tasks: ['`@ann` and @ann', 'fixes #1'],
        estimate: '1 day\n/close',
      });
      expect(under.effects()).toEqual([`<!-- ${MARKER} -->`]);
      expect(isOpen).toBe(true);
      expect(body.trimEnd()).toBe(issue.body.trimEnd());
      for (const word of ['/close', 'everyone', 'team', 'fixes', 'hidden', 'backtick', 'title']) {
        expect(body, word).toContain(word);
      }
    });

    it('is added to an issue that is there as text', async () => {
      const { tracker, project } = under;
      await file({ title: 'Quiet', description: 'Quiet.' });
      const ticket = newTicket('c1', { description: HOSTILE });
      const { body } = renderIssue({ ticket, marker: MARKER });
      await tracker.comment(project, '1', body, never);
      expect(new Set(under.effects())).toEqual(new Set([`<!-- ${MARKER} -->`]));
      expect(under.kept()).toMatchObject({ isOpen: true, comments: [expect.any(String)] });
    });

    it('comes to a stand-in that would have obeyed', async () => {
      const { tracker, project } = under;
      const plain = { project, rest: [], labels: [], assignees: [], marker: '' };
      await tracker.createIssue({ ...plain, title: 'x', body: HOSTILE }, never);
      expect(under.effects()).toEqual(expect.arrayContaining(['all', 'org/team']));
      expect(under.effects().length).toBeGreaterThan(5);
    });

    it.each([
      ['English', 'All of it matters. ', 'matters'],
      ['Japanese', 'すべて重要です。', '重'],
      ['emoji', '👩‍👩‍👧‍👦🚀', '🚀'],
    ])(
      'of 70,000 characters in %s is there to its end, the rest in comments',
      async (_, unit, sign) => {
        const times = Math.ceil(70_000 / [...unit].length);
        const description = `${unit.repeat(times)}\n\n/close @all\n\nThe end.`;
        const { body, comments } = await file({ description });
        const all = [body, ...comments].join('\n');
        expect(all.split(sign).length - 1).toBe(times);
        expect(all).toContain('The end.');
        expect(body).toContain(MARKER);
        expect(body).toContain('The description goes on in a comment');
        expect([body, ...comments].every((text) => text.isWellFormed())).toBe(true);
        const isOurs = (effect: string) => effect.startsWith(`<!-- ${MARKER}`);
        expect(under.effects().filter((effect) => !isOurs(effect))).toEqual([]);
      },
    );

    it('in a title of 300 characters is cut where the tracker would refuse it, and that is said', async () => {
      const { title, dropped } = await file({ title: `@all fixes #1 ${'very '.repeat(57)}long` });
      expect([...title]).toHaveLength(mostTitle);
      expect(title.endsWith('…')).toBe(true);
      expect(dropped.join()).toContain('The title was cut');
      expect(under.effects()).toEqual([`<!-- ${MARKER} -->`]);
    });
  });
}
