/** Threads in which what counts must be found among what does not. */
import type { EvalThread, Said } from '../thread.ts';

const CHATTER = [
  'morning!',
  'lol',
  'who took the last coffee',
  'brb',
  'the office is so cold today',
  'lunch?',
  'haha',
  '+1',
  'did anybody watch the match',
  'ok',
];

/** 194 lines of chatter around six that count. */
function longThread(): Said[] {
  const names = ['Ana', 'Bo', 'Cy', 'Dee', 'Ed'];
  const counts = new Map<number, string>([
    [20, 'The nightly import fails for files above 2 GB.'],
    [61, 'It stops with "ENOSPC: no space left on device" in /tmp.'],
    [98, 'Only the worker on host imp-03 is affected, it has a small disk.'],
    [140, 'The import should stream the file instead of copying it to /tmp first.'],
    [171, 'Three customers wait for their data since Monday, so this is urgent.'],
  ]);
  const said = Array.from(
    { length: 199 },
    (_, index): Said => [
      names[index % names.length] ?? 'Ana',
      counts.get(index) ?? CHATTER[index % CHATTER.length] ?? 'ok',
    ],
  );
  return [...said, ['Ana', '@bot can you draft a ticket for the import thing']];
}

export const TALK: EvalThread[] = [
  {
    name: 'a decision that was reversed',
    said: [
      ['Kai', 'We need a rate limit on the public API, somebody scrapes us all night.'],
      ['Rosa', 'Limit it to 100 requests per minute for each address.'],
      ['Kai', 'fine with me'],
      [
        'Rosa',
        'Hm, scratch that, offices share one address. Limit it to 60 requests per minute for each token.',
      ],
      ['Kai', 'better. And answer with 429 and Retry-After when it is passed. Please draft.'],
    ],
    expected: {
      tickets: 1,
      types: ['feature', 'task'],
      facts: [/60 requests/i, /token/i, /429/, /Retry-After/i, /scrape/i],
      absent: [/\b100\b/, /scratch that/i, /fine with me/i],
    },
  },
  {
    name: 'a decision reversed without a word for it',
    said: [
      ['Ines', 'Add a dark theme, and make it follow the system.'],
      ['Paul', 'and a switch in the profile menu, default off'],
      [
        'Ines',
        'On second thought: default should be on when the system is dark, we tested it with users.',
      ],
      ['Paul', 'ok convinced, default on. ticket please'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      facts: [/dark/i, /system/i, /profile menu/i, /default[^.]* on\b/i],
      absent: [/default off/i, /second thought/i, /convinced/i],
    },
  },
  {
    name: 'noise around five messages',
    said: [
      ['Max', 'morning all'],
      ['Eva', 'morning! coffee machine is dead again btw'],
      ['Max', 'The invoice PDF shows the wrong tax rate for Austria.'],
      ['Lia', 'lol the coffee machine'],
      ['Eva', 'It prints 19 % but should print 20 %.'],
      ['Max', 'thx'],
      ['Lia', 'lunch at 12?'],
      ['Max', 'Only for invoices with a discount, invoice 7741 for example.'],
      ['Eva', 'sure'],
      ['Lia', 'haha'],
      ['Max', 'About 40 customers in Austria get these every month.'],
      ['Eva', '@bot draft a ticket for the tax thing please'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/Austria/, /19 ?%/, /20 ?%/, /discount/i, /7741/, /\b40\b/],
      absent: [/coffee/i, /lunch/i, /\blol\b/i, /morning/i, /haha/i],
    },
  },
  {
    name: '200 messages',
    said: longThread(),
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['high', 'critical'],
      facts: [/2 GB/, /ENOSPC: no space left on device/, /imp-03/, /stream/i, /Monday/],
      absent: [/coffee/i, /lunch/i, /\bmatch\b/i, /office/i],
    },
  },
  {
    name: 'a question that needs no ticket',
    said: [
      ['Yan', 'How do I run the migrations on my laptop?'],
      ['Mo', '`make migrate`, see docs/dev.md'],
      ['Yan', 'works, thank you!'],
      ['Yan', '@bot what can you do in here?'],
    ],
    expected: { silent: true },
  },
  {
    name: 'it was a mistake of our own',
    said: [
      ['Gil', 'The webhook does not fire for new orders.'],
      ['Oda', 'is it switched on in the sandbox?'],
      ['Gil', 'oh. no. never mind, it was off in my settings, all good'],
    ],
    expected: { silent: true },
  },
  {
    name: 'nobody could start with this',
    said: [
      ['Rex', "it's broken again"],
      ['Rex', '@bot ticket please'],
    ],
    expected: { asks: true },
  },
  {
    name: 'a duplicate of an issue that exists',
    said: [
      [
        'Fay',
        'Avatar upload fails with PNG files above 5 MB, there is just a grey circle afterwards.',
      ],
      ['Ty', 'happened to me last week too'],
      ['Fay', '@bot draft a ticket'],
    ],
    issues: [
      { number: '198', title: 'Resize avatars on upload' },
      { number: '214', title: 'Avatar upload fails for PNG files above 5 MB' },
    ],
    expected: { told: [/#?214/], absent: [/happened to me/i] },
  },
  {
    name: 'a revision after changes by hand',
    said: [['Ulla', 'The CSV export drops the last row when the file has more than 5000 rows.']],
    next: [
      {
        edit: 1,
        changes: { title: 'CSV export loses its last row above 5000 rows', priority: 'high' },
      },
      { said: ['Ulla', 'acceptance criteria: An export of 6000 rows holds 6000 rows'] },
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['high'],
      facts: [/^CSV export loses its last row above 5000 rows$/m, /6000 rows holds 6000 rows/],
      absent: [/acceptance criteria:/i],
    },
  },
  {
    name: 'one of two drafts is dropped',
    said: [['Bea', '1. The map does not load in Firefox\n2. Add a button that copies the address']],
    next: [{ said: ['Bea', 'drop draft 2, that exists already'] }],
    expected: { tickets: 1, types: ['bug'], facts: [/map/i, /Firefox/], absent: [/copies the/i] },
  },
  {
    name: 'somebody else reports for a customer',
    said: [
      [
        'Jil',
        'forwarding from support: <@U02ABCDEF> said the customer sees "Error E1042" when opening statement 2025-03',
      ],
      ['Cem', 'as discussed above the statements before April were migrated by the old script'],
      [
        'Jil',
        'Statements from before April cannot be opened, that is 312 of them. Newer ones are fine.',
      ],
      ['Cem', '/remind me tomorrow'],
      ['Cem', 'file this'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/E1042/, /\b312\b/, /April/],
      absent: [/<@U/, /as discussed/i, /\/remind/, /U02ABCDEF/, /\b(?:Jil|Cem)\b/],
    },
  },
];
