/** Which drafts are sent back, and which are left alone: one row, one thing a maintainer would object to. */
import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../src/core/draft-check.ts';
import type { DraftSources } from '../../src/core/draft-evidence.ts';
import type { TicketFields } from '../../src/core/ticket-fields.ts';

const GOOD: TicketFields = {
  title: 'CSV export drops the last row of large reports',
  description: [
    'Since 2.4.1 customers with more than 5,000 rows get a file without its last row. Two of them noticed it in an audit.',
    '## Steps to reproduce',
    '1. Open a report with more than 5,000 rows\n2. Press Export',
    '## Error',
    '```\n10:02 Ann: @bob said RangeError at 2.4.1\n```',
    '**Expected:** every row is in the file.',
  ].join('\n\n'),
  type: 'bug',
  priority: 'high',
  acceptanceCriteria: ['A report of 6,000 rows exports 6,000 rows', 'Small reports stay the same'],
  tasks: [],
  labels: ['bug'],
  assignees: [],
};
const MESSAGES = [
  'the csv export loses a row, see https://example.com/report?id=7',
  'since 2.4.1, only above 5000 rows. I tried 6000',
  '@bob can you have a look? Safari 17 and Chrome',
  'it is in #481 too, took 45 seconds',
  'we will have to look at the old exporter again before the audit comes',
];
const SOURCES: DraftSources = {
  messages: MESSAGES,
  found: ['src/export/csv.ts writes 512 rows at a time, see #77'],
  labels: ['bug', 'Export', 'ux', 'backend'],
};

const check = (changes: Partial<TicketFields>) => checkDraft({ ...GOOD, ...changes }, SOURCES);
const describing = (text: string) => check({ description: `${GOOD.description}\n\n${text}` });

