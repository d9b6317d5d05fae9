/** How the stand-in Discord says no: an HTTP status, Discord's own code, and why. */

export class DiscordRefusal extends Error {
  override name = 'DiscordRefusal';
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Status, code and message; from Discord's page of opcodes and status codes. */
export const REFUSALS = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  unknownChannel: [404, 10_003, 'Unknown Channel'],
  unknownGuild: [404, 10_004, 'Unknown Guild'],
  unknownMember: [404, 10_007, 'Unknown Member'],
  unknownMessage: [404, 10_008, 'Unknown Message'],
  unknownWebhook: [404, 10_015, 'Unknown Webhook'],
  unknownApplication: [404, 10_002, 'Unknown Application'],
  unknownInteraction: [404, 10_062, 'Unknown interaction'],
  badUserAgent: [400, 40_333, 'You must provide a valid User-Agent'],
  alreadyAcknowledged: [400, 40_060, 'Interaction has already been acknowledged.'],
  missingAccess: [403, 50_001, 'Missing Access'],
  anothersMessage: [403, 50_005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50_006, 'Cannot send an empty message'],
  cannotWriteTo: [403, 50_007, 'Cannot send messages to this user'],
  wrongChannelType: [400, 50_024, 'Cannot execute action on this channel type'],
  missingPermissions: [403, 50_013, 'Missing Permissions'],
  expiredToken: [401, 50_027, 'Invalid Webhook Token'],
  invalidBody: [400, 50_035, 'Invalid Form Body'],
  archivedThread: [400, 50_083, 'Thread is archived'],
  threadExists: [400, 160_004, 'A thread has already been created for this message'],
  lockedThread: [403, 160_005, 'Thread is locked'],
  tooManyThreads: [400, 160_006, 'Maximum number of active threads reached'],
  noHistory: [403, 160_002, 'Cannot reply without permission to read message history'],
  oldMessageEdits: [429, 30_046, 'Maximum number of edits to messages older than 1 hour reached'],
  automod: [400, 200_000, 'Message was blocked by automatic moderation'],
} as const satisfies Record<string, readonly [number, number, string]>;

export type RefusalName = keyof typeof REFUSALS;

export function refuse(
  [status, code, message]: readonly [number, number, string],
  why = '',
): never {
  throw new DiscordRefusal(status, code, why ? `${message}: ${why}` : message);
}
