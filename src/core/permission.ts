/** Who may do what. One place, so that a button, a modal and a typed command agree. */
import type { ThreadState } from './conversation.ts';
import type { Author } from './message.ts';
import type { Approvers } from './settings.ts';
import type { Ticket } from './ticket.ts';
import type { User } from './user.ts';

export function mayApprove(approvers: Approvers, actor: Author, ticket: Ticket): boolean {
  if (actor.standing === 'bot') return false;
  if (approvers === 'anyone') return true;
  if (approvers === 'members') return actor.standing === 'member';
  if (approvers === 'requester') return actor.identity === ticket.origin.requester.identity;
  return approvers.people.includes(actor.identity);
}

/** Members edit, and whoever asked for the ticket. */
export function mayEdit(actor: Author, ticket: Ticket): boolean {
  return actor.standing === 'member' || actor.identity === ticket.origin.requester.identity;
}

/** Guests talk; they do not decide where a thread files its issues. */
export function mayConfigure(actor: Author): boolean {
  return actor.standing === 'member';
}

/** A conversation belongs to whoever began it. */
export function ownsConversation(user: User, thread: ThreadState): boolean {
  return user.id === thread.owner.userId;
}