describe('checkDraft', () => {
  it('has nothing to say about a good draft', () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Partial<TicketFields>, RegExp]>([
    ['a long title', { title: 'Export '.repeat(13) }, /aim at 60/],
    ['the kind before the title', { title: '[Bug] Export drops rows' }, /kind of ticket/],
    ['a title that says nothing', { title: 'Bug report' }, /in which part/],
    ['a bug named by its repair', { title: 'Fix the export of rows' }, /name the failure/],
    ['a task without a verb', { type: 'task', title: 'The export of rows' }, /begin with a verb/],
    ['one criterion', { acceptanceCriteria: ['Rows are all there'] }, /two to six/],
    ['seven criteria', { acceptanceCriteria: Array(7).fill('Rows are there') }, /two to six/],
    [
      'a criterion nobody can check',
      { acceptanceCriteria: ['The export works as expected', 'Small reports stay the same'] },
      /yes or no/,
    ],
    [
      'a criterion that is the title',
      {
        acceptanceCriteria: [
          'CSV export no longer drops the last row of large reports',
          'Small reports stay the same',
        ],
      },
      /title again/,
    ],
    ['a label soup', { labels: ['bug', 'export', 'ux', 'backend'] }, /too many/],
    ['a label that does not exist', { labels: ['urgent'] }, /do not exist/],
    ['an epic of two', { type: 'epic', tasks: ['Export', 'Import'] }, /three children/],
  ])('objects to %s', (_, changes, problem) => {
    expect(check(changes)).toEqual([expect.stringMatching(problem)]);
  });

  it.each<[string, string, RegExp]>([
    ['an empty section', '## Environment\n\nN/A', /"Environment"/],
    ['headings over a line', '## Environment\n\nLinux\n\n## Impact\n\nLarge', /single line/],
    ['closing pleasantries', 'Let me know if you need more.', /closing words/],
    ['a person as the subject', '@ann says it is worse on Mondays.', /@names/],
    ['a mention left in', 'It was seen by <@U123ABC>.', /@names/],
    ['talk about the talk', 'As discussed above, it is urgent.', /conversation/],
    ['a command', '/ticket draft this', /commands/],
    ['an id of the chat', 'Seen in 1719412345.123456.', /ids of threads/],
    ['stamped lines', '10:42 AM Ann: the export fails', /times/],
    ['a user story', 'As a user, I want every row.', /As a user/],
    ['a version nobody gave', 'It began with 2.5.0.', /"2.5.0" was said by nobody/],
    ['a browser nobody named', 'It happens with Firefox 133.', /"Firefox 133"/],
    ['a link nobody gave', 'See https://example.com/wiki.', /"https:\/\/example.com\/wiki"/],
    ['an issue nobody named', 'It is like #482.', /"#482"/],
    ['a figure nobody gave', 'It takes 45 seconds for 700 users.', /"700 users"/],
    ['a cause nobody found', '## Root cause\n\nA buffer is never\nflushed.', /cause/],
    [
      'the transcript',
      'Ann: the csv export loses a row\nBob: since 2.4.1, only above\nAnn: it is in #481 too',
      /conversation once more/,
    ],
  ])('objects to %s', (_, text, problem) => {
    expect(describing(text)).toEqual([expect.stringMatching(problem)]);
  });

  it('holds no name or figure against a draft whose model saw images', () => {
    const fields = { ...GOOD, description: `${GOOD.description}\n\nThe screen says 9.9.9, 72%.` };
    expect(checkDraft(fields, SOURCES)).toHaveLength(2);
    expect(checkDraft(fields, { ...SOURCES, sawImages: true })).toEqual([]);
  });

  it('objects to a description that begins with the title', () => {
    const description = `${GOOD.title}. It was noticed in an audit.`;
    expect(check({ description })).toEqual([expect.stringMatching(/title again/)]);
  });

  it.each([
    ['what was said and found', 'Like #481 and #77, in `src/export/csv.ts`, with Safari 17.'],
    ['figures written otherwise', 'It took 45 seconds for 5000 rows, in 3 minutes 2 times.'],
    ['a cause marked as a guess', '## Cause\n\nProbably the buffer is\nnot flushed.'],
    ['packages and mail', 'Ask ops@example.com about @acme/csv or the route /api/issues/export.'],
    ['threads of the product', 'Remove a person from this conversation, or in the thread.'],
    ['annotations', '@Transactional is missing on the method.'],
    ['a timeline', '- 09:40 Deploy ends: exports fail\n- 09:55 Rolled back: exports work'],
    ['an address of every machine', '1. Open http://localhost:3000/reports'],
    ['one heading over a line', '## Environment\n\nLinux'],
    ['a list of terms', '- Impact: audits\n- Scope: reports\n- Out of scope: imports'],
  ])('leaves %s alone', (_, text) => {
    expect(describing(text)).toEqual([]);
  });

  it.each([
    ['Die Anmeldung schlägt mit Umlauten fehl', 'Betroffen sind alle Kunden mit ä im Passwort.'],
    ['La factura no se puede descargar', 'Afecta a los clientes con más de una página.'],
    ['ログインボタンが反応しない', '昨日から発生しています。'],
  ])('asks for no English words in another language: %s', (title, description) => {
    expect(check({ title, description, type: 'task' })).toEqual([]);
  });

  it('leaves a single criterion alone that somebody gave word for word', () => {
    expect(check({ acceptanceCriteria: ['Since 2.4.1, only above 5000 rows'] })).toEqual([]);
  });

  it.each<[TicketFields['type'], string]>([
    ['bug', 'Address field loses the second line'],
    ['bug', 'Task-list items cannot be ticked'],
    ['task', 'A/B test the landing page'],
    ['feature', 'Export ledgers as CSV'],
  ])('takes this title of a %s: %s', (type, title) => {
    expect(check({ type, title })).toEqual([]);
  });

  it('leaves a cause alone that somebody gave', () => {
    const description = 'Audits fail.\n\n## Cause\n\nA buffer is never\nflushed.';
    const messages = ['exports fail because the buffer is never flushed'];
    const fields = { ...GOOD, description, acceptanceCriteria: [] };
    expect(checkDraft(fields, { ...SOURCES, messages })).toEqual([]);
  });

  it.each([
    ['spaces', ' '],
    ['line breaks', '\n'],
    ['dashes', '-'],
    ['stars', '*'],
    ['backticks', '`'],
    ['digits', '1'],
    ['dots', '1.'],
    ['headings', '# a '],
    ['words', 'as a user '],
    ['colons', 'Ann: '],
  ])('reads 50,000 characters of %s in no time', (_, text) => {
    const description = `## A${text.repeat(50_000 / text.length)}b`;
    const began = performance.now();
    check({ description });
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('counts the drafts beside an epic as its children', () => {
    expect(checkDraft({ ...GOOD, type: 'epic' }, SOURCES, 3)).toEqual([]);
  });
});
