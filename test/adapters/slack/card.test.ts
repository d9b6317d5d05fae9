import { describe, expect, it } from 'vitest';
import { renderCard } from '../../../adapters/slack/card.ts';
import { parseCardAction } from '../../../adapters/slack/card-action.ts';
import type { Ticket } from '../../../src/core/ticket.ts';
import { refuseMessageBlocks } from '../../fakes/slack-blocks.ts';
import { ANN } from './platforms.ts';
import { anyDraft, card, draft, longAdvice, longest, SCRIPT_NAMES } from './tickets.ts';

interface Pressable {
  type: string;
  action_id?: string;
  value?: string;
  text?: { text: string };
  url?: string;
}

function buttonsOf(blocks: object[]): Pressable[] {
  return (blocks as { elements?: Pressable[]; accessory?: Pressable }[])
    .flatMap(({ elements = [], accessory }) => (accessory ? [...elements, accessory] : elements))
    .filter(({ type }) => type === 'button');
}

const wordsOf = (blocks: object[]) => buttonsOf(blocks).map(({ text }) => text?.text);

const approval = {
  by: ANN,
  at: '2026-11-01T10:05:00.000Z',
  revision: 3,
  digest: 'd',
  project: 'github:acme/shop',
};
const { refusal: _, ...FIELDS } = draft();
const STATES: Record<Ticket['status'], Ticket> = {
  draft: draft(),
  publishing: {
    ...FIELDS,
    status: 'publishing',
    approval,
    claim: { token: 't', expiresAt: 0, since: approval.at, attempt: 1, waits: 'GitHub is down.' },
  },
  published: {
    ...FIELDS,
    status: 'published',
    approval,
    issue: {
      tracker: 'github',
      host: 'github.com',
      projectId: '1',
      project: 'acme/shop',
      number: '12',
      externalId: 'github:acme/shop#12',
      externalUrl: 'https://github.com/acme/shop/issues/12',
      filedAt: approval.at,
    },
  },
  discarded: { ...FIELDS, status: 'discarded' },
};

