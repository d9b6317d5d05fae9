/**
 * What the API keeps of a change: who made it, what it was about and where it belongs. Each route
 * that changes something says in the document (`x-audit`) which entries it may leave, or why none.
 */
import type { Context, MiddlewareHandler } from 'hono';
import type { AuditAction, AuditedChange, AuditPlace } from '../core/audit.ts';
import type { Bot } from '../core/bot.ts';
import type { Conversation } from '../core/conversation.ts';
import { accountIn } from '../core/user.ts';
import type { ApiEnv } from './access.ts';

/** The entries a route may leave, one for each change; or why it leaves none. */
export type Audited = readonly [AuditAction, ...AuditAction[]] | { none: string };

/** Without a place of its own: what belongs to no workspace. */
export type Change = Omit<AuditedChange, 'actor' | keyof AuditPlace> &
  Partial<AuditPlace & Pick<AuditedChange, 'actor'>>;

/** People, and what is theirs. */
const OF_NO_WORKSPACE = { platform: 'api', workspaceId: '' } as const;

/** A route calls `c.get('record')` once its change is made. */
export function recordChanges(bot: Pick<Bot, 'recordChange'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set('record', (change) => {
      const placed = { ...OF_NO_WORKSPACE, ...change };
      bot.recordChange({ actor: accountIn(c.get('user'), placed), ...placed });
    });
    await next();
  };
}

/** Whose it is, for a subject: `user` is oneself, as in the chat. */
export function describeUser(c: Context<ApiEnv>, userId: string): string {
  return userId === c.get('user').id ? 'user' : `user ${userId}`;
}

/** Where a conversation's entries belong. */
export function placeOf({ id: conversationId, thread, place }: Conversation) {
  const { workspaceId, channelId } = place;
  return { platform: thread.platform, workspaceId, channelId, conversationId };
}
