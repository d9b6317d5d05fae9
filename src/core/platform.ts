/** The ChatPlatform port: what the bot does in a thread. Each adapter implements it. */
import type { Advice } from './advice.ts';
import type { Attachment, Author, IncomingMessage } from './message.ts';
import type { ThreadStart } from './start.ts';
import type { Place, ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';

/** Which reply to open, and how to find it if it was begun before. */
export interface ReplyTarget {
  thread: ThreadRef;
  /** Where the thread stands: a platform may still have to open it there. */
  place?: Place;
  /** Carried by the platform's message where it can (Slack: metadata), so that it can be found again. */
  turnId: string;
  /** The last message being answered. */
  after: string;
  /** Who asked last: some platforms stream a reply to a person. */
  author?: Author;
  /** Acting is still allowed: to be asked again after waiting for a platform's limits. */
  held?(): boolean;
  /** The id recorded by an earlier attempt. */
  replyId?: string;
  /** Ids of the replies of earlier turns, as far as they are known: not to be taken for this one's. */
  others?: string[];
  /** An earlier attempt may have begun a reply: look for it before posting another. */
  resumed: boolean;
}

/** The whole of what a reply shows at one moment; each view replaces the one before. */
export interface ReplyView {
  text: string;
  /** What is going on, for instance "Searching issues"; absent when text says enough. */
  status?: string;
  state: 'streaming' | 'answered' | 'stopped' | 'failed';
  /** Offer a Retry. */
  retry?: boolean;
}

/** One reply in a thread. The core never calls it twice at once. */
export interface Reply {
  /** Posts at first, edits after; resolves with the platform's id. `state` other than `streaming` is final. */
  show(view: ReplyView): Promise<string>;
}

/** A ticket as its card shows it; buttons carry `ticket.revision`. */
export interface Card extends Advice {
  thread: ThreadRef;
  ticket: Ticket;
  /** The project it would be filed to, the conversation's default included. */
  project: string | undefined;
  /** Drafts that are open in the thread, this one included; absent: not known. */
  openDrafts?: number;
  /** Where the ticket has no card on record but may have one: look before posting. */
  resumed: boolean;
}

/** A sentence in the thread; with `to`, only for that person where the platform can. */
export interface Notice {
  thread: ThreadRef;
  text: string;
  to?: Author;
  /** Must not be read by anybody else: by a direct message where there is no other way. */
  secret?: true;
}

/** What was said in the thread before the bot came. */
export interface EarlierMessages {
  /** Oldest first, without the bot's own. */
  messages: IncomingMessage[];
  /** Older ones that were left out. */
  omitted: boolean;
}

/** A thread that was opened for a start: where it is, and the message that stands for what was asked. */
export interface OpenedThread {
  thread: ThreadRef;
  /** The platform's id and time of that message. */
  messageId: string;
  sentAt: string;
  permalink?: string;
}

/** How many replies this process is writing: on the platform, in the reply's workspace, in its thread. */
export interface RunningReplies {
  platform: number;
  workspace: number;
  thread: number;
}

export interface ChatPlatform {
  readonly name: ThreadRef['platform'];
  /** The least time between two edits of a reply in this thread, in milliseconds; asked before each. */
  editIntervalMs(thread: ThreadRef, running: RunningReplies): number;
  openReply(target: ReplyTarget): Reply;
  /** Posts the card, or updates the one with `ticket.cardId`; resolves with its id. */
  showCard(card: Card): Promise<string>;
  postNotice(notice: Notice): Promise<void>;
  /** An address that opens the thread; absent: threads have none. */
  linkTo?(thread: ThreadRef, place: Place): string | undefined;
  /** The newest `limit` messages before `before` (a message id). */
  readThread(thread: ThreadRef, before: string, limit: number): Promise<EarlierMessages>;
  /**
   * Posts what a person asked for outside of any thread, so that one begins. With `resumed`, an
   * earlier attempt may have posted it: look before posting. Rejects with `ChatError` when the place does not allow it.
   */
  openThread(start: ThreadStart, resumed: boolean): Promise<OpenedThread>;
  /** The file itself; rejects with `ChatError` when it is gone, may not be read or has more than `maxBytes`. */
  readAttachment(
    thread: ThreadRef,
    attachment: Attachment,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}
