/**
 * What the buttons of cards, replies and the Home carry, and what pressing one means. A value is opaque to Slack
 * and comes back from it, so it is parsed like any input; a card's values name the ticket and the revision it showed.
 */
import type { KnownBlock } from '@slack/web-api';
import { z } from 'zod';
import type { Command, SeenTicket } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import { formatThreadRef, parseThreadRef, type ThreadRef } from '../../src/core/thread.ts';

/** What there is to edit in one modal: all of it, or one of the parts of a ticket that is too long for that. */
export const EDIT_PARTS = ['all', 'text', 'acceptanceCriteria', 'tasks'] as const;
export type EditPart = (typeof EDIT_PARTS)[number];

export type CardAction =
  /** Goes to the bot as it is. */
  | { kind: 'command'; command: Command; thread?: ThreadRef }
  /** These open a modal. `thread` is named where the button is not in it: in the Home. */
  | { kind: 'open-edit'; ticket: SeenTicket; part: EditPart; thread?: ThreadRef }
  | { kind: 'open-fill'; ticket: SeenTicket; fields: string[]; thread?: ThreadRef }
  | { kind: 'open-project'; ticket: SeenTicket; thread?: ThreadRef }
  | { kind: 'open-reading'; ticket: SeenTicket; thread?: ThreadRef }
  | { kind: 'open-settings'; scope: 'user' | 'channel' }
  | { kind: 'open-new-ticket' }
  /** The turn is to be tried again: a message of its own, one for each turn however often it is pressed. */
  | { kind: 'retry'; turnId: string }
  /** Buttons with an address: acknowledged, and nothing else. */
  | { kind: 'link' };

const target = z.strictObject({ ticketId: z.string(), revision: z.int() });
const confirmed = z.string().optional();
/** The commands that a button may carry. */
const commandSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approve'), target, confirmed }),
  z.strictObject({ kind: z.literal('add-to'), target, issue: z.string(), confirmed }),
  z.strictObject({
    kind: z.literal('create-name'),
    target,
    field: z.enum(['labels', 'milestone']),
    name: z.string(),
    confirmed,
  }),
  z.strictObject({ kind: z.literal('discard'), target }),
  z.strictObject({
    kind: z.literal('edit'),
    target,
    changes: z.strictObject({ project: z.string() }),
  }),
  // Of before an update, with a project and no drafts, it confirms nothing: then it warns again.
  z.object({ kind: z.literal('approve-all'), warned: z.string().optional() }),
  z.strictObject({ kind: z.literal('stop') }),
  z.strictObject({ kind: z.literal('link') }),
  z.strictObject({ kind: z.literal('sign-in') }),
]);
const thread = z
  .string()
  .transform((text) => parseThreadRef(text))
  .optional();
const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: commandSchema, thread }),
  z.strictObject({
    kind: z.literal('open-edit'),
    ticket: target,
    part: z.enum(EDIT_PARTS),
    thread,
  }),
  z.strictObject({
    kind: z.literal('open-fill'),
    ticket: target,
    fields: z.array(z.string()),
    thread,
  }),
  z.strictObject({ kind: z.literal('open-project'), ticket: target, thread }),
  z.strictObject({ kind: z.literal('open-reading'), ticket: target, thread }),
  z.strictObject({ kind: z.literal('open-settings'), scope: z.enum(['user', 'channel']) }),
  z.strictObject({ kind: z.literal('open-new-ticket') }),
  z.strictObject({ kind: z.literal('retry'), turnId: z.string() }),
  z.strictObject({ kind: z.literal('link') }),
]);

/** Slack's limits, in characters. */
const MAX_BUTTON_TEXT = 75;
const MAX_VALUE = 2_000;

/** Every button of ours has an `action_id` that begins so: one listener hears them all. */
export const CARD_ACTION = /^card:/;

export interface ButtonOptions {
  /** Unique within its block. */
  id: string;
  text: string;
  action: CardAction;
  style?: 'primary' | 'danger';
  /** Asked before it is sent. */
  confirm?: { title: string; text: string; confirm: string };
}

export type Button = Extract<
  Extract<KnownBlock, { type: 'actions' }>['elements'][number],
  { type: 'button' }
>;

export function toButton({ id, text, action, style, confirm }: ButtonOptions): Button {
  const plain = (words: string) => ({ type: 'plain_text' as const, text: words, emoji: true });
  return {
    type: 'button',
    action_id: `card:${id}`,
    text: plain(cutText(text, MAX_BUTTON_TEXT)),
    value: formatCardAction(action),
    ...(style && { style }),
    ...(confirm && {
      confirm: {
        title: plain(confirm.title),
        text: plain(confirm.text),
        confirm: plain(confirm.confirm),
        deny: plain('Cancel'),
      },
    }),
  };
}

/** A button that opens an address. */
export function toLinkButton(id: string, text: string, url: string): Button {
  return { ...toButton({ id, text, action: { kind: 'link' } }), url };
}

/** Throws `RangeError` for what no button can carry. */
export function formatCardAction(action: CardAction): string {
  const where = 'thread' in action && action.thread;
  const value = JSON.stringify({ ...action, ...(where && { thread: formatThreadRef(where) }) });
  if (value.length > MAX_VALUE) throw new RangeError('a button cannot carry that much');
  return value;
}

/** `undefined` when this is no value of ours. */
export function parseCardAction(value: string | undefined): CardAction | undefined {
  if (value === undefined) return undefined;
  try {
    const parsed = actionSchema.safeParse(JSON.parse(value));
    return parsed.success ? (parsed.data as CardAction) : undefined;
  } catch {
    return undefined;
  }
}
