/** Modals of Slack: nothing is lost in them, whatever its length, and what is wrong is said where it is. */
import { describe, expect, it } from 'vitest';
import { renderEditModal } from '../../../adapters/slack/edit-modal.ts';
import { parseEditModal } from '../../../adapters/slack/entered-ticket.ts';
import {
  type ModalContext,
  type ModalValues,
  type ModalView,
  PIECE_LENGTH,
  parseModalContext,
  renderLoadingModal,
  suggestFieldOf,
  withNotice,
} from '../../../adapters/slack/modal.ts';
import {
  NONE,
  nameOf,
  prefixToLookUp,
  toOption,
  toOptions,
} from '../../../adapters/slack/select-option.ts';
import { parseSettingsModal, renderSettingsModal } from '../../../adapters/slack/settings-modal.ts';
import {
  parseFillModal,
  parseNewTicketModal,
  parseProjectModal,
  renderFillModal,
  renderNewTicketModal,
  renderProjectModal,
  renderReadingModal,
} from '../../../adapters/slack/small-modals.ts';
import { joinLongText, splitLongText } from '../../../src/core/long-text.ts';
import type { Settings } from '../../../src/core/settings.ts';
import type { Ticket } from '../../../src/core/ticket.ts';
import { applyChanges, fieldsOf } from '../../../src/core/ticket-fields.ts';
import { createChance } from '../../chance.ts';
import { refuseOptions, refuseView } from '../../fakes/slack-blocks.ts';
import { stateOf } from '../../fakes/slack-modal.ts';
import {
  anyDraft,
  anyText,
  draft,
  fillWith,
  longest,
  PLACE,
  SCRIPT_NAMES,
  THREAD,
} from './tickets.ts';

const ORIGIN = { thread: THREAD, place: PLACE };
const PROJECT = 'github:acme/shop';
const SEEN = { ticketId: draft().id, revision: draft().revision };

/** What Slack's client sends when a modal is submitted with these inputs over what it shows. */
function submit(view: ModalView, inputs: Record<string, unknown> = {}): ModalValues {
  const shown = { id: 'V1', hash: 'h1', user: 'UANN', open: true, view: { ...view } };
  const { values, missing } = stateOf(shown, inputs);
  if (missing) throw new Error(`Slack's client would not send this: ${missing} is empty`);
  return values as ModalValues;
}

function contextOf(view: ModalView): ModalContext {
  const context = parseModalContext(view.private_metadata ?? '');
  if (!context) throw new Error('the modal remembers nothing');
  return context;
}

const edit = (ticket: Ticket, part: 'all' | 'text' | 'acceptanceCriteria' | 'tasks' = 'all') =>
  renderEditModal({ ...ORIGIN, ticket, project: PROJECT, part });

function parse(ticket: Ticket, view: ModalView, inputs: Record<string, unknown> = {}) {
  const names = [...ticket.labels, ...ticket.assignees, fillWith('English', 99)];
  return parseEditModal({
    ...{ ticket, values: submit(view, inputs), context: contextOf(view) },
    lookUp: async (_field, text) => names.filter((name) => name.startsWith(text)),
  });
}

