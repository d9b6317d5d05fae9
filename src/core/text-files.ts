/**
 * Text files of a thread for the model: logs, traces, and long pastes that the chat made a file of.
 * The newest few, within a part of the model's window.
 */
import { budgetOf } from './budget.ts';
import { wellFormedPrefix } from './cut-text.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import { type Attachment, filesOf, type Message } from './message.ts';
import type { ProviderChoice } from './provider.ts';
import { redactSecrets } from './redact.ts';
import {
  createFileLoading,
  type ShowFiles,
  type TextPart,
  type WantedFile,
} from './shown-files.ts';

export interface ShowTextFiles extends ShowFiles {
  /** Characters for all of them, as `roomForTextFiles` has it. */
  room: number;
}

/** By the attachment's id: the text, or why the model does not see it. Rejects as `LoadFiles` does. */
export type TextFiles = (show: ShowTextFiles) => Promise<Map<string, TextPart | string>>;

export interface TextFilesOptions {
  loadingMs?: number;
  log: Log;
}

/** Files in one prompt. */
const MAX_FILES = 8;
/** Characters of one file; of a longer one its beginning and its end. */
const MAX_LENGTH = 65_536;
/** The most that is read of a file. */
const MAX_FILE_BYTES = 1_048_576;
/** The part of the window that files may take. */
const FILES_SHARE = 1 / 4;
/** Characters below which a piece of a file says nothing. */
const LEAST_PIECE = 400;

const TEXT_TYPE =
  /^(?:text\/.+|application\/(?:json|jsonl|x-ndjson|xml|x-?yaml|yaml|toml|javascript|sql|x-sh|(?:[\w.-]+\+)(?:json|xml)))$/i;
const UNKNOWN_TYPE = 'application/octet-stream';
const TEXT_NAME =
  /\.(?:txt|text|log|out|err|trace|stack|md|json|jsonl|ndjson|xml|ya?ml|toml|ini|conf|cfg|csv|tsv|diff|patch|sql|sh)$/i;

export function createTextFiles({ loadingMs, log }: TextFilesOptions): TextFiles {
  const load = createFileLoading({ called: 'a text file', read, loadingMs, log });

  async function read({ platform, thread, attachment, signal }: WantedFile): Promise<TextPart> {
    const file = await platform.readAttachment(thread, attachment, MAX_FILE_BYTES, signal);
    return { text: cutMiddle(redactSecrets(decode(file)), MAX_LENGTH) };
  }

  return async function show({ messages, room, ...source }) {
    const attached = textFilesOf(messages);
    const rooms = shareOut(attached, room);
    const loaded = await load(
      attached.filter(({ id }) => rooms.has(id)),
      source,
    );
    const shown = attached.map((file) => {
      const part = loaded.get(file.id) ?? unshownNote(file);
      const most = rooms.get(file.id) ?? 0;
      const fits = typeof part === 'string' || most >= lengthOf(file);
      return [file.id, fits ? part : { text: cutMiddle(part.text, most) }] as const;
    });
    return new Map(shown);
  };
}

/** Characters of this model's window that text files may take. */
export function roomForTextFiles({ contextTokens }: ProviderChoice): number {
  return Math.floor(budgetOf(contextTokens).conversation * FILES_SHARE);
}

/** Characters of the window that the text files of these messages take, at most. */
export function textFilesLength(messages: Message[], room: number): number {
  return [...shareOut(textFilesOf(messages), room).values()].reduce((sum, one) => sum + one, 0);
}

/** What each may take by its id, the newest first. */
function shareOut(files: Attachment[], room: number): Map<string, number> {
  const rooms = new Map<string, number>();
  let left = room;
  for (const file of files.toReversed()) {
    if (file.bytes > MAX_FILE_BYTES) continue;
    const given = Math.min(lengthOf(file), left);
    const says = given === lengthOf(file) || given >= LEAST_PIECE;
    if (!says || rooms.size === MAX_FILES) break;
    rooms.set(file.id, given);
    left -= given;
  }
  return rooms;
}

/** At most: a character has a byte or more, and not every chat says how many there are. */
function lengthOf({ bytes }: Attachment): number {
  return Math.min(bytes || MAX_LENGTH, MAX_LENGTH);
}

function textFilesOf(messages: Message[]): Attachment[] {
  return filesOf(messages).filter(({ mimeType, name }) => {
    const [type = ''] = mimeType.split(';');
    return TEXT_TYPE.test(type.trim()) || (type === UNKNOWN_TYPE && TEXT_NAME.test(name));
  });
}

function unshownNote({ bytes }: Attachment): string {
  if (bytes > MAX_FILE_BYTES) return 'a text file that is too large to be shown';
  return 'an earlier text file, not shown';
}

/** As UTF-8, or as the UTF-16 that Windows writes; well-formed whatever it holds. */
function decode(file: Uint8Array): string {
  const isWide = file[0] === 0xff && file[1] === 0xfe;
  const text = new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(file);
  if (text.includes('\0')) throw new ChatError('it holds something else');
  return text;
}

/** Its beginning, where a trace has its error, and its end, where a log has what happened last. */
function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const mark = `\n[… ${text.length - most} characters left out …]\n`;
  const half = Math.floor((most - mark.length) / 2);
  return `${wellFormedPrefix(text, half)}${mark}${text.slice(-half)}`.toWellFormed();
}
