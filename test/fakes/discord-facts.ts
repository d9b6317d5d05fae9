/** What is configured about a stand-in Discord: the application, its rights, deadlines and limits. */

export interface DiscordFacts {
  applicationId: string;
  token: string;
  /** The privileged intent, as switched on in the developer portal. */
  messageContent: boolean;
  /** Takes clients too that do not name themselves as the documentation demands. */
  anyUserAgent: boolean;
  /** What `/gateway/bot` recommends. */
  shards: number;
  /** Milliseconds in which an interaction must be answered, and that its token lives. */
  answerWithinMs: number;
  tokenLifetimeMs: number;
  heartbeatMs: number;
  /** Discord says "the past few minutes". */
  nonceMemoryMs: number;
  /** Refused requests (401, 403, 429) within ten minutes before the address is banned. */
  invalidRequestLimit: number;
  /** Identifies left today. */
  identifiesLeft: number;
  /** Active threads that a server may have. */
  activeThreads: number;
  /** Words that the server's AutoMod blocks. */
  blockedWords: string[];
  nextId(): string;
}

/** Discord's epoch: the first second of 2015. */
const EPOCH_MS = 1_420_070_400_000;

export function createFacts(overrides: Partial<DiscordFacts>): DiscordFacts {
  const nextId = createSnowflakes();
  return {
    applicationId: nextId(),
    token: 'stand-in.discord.token',
    messageContent: true,
    anyUserAgent: false,
    shards: 1,
    answerWithinMs: 3_000,
    tokenLifetimeMs: 15 * 60_000,
    heartbeatMs: 41_250,
    nonceMemoryMs: 5 * 60_000,
    invalidRequestLimit: 10_000,
    identifiesLeft: 1_000,
    activeThreads: 1_000,
    blockedWords: [],
    nextId,
    ...overrides,
  };
}

/** Ids that carry the time and grow. */
function createSnowflakes(): () => string {
  let last = 0n;
  return () => {
    const now = BigInt(Date.now() - EPOCH_MS) << 22n;
    last = now > last ? now : last + 1n;
    return String(last);
  };
}

/** Milliseconds since the epoch, of a snowflake. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH_MS;
}
