/** What `db:seed` puts into the table: one person, one thread, two turns and their tickets. */
import type { Author } from '../src/core/message.ts';
import type { Place, ThreadRef } from '../src/core/thread.ts';
import type { TicketFields } from '../src/core/ticket-fields.ts';
import { identityOf } from '../src/core/user.ts';

export interface DemoTurn {
  id: string;
  sentAt: string;
  text: string;
  reply: string;
  tickets: TicketFields[];
}

export const DEMO_USER_ID = 'demo';
export const DEMO_AUTHOR: Author = {
  identity: identityOf('terminal', 'local', 'demo'),
  name: 'Demo User',
  standing: 'member',
};
export const DEMO_EMAIL = 'demo@example.com';
export const DEMO_THREAD: ThreadRef = {
  platform: 'terminal',
  workspaceId: 'local',
  channelId: 'demo',
  threadId: 'demo',
};
export const DEMO_PLACE: Place = { workspaceId: 'local', channelId: 'demo', visibility: 'dm' };
export const DEMO_TITLE = 'Exports time out for large accounts';

const none = { acceptanceCriteria: [], tasks: [], labels: [], assignees: [] };

export const DEMO_TURNS: [DemoTurn, ...DemoTurn[]] = [
  {
    id: 'demo-1',
    sentAt: '2026-01-12T09:00:00.000Z',
    text: 'Since Monday the CSV export fails with "504 Gateway Timeout" for accounts with more than 50,000 orders. Support gets three mails a day about it. Also, people would like to choose the columns.',
    reply:
      'I drafted two tickets: the failing export as a bug, the choice of columns as a feature.',
    tickets: [
      {
        ...none,
        title: 'CSV export fails with 504 for accounts above 50,000 orders',
        description:
          'Customers with large accounts cannot export their orders since Monday; support gets three mails a day.\n\n## Observed\n\nThe export ends with:\n\n```\n504 Gateway Timeout\n```\n\n## Expected\n\nThe export arrives, however many orders there are.',
        type: 'bug',
        priority: 'high',
        acceptanceCriteria: [
          'An account with 200,000 orders exports without an error',
          'The page stays usable while an export runs',
        ],
        labels: ['export'],
        reasoning: 'The failure and the wish for columns can be closed independently.',
      },
      {
        ...none,
        title: 'Let people choose the columns of the CSV export',
        description:
          'Every export holds all columns. People want to leave out those they do not need.',
        type: 'feature',
        priority: 'medium',
        acceptanceCriteria: ['An export holds the chosen columns, in the chosen order'],
        labels: ['export'],
      },
    ],
  },
  {
    id: 'demo-2',
    sentAt: '2026-01-12T09:05:00.000Z',
    text: 'We also need an alert when more than 5 % of the exports fail within an hour.',
    reply: 'I drafted one more ticket for the alert.',
    tickets: [
      {
        ...none,
        title: 'Alert when more than 5 % of exports fail within an hour',
        description: 'The failures were noticed by customers first.',
        type: 'task',
        priority: 'medium',
        acceptanceCriteria: ['The on-call person is told within five minutes of the threshold'],
      },
    ],
  },
];
