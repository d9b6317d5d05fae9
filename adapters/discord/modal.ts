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
import type { Attachment } from '../../src/core/message.ts';
import { digestOf } from '../../src/core/thread.ts';
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
  /** Required fields of its template that nothing answers. */
  missing(): Promise<string[]>;
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
export const MAX_LABEL = 45;
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

/** Takes one file of text. */
export function fileInput(id: string, label: string, optional: boolean): Input {
  return toInput(id, '', () => ({
    type: ComponentType.Label,
    label: cutText(label, MAX_LABEL),
    component: {
      ...{ type: ComponentType.FileUpload, custom_id: id, required: !optional },
      ...{ min_values: optional ? 0 : 1, max_values: 1 },
    },
  }));
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

/** Several choices are kept one a line. What was not typed or chosen, a file, is not among them. */
export function readValues({ fields }: ModalSubmitInteraction): Map<string, string> {
  const values = new Map<string, string>();
  for (const [id, field] of fields.fields) {
    if (field.type === ComponentType.TextInput) values.set(id, field.value);
    else if (field.type !== ComponentType.FileUpload && 'values' in field)
      values.set(id, field.values.join('\n'));
  }
  return values;
}

/** The file that was given to this input. */
export function readFile({ fields }: ModalSubmitInteraction, id: string): Attachment | undefined {
  const field = fields.fields.get(id);
  const file = field?.type === ComponentType.FileUpload ? field.attachments.first() : undefined;
  if (!file) return undefined;
  const { name, contentType, size: bytes, url } = file;
  return { id: file.id, name, mimeType: contentType ?? 'text/plain', bytes, url };
}

const DIGEST_LENGTH = 8;

/** What the inputs of a window hold, in few characters: the window itself carries it, so any process can tell what was typed. */
export function digestShown(inputs: readonly Input[]): string {
  return inputs.map(({ value }) => digestOfValue(value)).join('');
}

/** What was entered over what the window showed. */
export function pickTyped(values: Map<string, string>, shown: string): Map<string, string> {
  const typed = [...values].filter(
    ([, value], index) =>
      digestOfValue(value) !== shown.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH),
  );
  return new Map(typed);
}

const digestOfValue = (value: string) => digestOf([value]).slice(0, DIGEST_LENGTH);
