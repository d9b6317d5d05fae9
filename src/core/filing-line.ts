/**
 * The drafts that are being filed here, in the order of their approvals. Cards of those that wait say
 * how many go first; they count down, by halves, so that a long line costs each card few edits.
 */
import type { ThreadState } from './conversation.ts';

export interface FilingLineOptions {
  /** Draws a ticket's card anew. */
  show(thread: ThreadState, ticketId: string): Promise<unknown>;
}

export interface FilingLine {
  /** `line` names those that wait for one another. */
  enter(thread: ThreadState, ticketId: string, line: string): void;
  leave(ticketId: string): void;
  /** How many go first; 0 for one that is not in the line. */
  aheadOf(ticketId: string): number;
}

interface Waiting {
  thread: ThreadState;
  line: string;
  /** What its card says. */
  told: number;
}

export function createFilingLine({ show }: FilingLineOptions): FilingLine {
  const waiting = new Map<string, Waiting>();
  let isTelling = false;

  function aheadOf(ticketId: string): number {
    const own = waiting.get(ticketId)?.line;
    const sameLine = [...waiting].filter(([, { line }]) => line === own).map(([id]) => id);
    return Math.max(0, sameLine.indexOf(ticketId));
  }

  function enter(thread: ThreadState, ticketId: string, line: string): void {
    const entry = { thread, line, told: 0 };
    waiting.set(ticketId, entry);
    entry.told = aheadOf(ticketId);
    if (entry.told > 0) void show(thread, ticketId);
  }

  function leave(ticketId: string): void {
    waiting.delete(ticketId);
    void countDown();
  }

  /** One card at a time: what is filed must not wait behind many that only moved up. */
  async function countDown(): Promise<void> {
    if (isTelling) return;
    isTelling = true;
    for (let id = nextToTell(); id !== undefined; id = nextToTell()) {
      const entry = waiting.get(id);
      if (!entry) continue;
      entry.told = aheadOf(id);
      await show(entry.thread, id);
    }
    isTelling = false;
  }

  /** The first of those whose card says at least twice what is true; the very next is filed in a moment. */
  function nextToTell(): string | undefined {
    const counts = new Map<string, number>();
    for (const [id, { line, told }] of waiting) {
      const ahead = counts.get(line) ?? 0;
      counts.set(line, ahead + 1);
      if (ahead > 0 && ahead <= told / 2) return id;
    }
    return undefined;
  }

  return { enter, leave, aheadOf };
}
