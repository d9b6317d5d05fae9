/** Features, tasks and larger plans. */
import type { EvalThread } from '../thread.ts';

export const WISHES: EvalThread[] = [
  {
    name: 'options were weighed',
    said: [
      [
        'Elif',
        'Accountants want to get the ledger out, today they copy it from the screen by hand.',
      ],
      ['Jon', 'we could do XLSX with formulas, or plain CSV'],
      ['Elif', 'XLSX needs a library of 4 MB. CSV is enough for their tools, I asked two of them.'],
      ['Jon', 'ok CSV it is. Add a CSV export to the ledger page, with the filters applied.'],
      ['Elif', 'yes. ticket please'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      priorities: ['medium'],
      facts: [/CSV/, /ledger/i, /filter/i, /by hand|manually/i, /XLSX/],
      absent: [/ok CSV it is/i, /\b(?:Elif|Jon)\b/, /\bas an? accountant,? I\b/i],
    },
  },
  {
    name: 'would be nice',
    said: [
      ['Pia', 'It would be nice if we could pin a conversation to the top of the list.'],
      ['Gus', '+1'],
      ['Pia', 'Pinned ones should stay on top after a reload. At most five should be possible.'],
      ['Gus', '@bot ticket'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      priorities: ['low'],
      facts: [/\bpin/i, /reload/i, /five|5/i],
      absent: [/\+1/, /@bot/i],
      parts: ['criteria'],
    },
  },
  {
    name: 'a task with what is out',
    said: [
      ['Ravi', 'We have to upgrade Postgres from 14 to 17 on staging and production.'],
      ['Cleo', 'why now? Because 14 gets no fixes after November.'],
      ['Ravi', 'yes. The analytics replica stays on 14, that is out of scope.'],
      ['Cleo', 'about 2 days I think. draft it'],
    ],
    expected: {
      tickets: 1,
      types: ['task'],
      priorities: ['medium', 'high'],
      facts: [/Postgres/i, /\b14\b/, /\b17\b/, /analytics replica/i, /November/],
      absent: [/why now\?/i, /draft it/i],
    },
  },
  {
    name: 'an epic',
    said: [
      [
        'Nils',
        'Onboarding has to become self-service until autumn, today sales sets up every account by hand.',
      ],
      [
        'Uma',
        'These parts are needed:\n- Sign up with a work address and confirm it\n- Invite colleagues by link\n- Import contacts from a CSV file\n- Pay by card without talking to sales',
      ],
      ['Nils', 'make it an epic with those four as its parts'],
    ],
    expected: {
      tickets: 5,
      types: ['epic', 'feature', 'feature', 'feature', 'feature'],
      facts: [/self-service/i, /invite/i, /CSV/, /card/i, /autumn/i],
      absent: [/make it an epic/i],
    },
  },
  {
    name: 'a deadline of a customer',
    said: [
      ['Zoe', 'Contoso cannot go live without SCIM provisioning, their deadline is 1 October.'],
      ['Amir', 'we only have SSO right now, users are removed by hand'],
      ['Zoe', 'We need SCIM 2.0 for creating, changing and deactivating users. Groups can wait.'],
      ['Amir', 'write it up, important'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      priorities: ['high'],
      facts: [/SCIM 2\.0/, /1 October/, /deactivat/i, /groups/i, /Contoso/],
      absent: [/write it up/i],
    },
  },
  {
    name: 'three things in one message',
    said: [
      [
        'Theo',
        'from the design review:\n1. Show the currency next to every amount\n2. The date picker does not open with the keyboard\n3. Remove the old help centre links from the footer',
      ],
      ['Theo', 'one ticket each please'],
    ],
    expected: {
      tickets: 3,
      types: ['feature', 'bug', 'task'],
      facts: [/currency/i, /keyboard/i, /footer/i],
      absent: [/one ticket each/i],
    },
  },
  {
    name: 'acceptance was talked through',
    said: [
      ['Lou', 'Let admins see who changed a price. We get asked by auditors every quarter.'],
      ['Sven', 'The log should show the old price, the new price, who and when.'],
      ['Lou', 'It must go back at least 24 months. Members should not see it, only admins.'],
      ['Sven', 'good. ticket'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      facts: [/old price/i, /24 months/i, /admin/i, /audit/i, /quarter/i],
      absent: [/\bgood\. ticket/i],
      parts: ['criteria'],
    },
  },
];
