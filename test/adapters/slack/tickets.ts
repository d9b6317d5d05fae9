/** Tickets for Slack's limits: ordinary ones, and any at its longest in several scripts. */
import type { Advice } from '../../../src/core/advice.ts';
import type { Card } from '../../../src/core/platform.ts';
import type { ThreadRef } from '../../../src/core/thread.ts';
import type { Ticket } from '../../../src/core/ticket.ts';
import {
  MAX_DESCRIPTION_LENGTH,
  MAX_LIST_ITEMS,
  MAX_TITLE_LENGTH,
  TICKET_PRIORITIES,
  TICKET_TYPES,
} from '../../../src/core/ticket-fields.ts';
import { type Chance, createChance } from '../../chance.ts';
import { ANN } from './platforms.ts';

export const THREAD: ThreadRef = {
  platform: 'slack',
  workspaceId: 'T1',
  channelId: 'C1',
  threadId: '1700000000.000100',
};
export const PLACE = { workspaceId: 'T1', channelId: 'C1', visibility: 'public' } as const;

type Draft = Extract<Ticket, { status: 'draft' }>;

export function draft(fields: Partial<Draft> = {}): Draft {
  return {
    id: 'a1b2c3d4e5f60718',
    conversationId: 'c',
    ordinal: 1,
    revision: 3,
    status: 'draft',
    title: 'Checkout hangs on Safari 17 after Pay',
    description:
      'Nobody can pay on Safari since Tuesday.\n\n## Steps\n1. Put something into the cart\n2. Press **Pay**\n\n## Expected\nThe confirmation page opens.',
    type: 'bug',
    priority: 'critical',
    acceptanceCriteria: ['An order can be paid on Safari 17', 'A test covers it'],
    tasks: ['Reproduce it', 'Fix the redirect'],
    labels: ['bug', 'checkout'],
    assignees: ['ann'],
    milestone: '2.4',
    estimate: '3 points',
    origin: {
      requester: ANN,
      turnId: 'turn',
      permalink: 'https://example.slack.com/archives/C1/p1',
    },
    editedFields: [],
    createdAt: '2026-11-01T10:00:00.000Z',
    updatedAt: '2026-11-01T10:00:00.000Z',
    ...fields,
  };
}

export function card(ticket: Ticket, rest: Partial<Card> = {}): Card {
  return { thread: THREAD, ticket, project: 'github:acme/shop', resumed: false, ...rest };
}

const SCRIPTS = {
  English: 'The page stays blank & the <button> does nothing; see `code_here` and *this*. ',
  Japanese: '支払いボタンを押すと画面が固まり、注文が完了しません。再読み込みしても直りません。',
  emoji: '🔥👩‍👩‍👧‍👦🇯🇵✅ ',
  pings: '<!channel> <@U12345> <!here|here> &lt;!everyone&gt; <!subteam^S1> ',
  escapes: '&&&&<<<<>>>>****____~~~~````',
  'one long word': 'x',
};
export const SCRIPT_NAMES = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

/** Exactly `length` UTF-16 units, well-formed, without white space at its ends. */
export function fillWith(script: keyof typeof SCRIPTS, length: number): string {
  const text = SCRIPTS[script].repeat(Math.ceil(length / SCRIPTS[script].length)).slice(0, length);
  return text.toWellFormed().replaceAll('\ufffd', '.').trim().padEnd(length, '.');
}

/** Every field at its limit. */
export function longest(script: keyof typeof SCRIPTS): Draft {
  const list = () => Array.from({ length: MAX_LIST_ITEMS }, () => fillWith(script, 1_000));
  const names = () =>
    Array.from({ length: MAX_LIST_ITEMS }, (_, n) => `${n}${fillWith(script, 98)}`);
  return draft({
    title: fillWith(script, MAX_TITLE_LENGTH),
    description: fillWith(script, MAX_DESCRIPTION_LENGTH),
    acceptanceCriteria: list(),
    tasks: list(),
    labels: names(),
    assignees: names(),
    milestone: fillWith(script, 100),
    estimate: fillWith(script, 50),
    project: `github:${'o'.repeat(146)}/${'p'.repeat(146)}`,
    reasoning: fillWith(script, 2_000),
    parent: 999_999,
    ordinal: 999_999,
    refusal: fillWith(script, 2_000),
  });
}

/** Everything there could be to say, at length. */
export function longAdvice(script: keyof typeof SCRIPTS): Advice {
  const issue = (number: number) => ({
    project: 'github:acme/shop',
    number: String(number),
    title: fillWith(script, 250),
    url: `https://github.com/acme/shop/issues/${number}?${'q'.repeat(900)}`,
    state: 'open' as const,
  });
  return {
    duplicates: [1, 2, 3, 4, 5].map((n) => ({ issue: issue(n), why: fillWith(script, 500) })),
    unknown: Array.from({ length: 50 }, (_, n) => ({
      field: 'labels' as const,
      name: `${n}${fillWith(script, 98)}`,
    })),
    missing: Array.from({ length: 20 }, (_, n) => `${n}${fillWith(script, 200)}`),
    template: fillWith(script, 300),
    adds: fillWith(script, 1_000),
    projects: Array.from({ length: 20 }, (_, n) => `github:acme/${n}${'p'.repeat(280)}`),
    warning: fillWith(script, 1_000),
    waiting: fillWith(script, 1_000),
  };
}

/** Any draft at all. */
export function anyDraft(seed: number): Draft {
  const chance = createChance(seed);
  const script = () => chance.oneOf(SCRIPT_NAMES);
  const line = (most: number) => fillWith(script(), chance.between(1, most));
  return draft({
    title: line(100),
    description: anyText(chance, chance.between(0, 20)),
    type: chance.oneOf(TICKET_TYPES),
    priority: chance.oneOf(TICKET_PRIORITIES),
    acceptanceCriteria: chance.list(20, () => line(1_000)),
    tasks: chance.list(20, () => line(1_000)),
    labels: [...new Set(chance.list(10, () => line(100)))],
    assignees: [...new Set(chance.list(5, () => line(100)))],
    milestone: line(100),
    estimate: line(50),
    reasoning: line(2_000),
  });
}

/** Paragraphs, lists and code of any length. */
export function anyText(chance: Chance, paragraphs: number): string {
  const pieces = Array.from({ length: paragraphs }, () => {
    const text = fillWith(chance.oneOf(SCRIPT_NAMES), chance.between(1, 2_500));
    return chance.once(4) ? `\`\`\`\n${text}\n\`\`\`` : text;
  });
  return pieces.join(chance.oneOf(['\n\n', '\n', ' ', '\n\n\n'])).trim();
}
