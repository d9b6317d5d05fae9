/** The modals of one question each: a new ticket, a template's missing fields, another project; and a ticket read whole. */
import type { KnownBlock } from '@slack/web-api';
import type { SeenTicket } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import { splitLongText } from '../../src/core/long-text.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import type { TicketChanges } from '../../src/core/ticket-fields.ts';
import { context as contextBlock, section } from './blocks.ts';
import { projectInput } from './edit-modal.ts';
import { escapeWithin } from './markdown.ts';
import {
  chosenIn,
  type InputBlock,
  MODALS,
  type ModalContext,
  type ModalValues,
  type ModalView,
  type Origin,
  PIECE_LENGTH,
  searchInput,
  textIn,
  textInput,
  toModal,
} from './modal.ts';
import { NONE, nameOf, prefixToLookUp, toOption } from './select-option.ts';

/** Names of projects that begin so, for the few that are longer than an option can be. */
export type LookUpProject = (text: string) => Promise<string[]>;

// --- A new ticket ------------------------------------------------------------------------------------

export interface NewTicketOptions extends Origin {
  /** Where it would be filed. */
  project: string | undefined;
  /** From nowhere in particular: the person chooses where the thread begins. */
  chooseChannel: boolean;
  /** What is known already. */
  text?: string;
}

export function renderNewTicketModal(options: NewTicketOptions): ModalView {
  const { thread, place, project, chooseChannel, text } = options;
  return toModal({
    title: 'New ticket',
    submit: 'Draft it',
    callbackId: MODALS.newTicket,
    context: { thread, place, ...(project && { project }) },
    blocks: [
      textInput({
        ...{ id: 'text', label: 'What is wrong, or wanted?', multiline: true },
        ...{
          value: text,
          placeholder: 'In your own words. You see a draft before anything is filed.',
        },
      }),
      ...(chooseChannel ? [channelInput('Where should its thread begin?')] : []),
      projectInput(undefined, project),
    ],
  });
}

function channelInput(label: string, filter?: { include: ConversationKind[] }): InputBlock {
  return {
    type: 'input',
    block_id: 'channel',
    label: { type: 'plain_text', text: label },
    element: {
      type: 'conversations_select',
      action_id: 'channel',
      default_to_current_conversation: true,
      ...(filter && { filter }),
    },
  };
}

type ConversationKind = 'im' | 'mpim' | 'private' | 'public';

/** `undefined` when none was chosen. */
export function chosenChannelIn(values: ModalValues): string | undefined {
  return values.channel?.channel?.selected_conversation ?? undefined;
}

export interface NewTicket {
  text: string;
  project: string | undefined;
  channelId: string | undefined;
}

export async function parseNewTicketModal(
  values: ModalValues,
  lookUp: LookUpProject,
): Promise<NewTicket> {
  return {
    text: textIn(values, 'text').trim(),
    project: await projectIn(values, lookUp),
    channelId: chosenChannelIn(values),
  };
}

// --- Whose settings ----------------------------------------------------------------------------------

export function renderChooseChannelModal({ thread, place }: Origin): ModalView {
  return toModal({
    title: 'Channel settings',
    submit: 'Next',
    callbackId: MODALS.chooseChannel,
    context: { thread, place },
    blocks: [channelInput('Of which channel?', { include: ['public', 'private', 'mpim'] })],
  });
}

// --- Another project ---------------------------------------------------------------------------------

export interface TicketModalOptions extends Origin {
  ticket: Ticket;
  /** Where it would be filed, the conversation's default included. */
  project: string | undefined;
}

export function renderProjectModal({
  ticket,
  project,
  thread,
  place,
}: TicketModalOptions): ModalView {
  const ref = ticket.project ?? project;
  return toModal({
    title: 'Change project',
    submit: 'Save',
    callbackId: MODALS.project,
    context: { thread, place, ticket: seenOf(ticket), ...(ref && { project: ref }) },
    blocks: [
      section(`*${escapeWithin(ticket.title, 500)}*`),
      searchInput({
        ...{ id: 'project', label: 'Project', field: 'project', optional: false },
        initial: ref === undefined ? undefined : toOption(ref),
        placeholder: 'Search projects',
      }),
    ],
  });
}

