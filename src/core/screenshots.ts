/**
 * Files of a thread on their way into an issue: read from the chat, whose links expire or need a
 * login, and put where readers of the issue see them.
 */
import { ChatError } from './errors.ts';
import type { Filing } from './filing.ts';
import type { Log } from './log.ts';
import { type Attachment, filesOf, type Message } from './message.ts';
import type { ChatPlatform } from './platform.ts';
import type { Repositories } from './repositories.ts';
import type { ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';
import { TrackerError } from './tracker.ts';
import type { OpenedProject } from './tracker-access.ts';

export interface Screenshots {
  /** Rejects with `TrackerError` while the tracker asks to wait; what cannot be placed is said in `left`. */
  upload(filing: Filing, opened: OpenedProject): Promise<Uploaded>;
}

export interface Uploaded {
  /** Markdown, one each. */
  files: string[];
  /** What was left out and why, a sentence each. */
  left: string[];
}

export interface ScreenshotsOptions {
  repositories: Pick<Repositories, 'threads' | 'tickets'>;
  platformOf(thread: { thread: ThreadRef }): Pick<ChatPlatform, 'readAttachment'>;
  log: Log;
}

const MAX_FILES = 10;
/** Bytes of one file: what GitHub takes through its contents interface without trouble. */
const MAX_FILE_BYTES = 10 * 1_048_576;
/** Messages that are looked through, the newest. */
const MAX_MESSAGES = 400;
const PAGE = 200;

export function createScreenshots(options: ScreenshotsOptions): Screenshots {
  const { repositories, platformOf, log } = options;

  async function attachedTo(ticket: Ticket): Promise<Attachment[]> {
    const { conversationId, origin } = ticket;
    const tail = await repositories.threads.readTail(conversationId, MAX_MESSAGES);
    const messages = tail?.messages ?? [];
    if (!messages.some(({ attachments }) => attachments?.length)) return [];
    const { items } = await repositories.tickets.listTickets(conversationId, { limit: PAGE });
    const drafting = new Set(items.map((one) => one.origin.turnId));
    return attachmentsOf(messages, origin.turnId, drafting);
  }

  async function place(filing: Filing, { tracker, project }: OpenedProject, file: Attachment) {
    const { thread, lease } = filing;
    const { name, mimeType } = file;
    const platform = platformOf(thread);
    const content = await platform.readAttachment(
      thread.thread,
      file,
      MAX_FILE_BYTES,
      lease.signal,
    );
    return tracker.uploadFile(project, { name, mimeType, content }, lease.signal);
  }

  async function upload(filing: Filing, opened: OpenedProject): Promise<Uploaded> {
    const attached = await attachedTo(filing.ticket);
    const uploaded: Uploaded = { files: [], left: [] };
    for (const file of attached.slice(0, MAX_FILES)) {
      try {
        const markdown = await place(filing, opened, file);
        if (markdown === undefined) uploaded.left.push(leftOut(file, NO_PLACE));
        else uploaded.files.push(markdown);
      } catch (error) {
        filing.lease.signal.throwIfAborted();
        const waits = error instanceof TrackerError && error.kind === 'rate-limited';
        if (waits) throw error;
        log.warn('file-not-placed', { ticketId: filing.ticket.id }, error);
        uploaded.left.push(leftOut(file, reasonOf(error)));
      }
    }
    if (attached.length > MAX_FILES) {
      uploaded.left.push(`Of ${attached.length} files the first ${MAX_FILES} were taken along.`);
    }
    return uploaded;
  }

  return { upload };
}

const NO_PLACE = 'this project keeps no files for the bot';

function leftOut({ name }: Attachment, reason: string): string {
  return `The file ${name} was left out: ${reason.replace(/\.$/, '')}.`;
}

function reasonOf(error: unknown): string {
  const isForPeople = error instanceof ChatError || error instanceof TrackerError;
  return isForPeople ? error.message : 'it could not be read';
}

/**
 * What was sent since the turn before that drafted something; after the last such turn, what was
 * sent later belongs to it.
 */
function attachmentsOf(
  messages: Message[],
  turnId: string,
  drafting: ReadonlySet<string>,
): Attachment[] {
  const turns = messages.flatMap(({ answer }, index) =>
    answer && drafting.has(answer.turnId) ? [{ turnId: answer.turnId, index }] : [],
  );
  const at = turns.findIndex((turn) => turn.turnId === turnId);
  if (at < 0) return [];
  const from = turns[at - 1]?.index ?? 0;
  const until = turns[at + 1] ? (turns[at]?.index ?? 0) : messages.length;
  return filesOf(messages.slice(from, until).filter(({ role }) => role === 'user'));
}