describe('the modal that edits a ticket', () => {
  it('shows every field, and changes nothing when nothing was changed', async () => {
    const ticket = draft({ parent: 2, project: PROJECT, reasoning: 'One cause.' });
    const view = edit(ticket);
    expect(refuseView(view, 'modal')).toBeUndefined();
    const shown = JSON.stringify(view);
    for (const value of [
      ticket.title,
      ticket.milestone,
      ticket.estimate,
      'ann',
      'checkout',
      PROJECT,
    ]) {
      expect(shown).toContain(value);
    }
    expect(await parse(ticket, view)).toEqual({ ok: true, changes: {} });
  });

  it('gives back what was entered, and only that', async () => {
    const inputs = {
      title: 'Checkout hangs',
      priority: toOption('high'),
      labels: [toOption('bug'), toOption('safari')],
      milestone: toOption(NONE, 'None'),
      project: toOption('gitlab:acme/web'),
      estimate: '',
      'tasks-0': '- Reproduce it\n2. Fix the redirect\n\n* [ ] Tell support',
    };
    const parsed = await parse(draft(), edit(draft()), inputs);
    expect(parsed).toEqual({
      ok: true,
      changes: {
        title: 'Checkout hangs',
        priority: 'high',
        labels: ['bug', 'safari'],
        milestone: null,
        project: 'gitlab:acme/web',
        estimate: null,
        tasks: ['Reproduce it', 'Fix the redirect', 'Tell support'],
      },
    });
  });

  it('says of a label that no tracker takes which one it is, at the labels', async () => {
    const long = 'x'.repeat(256);
    const ticket = draft({ labels: ['bug', long] });
    const labels = [toOption('bug'), toOption(long)];
    expect(await parse(ticket, edit(ticket), { labels, title: 'Checkout hangs' })).toEqual({
      ok: false,
      errors: { labels: 'Label 2 must have at most 255 characters.' },
    });
    expect(applyChanges(draft(), { labels: ['y'.repeat(255)] })).toMatchObject({ ok: true });
  });

  it('says what is wrong at the field', async () => {
    const inputs = {
      title: '   ',
      'tasks-0': `fine\n${'x'.repeat(1_001)}`,
      'acceptanceCriteria-0': Array(51).fill('more').join('\n'),
      parent: 'two',
    };
    const parsed = await parse(draft(), edit(draft()), inputs);
    expect(parsed).toMatchObject({
      ok: false,
      errors: {
        title: 'This must not be empty.',
        'tasks-0': 'Line 2 must have at most 1000 characters.',
        'acceptanceCriteria-0': 'This must have at most 50 entries.',
        parent: expect.stringContaining('number'),
      },
    });
    const inputsShown = edit(draft()).blocks.map(({ block_id }) => block_id);
    for (const id of Object.keys(parsed.ok ? {} : parsed.errors)) expect(inputsShown).toContain(id);
  });

  it('remembers where it was opened, and which revision it showed', () => {
    expect(contextOf(edit(draft()))).toMatchObject({ ...ORIGIN, ticket: SEEN, project: PROJECT });
    expect(parseModalContext('nonsense')).toBeUndefined();
    expect(parseModalContext('{}')).toBeUndefined();
  });

  it('loses nothing of any ticket, and adds nothing', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const ticket = anyDraft(seed);
      const fields = fieldsOf(ticket);
      // As the core has it: trimmed.
      const stored = applyChanges(fields, {});
      if (!stored.ok) throw new Error(stored.problems.join());
      const view = edit({ ...ticket, ...stored.fields });
      expect(refuseView(view, 'modal')).toBeUndefined();
      expect(await parse({ ...ticket, ...stored.fields }, view)).toEqual({ ok: true, changes: {} });
    }
  });

  it.each(SCRIPT_NAMES)('holds a ticket at its longest without loss, in %s', async (script) => {
    const long = longest(script);
    const stored = applyChanges(fieldsOf(long), {});
    if (!stored.ok) throw new Error(stored.problems.join());
    const ticket = { ...long, ...stored.fields };
    for (const part of ['all', 'acceptanceCriteria', 'tasks'] as const) {
      const view = edit(ticket, part);
      expect(refuseView(view, 'modal')).toBeUndefined();
      expect(await parse(ticket, view)).toEqual({ ok: true, changes: {} });
    }
    const shown = edit(ticket).blocks.map(({ block_id = '' }) => block_id);
    const hasLists = shown.includes('tasks-0');
    const offersLists = JSON.stringify(edit(ticket).blocks).includes('"part-tasks"'.slice(1, -1));
    expect(hasLists || offersLists).toBe(true);
  });

  it('lets a person write more than one input takes', async () => {
    const ticket = draft({ description: fillWith('English', 2_000) });
    const more = fillWith('Japanese', 3_000);
    const parsed = await parse(ticket, edit(ticket), { 'description-1': more });
    expect(parsed).toEqual({
      ok: true,
      changes: { description: `${ticket.description}\n\n${more}` },
    });
  });

  it('keeps what was typed when it has something to say', () => {
    const view = withNotice(edit(draft()), 'Somebody changed it in the meantime.');
    expect(refuseView(view, 'modal')).toBeUndefined();
    expect(view.blocks.slice(1)).toEqual(edit(draft()).blocks);
    expect(withNotice(view, 'Again.').blocks).toHaveLength(view.blocks.length);
  });

  it('opens at once with nothing in it yet', () => {
    expect(refuseView(renderLoadingModal('Edit draft 1'), 'modal')).toBeUndefined();
  });
});

describe('long text over several inputs', () => {
  it('comes back to the letter', () => {
    const chance = createChance(11);
    for (let round = 0; round < 300; round += 1) {
      const text = anyText(chance, chance.between(0, 12));
      const { pieces, joints } = splitLongText(text, PIECE_LENGTH);
      expect(joinLongText(pieces, joints)).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(3_000);
        expect(piece.isWellFormed()).toBe(true);
      }
      expect(JSON.stringify(joints).length).toBeLessThan(1_000);
    }
  });

  it('closes the gap where an input was emptied', () => {
    expect(joinLongText(['one', '', 'three'], ['\n\n', '\n'])).toBe('one\nthree');
    expect(joinLongText(['', 'two'], ['\n\n'])).toBe('two');
  });
});