describe('renderCard', () => {
  it('shows what a person decides by, and the ways to decide', () => {
    const { blocks, text } = renderCard(card(draft()));
    const shown = JSON.stringify(blocks);
    for (const part of [
      'Checkout hangs on Safari 17 after Pay',
      ':beetle: Bug',
      ':red_circle: critical',
      'An order can be paid on Safari 17',
      'Fix the redirect',
      '*Project:* github:acme/shop',
      '*Labels:* bug, checkout',
      '*Milestone:* 2.4',
    ]) {
      expect(shown).toContain(part);
    }
    expect(wordsOf(blocks)).toEqual(['Approve', 'Edit', 'Change project', 'Discard']);
    expect(text).toBe('Draft: Checkout hangs on Safari 17 after Pay');
  });

  it('offers to approve all where there are several', () => {
    expect(wordsOf(renderCard(card(draft(), { openDrafts: 3 })).blocks)).toContain('Approve all 3');
  });

  it('names the ticket and the revision that was seen on every button', () => {
    const { blocks } = renderCard(card(draft(), longAdvice('English')));
    const seen = { ticketId: 'a1b2c3d4e5f60718', revision: 3 };
    const actions = buttonsOf(blocks).map(({ value }) => parseCardAction(value));
    expect(actions.length).toBeGreaterThan(8);
    for (const action of actions) {
      const about =
        action?.kind === 'command' && 'target' in action.command
          ? action.command.target
          : action && 'ticket' in action && action.ticket;
      expect(about).toEqual(seen);
    }
  });

  it('offers to add to what may be the same, to fill in and to pick a project', () => {
    const { blocks } = renderCard(card(draft(), longAdvice('English')));
    const actions = buttonsOf(blocks).map(({ value }) => parseCardAction(value));
    const commands = actions.flatMap((one) => (one?.kind === 'command' ? [one.command] : []));
    expect(commands.filter(({ kind }) => kind === 'add-to')).toMatchObject([
      { issue: '1' },
      { issue: '2' },
      { issue: '3' },
    ]);
    expect(actions.filter((one) => one?.kind === 'open-fill')).toHaveLength(1);
    expect(commands.filter(({ kind }) => kind === 'edit')).toHaveLength(5);
  });

  it('offers to create the labels and the milestone that the project lacks, and no people', () => {
    const unknown = [
      { field: 'labels', name: 'ux' },
      { field: 'assignees', name: 'zoe' },
      { field: 'milestone', name: '2.5' },
      { field: 'labels', name: 'ux' },
    ] as const;
    const { blocks } = renderCard(card(draft(), { unknown: [...unknown] }));
    expect(wordsOf(blocks)).toEqual(
      expect.arrayContaining(['Create label “ux”', 'Create milestone “2.5”']),
    );
    const actions = buttonsOf(blocks).map(({ value }) => parseCardAction(value));
    const commands = actions.flatMap((one) => (one?.kind === 'command' ? [one.command] : []));
    expect(commands.filter(({ kind }) => kind === 'create-name')).toMatchObject([
      { field: 'labels', name: 'ux' },
      { field: 'milestone', name: '2.5' },
    ]);
    expect(JSON.stringify(blocks)).toContain('person “zoe”');
  });

  it.each(['publishing', 'published', 'discarded'] as const)(
    'offers no decision once it is %s',
    (status) => {
      const { blocks } = renderCard(card(STATES[status]));
      expect(refuseMessageBlocks(blocks)).toBeUndefined();
      expect(wordsOf(blocks)).toEqual(status === 'published' ? ['Open issue'] : []);
    },
  );

  it('links the issue once filed, and the one it was added to', () => {
    expect(JSON.stringify(renderCard(card(STATES.published)).blocks)).toContain(
      '<https://github.com/acme/shop/issues/12|acme/shop#12>',
    );
    const addedTo = {
      project: 'acme/shop',
      number: '7',
      url: 'https://github.com/acme/shop/issues/7',
    };
    const added = renderCard(card({ ...FIELDS, status: 'discarded', addedTo }));
    expect(JSON.stringify(added.blocks)).toContain(
      'Added to <https://github.com/acme/shop/issues/7|acme/shop#7>',
    );
  });

  it('says what became of the issue', () => {
    const filed = STATES.published as Extract<Ticket, { status: 'published' }>;
    const latest = {
      ...({ state: 'closed', reason: 'not planned', title: 'Checkout hangs' } as const),
      updatedAt: approval.at,
    };
    const shown = (ticket: Ticket) => JSON.stringify(renderCard(card(ticket)).blocks);
    expect(shown(filed)).toContain('·  open');
    const closed = shown({ ...filed, issue: { ...filed.issue, latest } });
    expect(closed).toContain('closed as not planned');
    expect(closed).toContain('*Checkout hangs*');
  });

  it.each(SCRIPT_NAMES)('fits into a message at its longest, in %s', (script) => {
    const ticket = longest(script);
    const { blocks, text } = renderCard(card(ticket, { ...longAdvice(script), openDrafts: 20 }));
    expect(refuseMessageBlocks(blocks)).toBeUndefined();
    expect(text.length).toBeLessThanOrEqual(300);
    expect(wordsOf(blocks)).toContain('Read all');
    const { refusal, ...fields } = ticket;
    for (const state of [STATES.publishing, STATES.published, STATES.discarded]) {
      const later = renderCard(card({ ...state, ...fields, status: state.status } as Ticket));
      expect(refuseMessageBlocks(later.blocks)).toBeUndefined();
    }
  });

  it('fits into a message whatever is in it', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      expect(refuseMessageBlocks(renderCard(card(anyDraft(seed))).blocks)).toBeUndefined();
    }
  });
});

describe('parseCardAction', () => {
  it.each([
    undefined,
    '',
    'nonsense',
    '{}',
    '{"kind":"command","command":{"kind":"delete"}}',
    'null',
  ])('takes nothing that no button of ours carries: %s', (value) => {
    expect(parseCardAction(value)).toBeUndefined();
  });
});
