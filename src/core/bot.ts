/** The platform-neutral core object that adapters call. */
import type { Action, ActionOutcome, Handled } from './action.ts';
import type { IncomingMessage } from './message.ts';

export interface Bot {
  /**
   * Resolves when the message is stored (the turn runs on). Rejects with `StoreUnavailableError`
   * when the table fails or takes longer than 2.5 s: do not acknowledge, the platform delivers again.
   */
  handleMessage(message: IncomingMessage): Promise<Handled>;
  /** Never rejects for what a person did wrong: that is a `refused` outcome. */
  handleAction(action: Action): Promise<ActionOutcome>;
  /** Takes over what dead processes left: turns, publications, cards, deletions. Returns how many. */
  resumePending(): Promise<number>;
  /** Looks for such work at intervals until `close`. */
  startResuming(): void;
  /** Resolves when no turn runs in this process. */
  idle(): Promise<void>;
  /** Lets running turns end for `graceMs`, then hands the rest over to whoever resumes them. */
  close(graceMs: number): Promise<void>;
}
