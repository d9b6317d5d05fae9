/** Who may do what. One place, so that a button, a modal and a typed command agree. */
import type { ThreadState } from './conversation.ts';
import type { Author } from './message.ts';
import type { Approvers, Settings } from './settings.ts';
import type { Ticket } from './ticket.ts';
import type { Role, User } from './user.ts';

/** The account that acts, and those linked to it. */
export const accountsOf = ({ identities }: User, { identity }: Author): string[] => [
  identity,
  ...identities,
];

/** `accounts`: all of the person's, where they linked others to the one they act with. */
export function mayApprove(
  approvers: Approvers,
  actor: Author,
  ticket: Ticket,
  accounts: readonly string[] = [actor.identity],
): boolean {
  if (actor.standing === 'bot') return false;
  if (approvers === 'anyone') return true;
  if (approvers === 'members') return actor.standing === 'member';
  if (approvers === 'requester') return accounts.includes(ticket.origin.requester.identity);
  return isNamed(approvers.people, actor);
}

/** By their own identity, or by a group they are in. */
function isNamed(people: readonly string[], { identity, groups = [] }: Author): boolean {
  return [identity, ...groups].some((name) => people.includes(name));
}

/** May let the words of a private place go to a public issue, where there is no draft to decide on. */
export function mayRelease(approvers: Approvers, actor: Author): boolean {
  return typeof approvers === 'string' ? mayConfigure(actor) : isNamed(approvers.people, actor);
}

/** Members edit, and whoever asked for the ticket. */
export function mayEdit(
  actor: Author,
  ticket: Ticket,
  accounts: readonly string[] = [actor.identity],
): boolean {
  return actor.standing === 'member' || accounts.includes(ticket.origin.requester.identity);
}

/** Guests talk; they do not decide where a thread files its issues. */
export function mayConfigure(actor: Author): boolean {
  return actor.standing === 'member';
}

/**
 * Admins, and whoever the place's settings name; `levels` are the channel's and the workspace's, in
 * this order. `guarded` settings (who may what, and at what cost) are for those named only.
 */
export function mayConfigureChannel(
  levels: Settings[],
  actor: Author,
  role: Role,
  guarded: boolean,
): boolean {
  if (mayConfigureWorkspace(actor, role)) return true;
  const { configurers = 'members' } = levels.find((level) => level.configurers) ?? {};
  if (typeof configurers !== 'string') return isNamed(configurers.people, actor);
  if (guarded) return false;
  return configurers === 'anyone' ? actor.standing !== 'bot' : mayConfigure(actor);
}

/** Admins of the platform's workspace, and our own. */
export function mayConfigureWorkspace(actor: Author, role: Role): boolean {
  return actor.standing !== 'bot' && (actor.manages === true || role === 'admin');
}

/** A conversation belongs to whoever began it. */
export function ownsConversation(user: User, thread: ThreadState): boolean {
  return user.id === thread.owner.userId;
}
