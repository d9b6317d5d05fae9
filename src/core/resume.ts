/**
 * Finds and finishes what dead processes left: turns whose lease ran out, publications, cards that
 * were never shown, deletions. Any process does it, at start and at intervals.
 */
import { describePublished } from './approval.ts';
import type { Audit } from './audit.ts';
import type { Cards } from './cards.ts';
import type { ThreadState } from './conversation.ts';
import type { Errands } from './errands.ts';
import type { Log } from './log.ts';
import type { Observation, Observe } from './observer.ts';
import { createPauses, type Pauses } from './pauses.ts';
import type { ChatPlatform } from './platform.ts';
import type { Publisher } from './publish.ts';
import type { Repositories } from './repositories.ts';
import type { Starts } from './starts.ts';
import { EARLIER_PENDING_SHARDS, PENDING_SHARDS, type PendingWork } from './thread-repository.ts';
import type { Turns } from './turns.ts';

export interface ResumerOptions {
  repositories: Repositories;
  starts: Starts;
  errands: Errands;
  platformOf(thread: ThreadState): ChatPlatform;
  /** Threads of platforms that are not connected here are left to whoever is. */
  serves(thread: ThreadState): boolean;
  turns: Turns;
  publisher: Publisher;
  cards: Cards;
  audit: Pick<Audit, 'recordPublished'>;
  log: Log;
  observe: Observe;
  /** A draft's card counts as forgotten once its turn ended this long ago, in milliseconds. */
  cardGraceMs: number;
}

/** A card that its platform does not take is tried again after this at the latest, in milliseconds. */
const MAX_CARD_PAUSE_MS = 600_000;
/** Every so many looks, from the first on, what processes of earlier versions left is looked for too. */
const EARLIER_EVERY = 12;

export interface Resumer {
  /** One look at the shards, which may take longer than until the next one; returns how many things were taken over. */
  resumePending(): Promise<number>;
}

export function createResumer(options: ResumerOptions): Resumer {
  const { repositories, log, observe, cardGraceMs } = options;
  const pauses = createPauses({ firstMs: cardGraceMs, mostMs: MAX_CARD_PAUSE_MS });
  /** What is being resumed here. */
  const busy = new Set<string>();
  let takingOver = false;
  let looks = 0;

  function countShards(): number {
    const isLong = looks % EARLIER_EVERY === 0;
    looks += 1;
    return isLong ? EARLIER_PENDING_SHARDS : PENDING_SHARDS;
  }

  async function resumePending(): Promise<number> {
    const found: PendingWork[] = [];
    let resumed = 0;
    const shards = countShards();
    for (let shard = 0; shard < shards; shard += 1) {
      for (const work of await repositories.threads.listPending(shard)) {
        found.push(work);
        if (work.kind !== 'thread' && (await resumeOnce(work))) resumed += 1;
      }
    }
    pauses.keepOnly(new Set(found.map(nameOf)));
    observe(describeQueue(found));
    resumed += await takeOverTurns(found);
    if (resumed > 0) observe({ kind: 'resumed', count: resumed });
    return resumed;
  }

  /** As there is room for them, which may take a while: nothing else waits for it. */
  async function takeOverTurns(found: PendingWork[]): Promise<number> {
    if (takingOver) return 0;
    takingOver = true;
    let taken = 0;
    try {
      for (const work of found) {
        if (work.kind === 'thread' && (await resumeOnce(work))) taken += 1;
      }
    } finally {
      takingOver = false;
    }
    return taken;
  }

  async function resumeOnce(work: PendingWork): Promise<boolean> {
    const name = nameOf(work);
    if (busy.has(name) || pauses.hold(name)) return false;
    busy.add(name);
    try {
      return await resumeOne(work);
    } finally {
      busy.delete(name);
    }
  }

  async function resumeOne(work: PendingWork): Promise<boolean> {
    try {
      if (work.kind === 'user') return await resumeUser(work.userId);
      if (work.kind === 'start') return await options.starts.resume(work);
      if (work.kind === 'errand') return await options.errands.resume(work);
      return await resumeThread(work);
    } catch (error) {
      log.warn('resume-failed', { ...work }, error);
      return false;
    }
  }

  async function resumeUser(userId: string): Promise<boolean> {
    await repositories.users.finishDeletion(userId);
    return true;
  }

  async function resumeThread(
    work: Exclude<PendingWork, { kind: 'user' | 'start' | 'errand' }>,
  ): Promise<boolean> {
    const { conversationId } = work;
    if (work.kind === 'thread' && options.turns.runs(conversationId)) return false;
    const thread = await repositories.threads.get(conversationId);
    if (!thread) return false;
    if (thread.deleting) {
      await repositories.conversations.finishDeletion(conversationId);
      return true;
    }
    if (!options.serves(thread)) return false;
    if (work.kind === 'thread') return await resumeTurn(options, thread);
    return await resumeTicket(options, thread, work, pauses);
  }

  return { resumePending };
}

function describeQueue(found: PendingWork[]): Observation {
  const counts = { thread: 0, ticket: 0, start: 0, errand: 0, user: 0 };
  for (const { kind } of found) counts[kind] += 1;
  const now = Date.now();
  const oldest = found.reduce((since, { claimedAt }) => Math.min(since, claimedAt), now);
  return { kind: 'queued', counts, oldestSeconds: (now - oldest) / 1_000 };
}

async function resumeTurn({ repositories, turns }: ResumerOptions, thread: ThreadState) {
  const { conversationId, claim } = thread;
  if (!claim || claim.expiresAt > Date.now()) return false;
  await turns.room();
  const next = turns.takeOver(claim);
  const claimedAt = performance.now();
  const taken = await repositories.threads.takeClaim(conversationId, next, claim);
  if (taken) turns.start({ conversationId, claim: next, claimedAt });
  return taken;
}

const nameOf = ({ claimedAt: _, ...what }: PendingWork) => JSON.stringify(what);

async function resumeTicket(
  options: ResumerOptions,
  thread: ThreadState,
  work: Extract<PendingWork, { kind: 'ticket' }>,
  pauses: Pauses,
) {
  const { repositories, cards, publisher, platformOf, cardGraceMs } = options;
  const ticket = await repositories.tickets.getTicket(thread.conversationId, work.ticketId);
  if (ticket?.status === 'publishing') {
    const outcome = await publisher.resume(thread, ticket);
    if (outcome.kind === 'missing' || outcome.kind === 'outdated') return false;
    await cards.show(thread, outcome.ticket.id, { resumed: true });
    if (outcome.kind === 'unfinished') return false;
    const { place } = thread;
    options.audit.recordPublished({ platform: thread.thread.platform, place }, outcome.ticket);
    const text = describePublished(outcome);
    await platformOf(thread).postNotice({ thread: thread.thread, text });
    return true;
  }
  const forgotten = !thread.claim && (thread.endedAt ?? 0) + cardGraceMs < Date.now();
  if (!ticket || ticket.cardId || !forgotten) return false;
  const isShown = await cards.show(thread, ticket.id, { resumed: true });
  if (!isShown) pauses.lengthen(nameOf(work));
  return isShown;
}