/** `undefined` when nothing was chosen. */
export async function parseProjectModal(
  values: ModalValues,
  lookUp: LookUpProject,
): Promise<TicketChanges | undefined> {
  const project = await projectIn(values, lookUp);
  return project === undefined ? undefined : { project };
}

async function projectIn(values: ModalValues, lookUp: LookUpProject): Promise<string | undefined> {
  const [value] = chosenIn(values, 'project');
  if (value === undefined || value === NONE) return undefined;
  const prefix = prefixToLookUp(value);
  return nameOf(value, prefix === undefined ? [] : await lookUp(prefix));
}

// --- Fields of a template ------------------------------------------------------------------------------

export interface FillModalOptions extends Origin {
  ticket: Ticket;
  fields: string[];
}

export function renderFillModal({ ticket, fields, thread, place }: FillModalOptions): ModalView {
  return toModal({
    title: 'Fill in',
    submit: 'Save',
    callbackId: MODALS.fill,
    context: { thread, place, ticket: seenOf(ticket), fields },
    blocks: [
      section(`*${escapeWithin(ticket.title, 500)}*\nThe project’s template asks for these.`),
      ...fields.map((field, index) =>
        textInput({
          ...{ id: `field-${index}`, label: cutText(field, 200), multiline: true, optional: true },
        }),
      ),
    ],
  });
}

/** What was filled in, in the template's order; each is one command, on the revision the one before left. */
export function parseFillModal(
  values: ModalValues,
  { fields = [] }: ModalContext,
): { field: string; text: string }[] {
  return fields
    .map((field, index) => ({ field, text: textIn(values, `field-${index}`).trim() }))
    .filter(({ text }) => text !== '');
}

function seenOf({ id, revision }: Ticket): SeenTicket {
  return { ticketId: id, revision };
}

// --- A ticket read whole -------------------------------------------------------------------------------

/** Slack takes 250 KB and a hundred blocks. */
const MAX_READING_BYTES = 200_000;
const MAX_READING_BLOCKS = 95;

export function renderReadingModal(ticket: Ticket): ModalView {
  const blocks: KnownBlock[] = [];
  let bytes = 0;
  let isWhole = true;
  for (const block of toReading(ticket)) {
    bytes += Buffer.byteLength(JSON.stringify(block));
    isWhole = bytes <= MAX_READING_BYTES && blocks.length < MAX_READING_BLOCKS;
    if (!isWhole) break;
    blocks.push(block);
  }
  if (!isWhole)
    blocks.push(contextBlock('The rest does not fit here: *Edit* shows each list whole.'));
  return toModal({ title: `Draft ${ticket.ordinal}`, blocks });
}

function* toReading(ticket: Ticket): Generator<KnownBlock> {
  yield { type: 'header', text: { type: 'plain_text', text: ticket.title, emoji: false } };
  yield* plainSections(ticket.description);
  yield* listSections('Acceptance criteria', ticket.acceptanceCriteria);
  yield* listSections('Tasks', ticket.tasks);
  if (ticket.reasoning) {
    yield { type: 'divider' };
    yield* plainSections(ticket.reasoning);
  }
}

function* listSections(heading: string, items: string[]): Generator<KnownBlock> {
  if (items.length === 0) return;
  yield section(`*${heading}*`);
  yield* plainSections(items.map((item) => `☐ ${item}`).join('\n'));
}

/** As it was written: modals know no Markdown. */
function* plainSections(text: string): Generator<KnownBlock> {
  for (const piece of splitLongText(text, PIECE_LENGTH).pieces) {
    if (piece.trim() === '') continue;
    yield {
      type: 'section',
      text: { type: 'plain_text', text: piece, emoji: false },
      expand: true,
    };
  }
}
