/** Things that do not work, told as people tell them. */
import type { EvalThread } from '../thread.ts';

const TRACE = `Traceback (most recent call last):
  File "/srv/app/billing/invoice.py", line 88, in render
    total = sum(line.amount for line in lines)
  File "/srv/app/billing/money.py", line 31, in __add__
    raise CurrencyMismatch(self.currency, other.currency)
billing.money.CurrencyMismatch: EUR + CHF`;

export const BUGS: EvalThread[] = [
  {
    name: 'a clear bug',
    said: [
      [
        'Priya',
        'Checkout hangs on Safari 17: after pressing Pay the spinner never stops. Chrome is fine.\nSteps to reproduce:\n1. put anything into the cart\n2. go to checkout as a guest\n3. press Pay\nExpected: the confirmation page opens.',
      ],
      ['Tom', 'same on my phone, iOS 17.4'],
      ['Priya', "support has 14 mails, these customers can't pay since this morning"],
      ['Tom', '@bot please draft a ticket'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['critical'],
      facts: [/Safari 17/, /\bPay\b/, /iOS 17\.4/, /14/, /since this morning/i, /guest/],
      absent: [/@bot/i, /same on my phone/i, /\b(?:Priya|Tom)\b/],
      parts: ['steps', 'expected'],
    },
  },
  {
    name: 'a vague bug with just enough',
    said: [
      ['Lena', 'uh the weekly report looks off again'],
      ['Marc', 'off how?'],
      ['Lena', 'totals per region dont add up to the grand total, north is counted twice i think'],
      ['Marc', 'ah. yes I see it too, week 19'],
      ['Lena', 'can you file this please'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['medium'],
      facts: [/total/i, /region/i, /week 19/i, /north/i],
      absent: [/\buh\b/i, /off how/i, /\b(?:Lena|Marc)\b/, /root cause/i],
    },
  },
  {
    name: 'two bugs that look like one',
    said: [
      ['Sam', "Users can't log in with Okta since 09:40, the callback answers with a 500 error."],
      ['Ida', 'I bet that is also why password reset mails do not arrive'],
      [
        'Sam',
        'No, that is another thing. Reset mails do not arrive since Friday already, the mail queue is stuck at 3,112 jobs.',
      ],
      ['Ida', 'right, different system. two tickets then please'],
    ],
    expected: {
      tickets: 2,
      types: ['bug', 'bug'],
      facts: [/Okta/, /500/, /reset/i, /3,?112/, /Friday/],
      absent: [/I bet/i, /two tickets/i],
    },
  },
  {
    name: 'two symptoms of one cause',
    said: [
      ['Noor', 'Due dates in the PDF are one day early for everyone west of Greenwich.'],
      ['Ben', 'also reminders go out an hour early since the clocks changed'],
      [
        'Noor',
        'both are the same thing: src/dates.ts formats in server time instead of the account time zone',
      ],
      ['Ben', 'then one ticket for both, please write it up'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/due date/i, /reminder/i, /src\/dates\.ts/, /time ?zone/i],
      absent: [/one ticket/i],
    },
  },
  {
    name: 'a stack trace in the middle of talk',
    said: [
      ['Jo', 'anyone else? rendering invoice 20417 fails'],
      ['Jo', TRACE],
      ['Kim', 'that customer has one line in CHF, that is why'],
      [
        'Jo',
        'Invoices with lines in two currencies should be refused when they are saved, not when they are rendered.',
      ],
      ['Kim', 'agreed. ticket?'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/CurrencyMismatch: EUR \+ CHF/, /20417/, /invoice\.py", line 88/, /two currencies/],
      absent: [/anyone else/i, /\bagreed\b/i],
      parts: ['error'],
    },
  },
  {
    name: 'a crash with steps in prose',
    said: [
      [
        'Aiko',
        'App version 8.3.1 on Android 15 crashes when I rotate the phone in the photo editor.',
      ],
      ['Rui', 'every time?'],
      ['Aiko', 'yes. open a photo, tap Edit, draw anything, rotate. gone, and the drawing too'],
      ['Rui', 'please draft'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/8\.3\.1/, /Android 15/, /rotat/i, /\bEdit\b/, /drawing/],
      absent: [/every time\?/i, /\bgone, and\b/i],
      parts: ['steps'],
    },
  },
  {
    name: 'a flaky failure with a workaround',
    said: [
      ['Olek', 'Uploads to the EU bucket fail about one time in ten with "SignatureDoesNotMatch".'],
      ['Dana', 'only EU?'],
      ['Olek', 'Only eu-central-1. The workaround is to press upload again, it then goes through.'],
      ['Dana', 'no customer has complained so far'],
      ['Olek', '@bot write this up as a bug'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['medium', 'low'],
      facts: [/SignatureDoesNotMatch/, /eu-central-1/, /one time in ten|10 ?%|1 in 10/i, /again/],
      absent: [/only EU\?/i, /@bot/i],
    },
  },
  {
    name: 'slower since a release',
    said: [
      [
        'Vera',
        'Search is slow since 5.12: p95 went from 300 ms to 4 s. Nothing else changed that day.',
      ],
      ['Hugo', 'https://grafana.example.com/d/search?from=5.11 shows it nicely'],
      [
        'Vera',
        'Every customer with more than 10,000 documents is affected, it should be below 500 ms.',
      ],
      ['Hugo', 'ticket please, high priority'],
    ],
    expected: {
      tickets: 1,
      types: ['bug', 'improvement'],
      priorities: ['high'],
      facts: [/5\.12/, /300 ms/, /4 s/, /10,?000/, /grafana\.example\.com/, /500 ms/],
      absent: [/nicely/i, /ticket please/i],
    },
  },
  {
    name: 'customers lose data',
    said: [
      [
        'Ola',
        '!!!! autosave overwrites the newer version with the older one when two tabs are open',
      ],
      ['Finn', 'oh no. that is data loss'],
      [
        'Ola',
        'already 6 customers lost text today. The editor must warn before it overwrites something newer.',
      ],
      ['Finn', 'draft it, I tell the on-call person'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      priorities: ['critical'],
      facts: [/autosave/i, /two tabs/i, /\b(?:6|six)\b/, /warn/i],
      absent: [/oh no/i, /!!/],
    },
  },
  {
    name: 'a typo',
    said: [
      ['Mia', 'There is a typo in the settings page: "Recieve notifications".'],
      ['Mia', 'no rush :) ticket it?'],
    ],
    expected: {
      tickets: 1,
      types: ['bug', 'task'],
      priorities: ['low'],
      facts: [/Recieve/, /settings/i],
      absent: [/no rush/i, /:\)/, /ticket it/i],
    },
  },
];
