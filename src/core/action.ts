/**
 * What a person does in a thread besides talking: a button, a modal, a typed command. Adapters
 * translate theirs to these; the rules (who may, on which revision) live in the core.
 */
import type { NewName } from './advice.ts';
import type { Conversation } from './conversation.ts';
import type { Author } from './message.ts';
import type { Page } from './page.ts';
import type { Mode } from './settings.ts';
import type { SettingsChanges } from './settings-change.ts';
import type { Place, ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';
import type { TicketChanges } from './ticket-fields.ts';

/** Names one ticket as a card's button does: with the revision the person saw. */
export interface SeenTicket {
  ticketId: string;
  revision: number;
}

/** Names one as a typed command does: `approve 2`. Absent: the only open one. */
export interface NumberedTicket {
  ordinal: number | undefined;
}

export type TicketTarget = SeenTicket | NumberedTicket;

export type Command =
  /** `confirmed`: the public project that words from a private place may go to, as it was warned of. */
  | { kind: 'approve'; target: TicketTarget; confirmed?: string }
  /** Adds the draft to an issue that is there, as a comment, and closes it. */
  | { kind: 'add-to'; target: TicketTarget; issue: string; confirmed?: string }
  /** Answers a field of the project's template: a section of the description under its name. */
  | { kind: 'fill'; target: TicketTarget; field: string; text: string }
  /** Makes a label or milestone that the draft names and its project does not have. `confirmed` as above. */
  | {
      kind: 'create-name';
      target: TicketTarget;
      field: NewName['field'];
      name: string;
      confirmed?: string;
    }
  /** `confirmed` as above, typed. `warned`: of a warning's button, the digest of the drafts it named as they were shown. */
  | { kind: 'approve-all'; confirmed?: string; warned?: string }
  | { kind: 'edit'; target: TicketTarget; changes: TicketChanges }
  | { kind: 'discard'; target: TicketTarget }
  /** Shows the cards of the open drafts again. */
  | { kind: 'drafts' }
  | { kind: 'stop' }
  | { kind: 'mode'; mode: Mode }
  | { kind: 'project'; project: string }
  /** What there is to choose from, and who answers here. */
  | { kind: 'providers' }
  /** What a level says from now on; `null` hands a setting back to the next one. */
  | { kind: 'configure'; scope: SettingsScope; changes: SettingsChanges }
  /** Lets anybody with the link read the conversation; `unshare` ends it at once. */
  | { kind: 'share' }
  | { kind: 'unshare' }
  /** With a code from another account: both are one person. Without: such a code. */
  | { kind: 'link'; code?: string }
  /** This thread is about an issue that is there: `#12`, `github:owner/repo#12` or its address. `confirmed` as above. */
  | { kind: 'follow'; issue: string; confirmed?: string }
  | { kind: 'unfollow' }
  /** A link by which the actor signs in to the console. */
  | { kind: 'sign-in' }
  | { kind: 'archive' }
  | { kind: 'delete' }
  | { kind: 'settings' }
  /** The person's own conversations; `page` counts from 1. */
  | { kind: 'list'; page?: number }
  | { kind: 'help' };

export type SettingsScope = 'conversation' | 'user' | 'channel' | 'workspace';

/** A command, who gave it and where. Outside of any thread, `threadId` is empty. */
export interface Action {
  thread: ThreadRef;
  place: Place;
  actor: Author;
  command: Command;
}

/** With an address that opens it, where its platform is connected and has one. */
export type ListedConversation = Conversation & { url?: string };

/** `refused`: not allowed, not possible or too late; `message` says why, and what to do. */
export interface ActionOutcome {
  kind: 'done' | 'refused';
  /** For the person: Markdown, one or a few sentences. */
  message: string;
  /** The tickets as they stand now, where the command was about tickets. */
  tickets: Ticket[];
  /** For the actor's eyes only: never where others can read it. */
  secret?: true;
  conversations?: Page<ListedConversation>;
  /** Refused until somebody says so again: the command that does, for a button. */
  confirm?: Command;
}

/** What became of an incoming message. */
export type Handled =
  /** Stored; its turn runs now, or a running one will answer it, or it only is to be remembered. */
  | { kind: 'stored'; conversationId: string }
  /** Delivered before. */
  | { kind: 'duplicate'; conversationId: string }
  /** It was a command; the outcome is already in the thread. */
  | { kind: 'command'; outcome: ActionOutcome }
  /** Does not concern the bot. */
  | { kind: 'ignored' };