describe('names in selects', () => {
  it('keep their name, however long it is', () => {
    for (const script of SCRIPT_NAMES) {
      const names = [1, 60, 75, 76, 100, 255].map(
        (length) => `${length}${fillWith(script, length)}`,
      );
      const options = toOptions(
        names.map((name) => ({ value: name, label: name })),
        'None',
      );
      expect(refuseOptions({ options })).toBeUndefined();
      for (const name of names) {
        const { value } = toOption(name);
        expect(nameOf(value, names)).toBe(name);
        const prefix = prefixToLookUp(value);
        expect(name.startsWith(prefix ?? name)).toBe(true);
      }
    }
  });

  it('are offered for the fields we have', () => {
    expect(suggestFieldOf('suggest:labels')).toBe('labels');
    expect(suggestFieldOf('suggest:passwords')).toBeUndefined();
  });
});

describe('the other modals', () => {
  const nothing = async () => [];

  it('ask for a new ticket, and where it belongs', async () => {
    const view = renderNewTicketModal({ ...ORIGIN, project: PROJECT, chooseChannel: true });
    expect(refuseView(view, 'modal')).toBeUndefined();
    const values = submit(view, {
      text: ' The export fails ',
      channel: { value: 'C1' },
      project: toOption('github:acme/web'),
    });
    values.channel = { channel: { selected_conversation: 'C1' } };
    expect(await parseNewTicketModal(values, nothing)).toEqual({
      text: 'The export fails',
      project: 'github:acme/web',
      channelId: 'C1',
    });
  });

  it('change the project alone', async () => {
    const view = renderProjectModal({ ...ORIGIN, ticket: draft(), project: PROJECT });
    expect(refuseView(view, 'modal')).toBeUndefined();
    const values = submit(view, { project: toOption('github:acme/web') });
    expect(await parseProjectModal(values, nothing)).toEqual({ project: 'github:acme/web' });
    expect(contextOf(view).ticket).toEqual(SEEN);
  });

  it('fill in a template, field by field', () => {
    const fields = ['Steps to reproduce', 'Version', fillWith('Japanese', 300)];
    const view = renderFillModal({ ...ORIGIN, ticket: draft(), fields });
    expect(refuseView(view, 'modal')).toBeUndefined();
    const values = submit(view, { 'field-0': 'Press Pay', 'field-2': ' 2.4 ' });
    expect(parseFillModal(values, contextOf(view))).toEqual([
      { field: fields[0], text: 'Press Pay' },
      { field: fields[2], text: '2.4' },
    ]);
  });

  it.each(SCRIPT_NAMES)('show a ticket whole, as far as a window holds it, in %s', (script) => {
    const view = renderReadingModal(longest(script));
    expect(refuseView(view, 'modal')).toBeUndefined();
    const shown = (view.blocks as { text?: { text: string } }[]).map(
      ({ text }) => text?.text ?? '',
    );
    const description = longest(script).description.replaceAll(/\s/g, '');
    expect(shown.join('').replaceAll(/\s/g, '')).toContain(description);
  });

  it.each(['user', 'channel'] as const)(
    'change the settings of a %s, and only those that were changed',
    async (scope) => {
      const settings: Settings = { mode: 'ticket', provider: 'openai', model: 'gpt-5' };
      const view = renderSettingsModal({ ...ORIGIN, scope, settings });
      expect(refuseView(view, 'modal')).toBeUndefined();
      expect(await parseSettingsModal(submit(view), settings, nothing)).toEqual({});
      const inputs = {
        mode: toOption(NONE),
        project: toOption(PROJECT),
        provider: toOption('ollama'),
      };
      expect(await parseSettingsModal(submit(view, inputs), settings, nothing)).toEqual({
        mode: null,
        project: PROJECT,
        provider: 'ollama',
        model: null,
      });
    },
  );

  it('say for a channel when to answer and who approves', async () => {
    const settings: Settings = {
      approvers: { people: ['slack:T1:UANN'] },
      allowedProjects: ['github:acme/*'],
    };
    const view = renderSettingsModal({ ...ORIGIN, scope: 'channel', settings });
    expect(await parseSettingsModal(submit(view), settings, nothing)).toEqual({});
    const inputs = {
      answer: toOption('mentions'),
      approvers: toOption('requester'),
      allowedProjects: 'github:acme/*\ngitlab:acme/web',
      allowPersonalProviders: toOption('yes'),
    };
    expect(await parseSettingsModal(submit(view, inputs), settings, nothing)).toEqual({
      answer: 'mentions',
      approvers: 'requester',
      allowedProjects: ['github:acme/*', 'gitlab:acme/web'],
      allowPersonalProviders: true,
    });
  });
});
