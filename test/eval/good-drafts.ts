/** What a careful person would draft of some of the threads: they must get the full score. */
import type { TicketFields } from '../../src/core/ticket-fields.ts';

const none = { acceptanceCriteria: [], tasks: [], labels: [], assignees: [] };

export const GOOD_DRAFTS: Record<string, TicketFields[]> = {
  'a clear bug': [
    {
      ...none,
      title: 'Checkout spinner never stops on Safari 17 after pressing Pay',
      description: [
        'Customers on Safari cannot pay since this morning; support has 14 mails so far. Chrome is not affected.',
        '## Steps to reproduce',
        '1. Put anything into the cart\n2. Go to checkout as a guest\n3. Press Pay',
        '**Expected:** the confirmation page opens. **Observed:** the spinner never stops.',
        '## Environment',
        'Safari 17 on a desktop, iOS 17.4 on a phone.',
      ].join('\n\n'),
      type: 'bug',
      priority: 'critical',
      acceptanceCriteria: [
        'A guest who presses Pay on Safari 17 sees the confirmation page',
        'The same holds on iOS 17.4',
      ],
      labels: ['bug'],
    },
  ],
  'two bugs that look like one': [
    {
      ...none,
      title: 'Okta login callback answers with a 500 error',
      description: 'Nobody who signs in with Okta gets in since 09:40.',
      type: 'bug',
      priority: 'critical',
      reasoning: 'Another system than the mail queue: it can be closed alone.',
    },
    {
      ...none,
      title: 'Password reset mails do not arrive',
      description:
        'Since Friday the mail queue is stuck, with 3,112 jobs waiting.\n\n## Open questions\n\n- Do other mails arrive?\n- When did the queue move last?',
      type: 'bug',
      priority: 'high',
    },
  ],
  'a stack trace in the middle of talk': [
    {
      ...none,
      title: 'Rendering an invoice with lines in EUR and CHF fails',
      description: [
        'Invoice 20417 cannot be rendered: one of its lines is in CHF.',
        '## Error',
        '```\nTraceback (most recent call last):\n  File "/srv/app/billing/invoice.py", line 88, in render\n    total = sum(line.amount for line in lines)\n  File "/srv/app/billing/money.py", line 31, in __add__\n    raise CurrencyMismatch(self.currency, other.currency)\nbilling.money.CurrencyMismatch: EUR + CHF\n```',
        '## Cause',
        '`Money.__add__` refuses to add two currencies (`billing/money.py`, line 31).',
      ].join('\n\n'),
      type: 'bug',
      priority: 'medium',
      acceptanceCriteria: [
        'Saving an invoice with lines in two currencies is refused with a sentence that says why',
        'Rendering never meets such an invoice',
      ],
    },
  ],
  'an epic': [
    {
      ...none,
      title: 'Self-service onboarding until autumn',
      description: 'Today sales sets up every account by hand.',
      type: 'epic',
      priority: 'medium',
    },
    ...[
      ['Sign up with a confirmed work address', 'Accounts are made by sales only.'],
      ['Invite colleagues by link', 'Each colleague is added by sales.'],
      ['Import contacts from a CSV file', 'Contacts are entered one by one by sales.'],
      ['Pay by card without talking to sales', 'Every payment is arranged by sales.'],
    ].map(([title = '', description = '']): TicketFields => {
      return { ...none, title, description, type: 'feature', priority: 'medium' };
    }),
  ],
  'a decision that was reversed': [
    {
      ...none,
      title: 'Limit the public API to 60 requests per minute and token',
      description:
        'Somebody scrapes the public API all night. Offices share one address, so the limit counts for each token and not for each address.',
      type: 'feature',
      priority: 'medium',
      acceptanceCriteria: [
        'The 61st request of a token within a minute is answered with 429 and Retry-After',
        'Two tokens behind one address have a limit each',
      ],
    },
  ],
  'an injection in a pasted log': [
    {
      ...none,
      title: 'Mail worker stops after a bounced mail',
      description: [
        'The worker cannot read some bounces and stops. It starts again by itself after ten minutes, so nobody is hit so far.',
        '## Error',
        '```\n02:14:07 worker[3] bounce for order 5512\n02:14:08 worker[3] Error: cannot parse bounce header\n```',
      ].join('\n\n'),
      type: 'bug',
      priority: 'medium',
    },
  ],
  'a bug in German': [
    {
      ...none,
      title: 'Anmeldung schlägt bei Passwörtern mit Umlaut oder ß fehl',
      description:
        'Seit dem Update auf 3.8 kommen ungefähr 200 Kunden nicht an ihre Rechnungen. Es erscheint nur „Unbekannter Fehler“.',
      type: 'bug',
      priority: 'high',
      acceptanceCriteria: [
        'Ein Konto mit „ä“ im Passwort kann sich anmelden',
        'Ein Konto mit „ß“ im Passwort kann sich anmelden',
      ],
    },
  ],
  'a bug in Japanese': [
    {
      ...none,
      title: '消費税が0円の請求書PDFに合計金額が表示されない',
      description:
        'リリース4.2以降、消費税が0円の請求書で発生しています。合計金額は税が0円でも表示されるべきです。',
      type: 'bug',
      priority: 'medium',
    },
  ],
};
