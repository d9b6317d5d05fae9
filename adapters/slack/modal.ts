/**
 * What all modals share: their ids, what they remember (a modal knows nothing of the thread it was opened from but
 * its `private_metadata`), their inputs, and what was typed into them.
 */
import type { ViewOutput } from '@slack/bolt';
import type { KnownBlock, View } from '@slack/web-api';
import { z } from 'zod';
import { cutText } from '../../src/core/cut-text.ts';
import type { SuggestAsk } from '../../src/core/suggest.ts';
import {
  formatThreadRef,
  type Place,
  parseThreadRef,
  type ThreadRef,
} from '../../src/core/thread.ts';
import { section } from './blocks.ts';
import { EDIT_PARTS } from './card-action.ts';
import { escapeWithin } from './markdown.ts';
import type { SelectOption } from './select-option.ts';

export type ModalView = Extract<View, { type: 'modal' }>;
export type InputBlock = Extract<KnownBlock, { type: 'input' }>;

/** `callback_id`s: what is submitted. */
export const MODALS = {
  edit: 'edit-ticket',
  project: 'choose-project',
  fill: 'fill-in',
  newTicket: 'new-ticket',
  settings: 'settings',
  chooseChannel: 'choose-channel',
} as const;

/** Slack's, for a modal's title. */
const MAX_TITLE = 24;
export const MAX_INPUT = 3_000;
/** Of a long text in one input: it leaves room to add some in each. */
export const PIECE_LENGTH = 2_700;

/** What a modal remembers. */
const contextSchema = z.strictObject({
  /** `formatThreadRef`'s form; outside of any thread its last part is empty. */
  thread: z.string().transform((text, check): ThreadRef => {
    const parsed = parseThreadRef(text);
    if (parsed) return parsed;
    check.addIssue('is not a thread');
    return z.NEVER;
  }),
  place: z.strictObject({
    workspaceId: z.string(),
    channelId: z.string(),
    visibility: z.enum(['public', 'private', 'dm']),
  }),
  ticket: z.strictObject({ ticketId: z.string(), revision: z.int() }).optional(),
  part: z.enum(EDIT_PARTS).optional(),
  /** Whose names its selects offer. */
  project: z.string().optional(),
  /** What was between the pieces of a long text. */
  joints: z.array(z.string()).optional(),
  scope: z.enum(['user', 'channel']).optional(),
  /** The fields of a template, in the order of their inputs. */
  fields: z.array(z.string()).optional(),
});

export type ModalContext = z.output<typeof contextSchema>;
/** From where a modal is opened. */
export type Origin = { thread: ThreadRef; place: Place };

export function formatModalContext(context: ModalContext): string {
  return JSON.stringify({ ...context, thread: formatThreadRef(context.thread) });
}

/** `undefined` when it is none of ours. */
export function parseModalContext(metadata: string): ModalContext | undefined {
  try {
    return contextSchema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

export interface ModalOptions {
  title: string;
  blocks: KnownBlock[];
  /** Absent: there is nothing to submit. */
  submit?: string;
  callbackId?: string;
  context?: ModalContext;
}

export function toModal({ title, blocks, submit, callbackId, context }: ModalOptions): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: cutText(title, MAX_TITLE) },
    close: { type: 'plain_text', text: submit ? 'Cancel' : 'Close' },
    ...(submit && { submit: { type: 'plain_text', text: submit } }),
    ...(callbackId && { callback_id: callbackId }),
    ...(context && { private_metadata: formatModalContext(context) }),
    blocks,
  };
}

/** Opened within the three seconds that a trigger lives; the real one follows by an update. */
export function renderLoadingModal(title: string): ModalView {
  return toModal({ title, blocks: [section(':hourglass_flowing_sand: One moment…')] });
}

/** In the place of a modal that cannot be shown, or that is done with something to say. */
export function renderMessageModal(title: string, sentence: string): ModalView {
  return toModal({ title, blocks: [section(escapeWithin(sentence, MAX_INPUT))] });
}

/** A submitted modal with the same inputs again: Slack keeps what was typed into them. */
export function shownAgain(view: ViewOutput): ModalView {
  const { title, close, submit, callback_id, private_metadata, blocks } = view;
  const shown = { type: 'modal', title, callback_id, private_metadata, blocks };
  return { ...shown, ...(close && { close }), ...(submit && { submit }) } as ModalView;
}

