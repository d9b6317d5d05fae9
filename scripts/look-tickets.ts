/** The tickets that `npm run look:slack` and `npm run look:discord` look at, as teams have them. */
import type { Author } from '../src/core/message.ts';
import type { Card } from '../src/core/platform.ts';
import type { Ticket } from '../src/core/ticket.ts';

export const ANN: Author = { identity: 'slack:T1:UANN', name: 'Ann Rivera', standing: 'member' };
export const PROJECT = 'github:acme/shop';

export const FIELDS = {
  id: 'a1b2c3d4e5f60718',
  conversationId: 'c1',
  ordinal: 1,
  revision: 3,
  title: 'Checkout hangs on Safari 17 after pressing Pay',
  description: `Since Tuesday's release nobody can pay on Safari 17. The spinner stays, and the console shows:

\`\`\`
TypeError: undefined is not an object (evaluating 'intent.status')
\`\`\`

## Steps
1. Put something into the cart
2. Press **Pay**

## Expected
The confirmation page opens.`,
  type: 'bug',
  priority: 'critical',
  acceptanceCriteria: [
    'An order can be paid on Safari 17 and on Safari 18',
    'A failed payment says so within five seconds',
    'A test covers the redirect in `pay.ts`',
  ],
  tasks: ['Reproduce it on Safari 17', 'Fix the redirect', 'Tell support what to answer'],
  labels: ['bug', 'checkout', 'safari'],
  assignees: ['ann'],
  milestone: '2.4',
  estimate: '3 points',
  origin: { requester: ANN, turnId: 't', permalink: 'https://acme.slack.com/archives/C1/p1' },
  editedFields: [],
  createdAt: '2026-11-24T10:00:00.000Z',
  updatedAt: '2026-11-24T10:00:00.000Z',
} as const satisfies Partial<Ticket>;
const COPY = {
  ...FIELDS,
  acceptanceCriteria: [...FIELDS.acceptanceCriteria],
  tasks: [...FIELDS.tasks],
  labels: [...FIELDS.labels],
  assignees: [...FIELDS.assignees],
  editedFields: [],
};
export const DRAFT: Ticket = { ...COPY, status: 'draft' };
const APPROVAL = { by: ANN, at: FIELDS.createdAt, revision: 3, digest: 'd', project: PROJECT };

/** All there may be to say about a draft. */
export const ADVISED: [Ticket, Partial<Card>] = [
  {
    ...DRAFT,
    title: 'CSVエクスポートで最後の行が欠落する',
    description: '管理画面からCSVを書き出すと、最後の1行が必ず欠けます。件数に関係なく再現します。',
    priority: 'high',
    acceptanceCriteria: ['書き出した行数が画面の件数と一致する'],
    tasks: [],
  },
  {
    openDrafts: 2,
    warning: 'This channel is private, and acme/shop is public: anybody will be able to read it.',
    missing: ['Version', 'Browser'],
    template: 'Bug report',
    unknown: [{ field: 'labels', name: 'export' }],
    projects: [PROJECT, 'gitlab:acme/backoffice'],
    duplicates: [
      {
        issue: {
          ...{
            project: 'acme/shop',
            number: '482',
            title: 'Export drops rows over 10,000',
            state: 'open',
          },
          url: 'https://github.com/acme/shop/issues/482',
        },
        why: 'shares “export”, “rows”',
      },
    ],
  },
];
const ISSUE = {
  ...{ tracker: 'github', host: 'github.com', projectId: '1', project: 'acme/shop', number: '512' },
  externalId: 'github:acme/shop#512',
  externalUrl: 'https://github.com/acme/shop/issues/512',
  filedAt: FIELDS.createdAt,
};
export const LONG: Ticket = {
  ...DRAFT,
  type: 'epic',
  priority: 'medium',
  title: 'Move the whole checkout to the new payment provider before the contract ends',
  description: Array.from(
    { length: 12 },
    (_, n) =>
      `### Step ${n + 1}\nThe ${n + 1}. country moves, its refunds and its reports with it, and support knows a week before.`,
  )
    .join('\n\n')
    .repeat(4),
  acceptanceCriteria: Array.from(
    { length: 30 },
    (_, n) => `Country ${n + 1} takes payments and refunds through the new provider`,
  ),
  tasks: Array.from({ length: 25 }, (_, n) => `Write the migration for country ${n + 1}`),
};
export const PUBLISHING: Ticket = {
  ...COPY,
  ...{ status: 'publishing', approval: APPROVAL },
  claim: {
    token: 't',
    expiresAt: 0,
    since: FIELDS.createdAt,
    attempt: 1,
    waits: 'GitHub is not reachable at the moment.',
  },
};
export const PUBLISHED: Ticket = {
  ...COPY,
  ...{ status: 'published', approval: APPROVAL, issue: ISSUE },
};
