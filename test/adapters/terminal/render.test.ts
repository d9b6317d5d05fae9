import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  cleanText,
  renderCard,
  renderConversations,
  renderText,
  showPaths,
} from '../../../adapters/terminal/render.ts';
import { newTicket } from '../../db/samples.ts';

const plain = (width: number) => ({ width, style: (_: unknown, text: string) => text });

const TICKET = newTicket('c1', {
  title: 'Checkout hangs after Pay on Safari 17',
  description:
    'Nobody on Safari 17 can pay since Tuesday.\n\n1. Put eleven things into the basket\n2. Press Pay',
  acceptanceCriteria: ['An order of eleven things can be paid on Safari 17, on a phone too'],
  labels: ['bug', 'checkout'],
});

describe('renderCard', () => {
  it('is a readable box at 60 columns', () => {
    expect(`\n${renderCard(TICKET, 'local:issues', plain(60))}\n`).toBe(`
╭─ 1 · bug · high ───────────────────────────────── draft ─╮
│ Checkout hangs after Pay on Safari 17                    │
│                                                          │
│ Nobody on Safari 17 can pay since Tuesday.               │
│                                                          │
│ 1. Put eleven things into the basket                     │
│ 2. Press Pay                                             │
│                                                          │
│ Acceptance criteria                                      │
│ ☐ An order of eleven things can be paid on Safari 17, on │
│   a phone too                                            │
│                                                          │
│ labels: bug, checkout                                    │
│ project: local:issues                                    │
╰──────────────────────────────────────────────────────────╯
  /approve 1   /edit 1   /discard 1   or say what to change
`);
  });

  it('uses the room of 100 columns', () => {
    const card = renderCard(TICKET, 'local:issues', plain(100));
    expect(card).toContain('☐ An order of eleven things can be paid on Safari 17, on a phone too');
    expect(
      new Set(
        card
          .split('\n')
          .slice(0, -1)
          .map((line) => stringWidth(line)),
      ),
    ).toEqual(new Set([100]));
  });

  it('keeps its frame around wide characters, long words and code', () => {
    const ticket = newTicket('c1', {
      title: '決済が「支払う」を押した後に Safari で止まり、再読み込みするまで動かない 🚀🚀',
      description: `\`\`\`\n${'x'.repeat(90)}\n\`\`\`\n\n${'y'.repeat(90)}\n\n- ${'語'.repeat(40)}`,
    });
    const lines = renderCard(ticket, undefined, plain(60)).split('\n').slice(0, -1);
    expect(new Set(lines.map((line) => stringWidth(line)))).toEqual(new Set([60]));
    expect(lines.join('').match(/x/g)).toHaveLength(90);
    expect(lines.join('').match(/y/g)).toHaveLength(90);
    expect(lines.join('').match(/語/g)).toHaveLength(40);
  });

  it('shows a filed ticket in short, with the path of its file', () => {
    const approval = {
      by: TICKET.origin.requester,
      at: '',
      revision: 1,
      digest: '',
      project: 'local:issues',
    };
    const issue = {
      tracker: 'local',
      project: 'issues',
      number: '1',
      externalId: 'local:issues#1',
      host: 'local',
      projectId: 'issues',
      externalUrl: pathToFileURL(join(process.cwd(), '.data/issues/issues/0001.md')).href,
      filedAt: '2026-03-02T09:00:00.000Z',
    };
    const { status: _, ...fields } = TICKET;
    const card = renderCard(
      { ...fields, status: 'published', approval, issue },
      'local:issues',
      plain(60),
    );
    expect(`\n${card}\n`).toBe(`
╭─ 1 · bug · high ───────────────────────────── published ─╮
│ Checkout hangs after Pay on Safari 17                    │
│                                                          │
│ labels: bug, checkout                                    │
│ project: local:issues                                    │
│ filed: .data/issues/issues/0001.md                       │
╰──────────────────────────────────────────────────────────╯
`);
  });

  it('says why the tracker refused', () => {
    const refused = { ...TICKET, refusal: 'The label "bug" does not exist.' };
    expect(renderCard(refused, undefined, plain(60))).toContain(
      '│ not filed: The label "bug" does not exist.               │',
    );
  });
});

describe('renderText', () => {
  it('wraps at words and keeps lists in their column', () => {
    const text = '- a point that is longer than the line it begins on\n\nand so on';
    expect(renderText(text, plain(30))).toBe(
      '- a point that is longer than\n  the line it begins on\n\nand so on',
    );
  });

  it('lets nobody move the cursor or rewrite the screen', () => {
    expect(cleanText('a\u001b[2Jb\u0007\r\u009b1mc\td\n')).toBe('a[2Jb1mc\td\n');
  });
});

describe('showPaths', () => {
  it('turns the address of a file into its path, and leaves other addresses', () => {
    const text = 'Filed issues#1: file:///srv/data/a%20b/0001.md, see https://example.com/x';
    expect(showPaths(text)).toBe(
      'Filed issues#1: /srv/data/a b/0001.md, see https://example.com/x',
    );
  });
});

describe('renderConversations', () => {
  it('numbers them, each on one line', () => {
    const conversation = {
      id: 'c1',
      userId: 'u1',
      title: 'Exports time out for large accounts, and nobody can choose the columns',
      status: 'archived',
      thread: { platform: 'terminal', workspaceId: '', channelId: '', threadId: '' },
      place: { workspaceId: '', channelId: '', visibility: 'dm' },
      createdAt: '2026-03-02T09:00:00.000Z',
      updatedAt: '2026-03-02T09:00:00.000Z',
    } as const;
    expect(renderConversations([conversation], plain(60))).toBe(
      '  1  2026-03-02 09:00  Exports time out for larg… (archived)',
    );
  });
});