/** The same modal with a sentence above; what was typed stays, its inputs are the same. */
export function withNotice(view: ModalView, sentence: string): ModalView {
  const notice = section(`:warning: ${escapeWithin(sentence, 1_000)}`);
  const known = view.blocks.filter(({ block_id }) => block_id !== 'notice');
  return {
    ...view,
    blocks: [{ ...notice, block_id: 'notice' } as KnownBlock, ...known].slice(0, 100),
  };
}

// --- Inputs: `block_id` names what is entered, and errors are shown there ------------------------

export interface TextInput {
  id: string;
  label: string;
  value?: string | undefined;
  most?: number;
  multiline?: boolean;
  optional?: boolean;
  placeholder?: string;
  hint?: string;
}

export function textInput(input: TextInput): InputBlock {
  const { id, label, value, most = MAX_INPUT, multiline = false, placeholder, hint } = input;
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    optional: input.optional ?? false,
    ...(hint && { hint: plain(hint) }),
    element: {
      type: 'plain_text_input',
      action_id: 'text',
      multiline,
      max_length: most,
      ...(value && { initial_value: value }),
      ...(placeholder && { placeholder: plain(placeholder) }),
    },
  };
}

export interface SelectInput {
  id: string;
  label: string;
  options: SelectOption[];
  initial?: SelectOption | undefined;
  hint?: string;
}

export function selectInput({ id, label, options, initial, hint }: SelectInput): InputBlock {
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    ...(hint && { hint: plain(hint) }),
    element: {
      type: 'static_select',
      action_id: 'choice',
      options,
      ...(initial && { initial_option: initial }),
    },
  };
}

export interface SearchInput {
  id: string;
  label: string;
  field: SuggestAsk['field'];
  /** One, or several. */
  initial?: SelectOption | SelectOption[] | undefined;
  several?: boolean;
  placeholder?: string;
  hint?: string;
  optional?: boolean;
}

const SUGGEST = 'suggest:';
/** `action_id`s of the selects whose options are asked for while somebody types. */
export const SUGGEST_ACTION = /^suggest:/;

/** The field whose names a select offers; `undefined` when it is none of ours. */
export function suggestFieldOf(actionId: string): SuggestAsk['field'] | undefined {
  const fields = ['labels', 'milestone', 'assignees', 'project', 'provider'] as const;
  return fields.find((field) => actionId === `${SUGGEST}${field}`);
}

export function searchInput(input: SearchInput): InputBlock {
  const { id, label, field, initial, several, placeholder, hint, optional = true } = input;
  const shared = {
    action_id: `${SUGGEST}${field}`,
    min_query_length: 0,
    ...(placeholder && { placeholder: plain(cutText(placeholder, 150)) }),
  };
  const chosen = [initial ?? []].flat();
  const [first] = chosen;
  return {
    type: 'input',
    block_id: id,
    label: plain(label),
    optional,
    ...(hint && { hint: plain(hint) }),
    element: several
      ? {
          type: 'multi_external_select',
          ...shared,
          ...(chosen.length > 0 && { initial_options: chosen }),
        }
      : { type: 'external_select', ...shared, ...(first && { initial_option: first }) },
  };
}

function plain(text: string) {
  return { type: 'plain_text' as const, text, emoji: false };
}

// --- What was entered ------------------------------------------------------------------------------

/** `view.state.values` as Slack sends it, as far as it is read. */
export type ModalValues = Record<string, Record<string, EnteredValue>>;
export interface EnteredValue {
  type?: string;
  value?: string | null;
  selected_option?: { value: string } | null;
  selected_options?: { value: string }[] | null;
  selected_conversation?: string | null;
}

/** Text as entered; '' when nothing was. */
export function textIn(values: ModalValues, id: string): string {
  return values[id]?.text?.value ?? '';
}

/** Values of the options chosen; of a select for one, at most one. */
export function chosenIn(values: ModalValues, id: string): string[] {
  const [entered] = Object.values(values[id] ?? {});
  const { selected_option, selected_options } = entered ?? {};
  return [selected_option ?? [], selected_options ?? []].flat().map(({ value }) => value);
}
