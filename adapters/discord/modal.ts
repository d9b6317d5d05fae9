/** What all windows share: what they are about, their inputs, texts longer than one of them, and what was entered. */
import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  type ModalSubmitInteraction,
  TextInputStyle,
} from 'discord.js';
import { cutText } from '../../src/core/cut-text.ts';
import { joinLongText, splitLongText } from '../../src/core/long-text.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import type { CardAction } from './card-action.ts';

export type ModalView = APIModalInteractionResponseCallbackData;
type ModalComponent = ModalView['components'][number];

export type Opening = Extract<CardAction, { kind: 'open' }>;

/** What a window is about. */
export interface About {
  userId: string;
  ticket: Ticket;
  /** Where it would be filed, the conversation's default included. */
  project: string | undefined;
  /** Names that the project has. */
  names(field: 'labels' | 'milestone' | 'assignees'): Promise<string[]>;
}

/** Made when it is known whether something was typed into it before. */
export type Input = ((typed: string | undefined) => ModalComponent) & {
  readonly id: string;
  /** What the draft has; several choices one a line. */
  readonly value: string;
};

/** Discord's: inputs of one window, and characters of one input (components/reference). */
export const MOST_INPUTS = 5;
const MAX_TEXT = 4_000;
const MAX_LABEL = 45;
const MAX_PLACEHOLDER = 100;
/** Room to write in an input that was full. */
const PIECE_LENGTH = 3_600;

const toInput = (
  id: string,
  value: string,
  make: (typed: string | undefined) => ModalComponent,
): Input => Object.assign(make, { id, value }) as Input;

export interface TextInputOptions {
  id: string;
  label: string;
  value: string;
  most?: number;
  long?: boolean;
  optional?: boolean;
  placeholder?: string;
}

export function textInput(options: TextInputOptions): Input {
  const {
    id,
    label,
    value,
    most = MAX_TEXT,
    long = false,
    optional = false,
    placeholder,
  } = options;
  return toInput(id, value, (typed) => ({
    type: ComponentType.Label,
    label: cutText(label, MAX_LABEL),
    component: {
      type: ComponentType.TextInput,
      custom_id: id,
      style: long ? TextInputStyle.Paragraph : TextInputStyle.Short,
      max_length: Math.max(most, (typed ?? value).length),
      required: !optional,
      ...((typed ?? value) && { value: typed ?? value }),
      ...(placeholder && { placeholder: cutText(placeholder, MAX_PLACEHOLDER) }),
    },
  }));
}

export interface ChoiceOptions {
  id: string;
  label: string;
  /** At most 25, each of at most 100 characters. */
  options: string[];
  chosen: string[];
  several?: boolean;
  optional?: boolean;
}

export function choice(options: ChoiceOptions): Input {
  const { id, label, several = false, optional = false } = options;
  return toInput(id, options.chosen.join('\n'), (typed) => {
    const chosen = typed === undefined ? options.chosen : typed.split('\n');
    const component: APILabelComponent['component'] = {
      type: ComponentType.StringSelect,
      custom_id: id,
      required: !optional,
      min_values: optional ? 0 : 1,
      max_values: several ? options.options.length : 1,
      options: options.options.map((name) => ({
        label: name,
        value: name,
        ...(chosen.includes(name) && { default: true }),
      })),
    };
    return { type: ComponentType.Label, label: cutText(label, MAX_LABEL), component };
  });
}

// --- Long texts ----------------------------------------------------------------------------------

/** `undefined` when it needs more inputs than a window has beside a title. */
export function longInputs(id: string, label: string, text: string): Input[] | undefined {
  const { pieces: texts } = splitLongText(text, PIECE_LENGTH);
  if (texts.length > MOST_INPUTS - 1) return undefined;
  return texts.map((value, part) =>
    textInput({
      id: `${id}-${part}`,
      label: part === 0 ? label : `${label}, part ${part + 1}`,
      ...{ value, long: true, optional: true },
    }),
  );
}

/** The text again; `undefined` when it was not in this window. `before` is what the window was made of. */
export function joinInputs(
  values: Map<string, string>,
  id: string,
  before: string,
): string | undefined {
  const pieces: string[] = [];
  for (let part = 0; values.has(`${id}-${part}`); part += 1) {
    pieces.push(values.get(`${id}-${part}`) ?? '');
  }
  const { joints } = splitLongText(before, PIECE_LENGTH);
  return pieces.length === 0 ? undefined : joinLongText(pieces, joints);
}

// --- What was entered ------------------------------------------------------------------------------

/** Several choices are kept one a line. */
export function readValues({ fields }: ModalSubmitInteraction): Map<string, string> {
  const values = new Map<string, string>();
  for (const [id, field] of fields.fields) {
    if (field.type === ComponentType.TextInput) values.set(id, field.value);
    else if ('values' in field) values.set(id, field.values.join('\n'));
  }
  return values;
}
