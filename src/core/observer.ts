/**
 * What happens, in numbers: what the core tells whoever measures it. Names and figures only, never
 * text, accounts or secrets. Called in passing: an observer does not wait and does not throw.
 * Failures are not here: each is an event of the log already.
 */
import type { TurnOutcome } from './message.ts';
import type { ProviderErrorKind, Usage } from './provider.ts';
import type { PublishOutcome } from './publish.ts';
import type { PlatformName } from './thread.ts';
import type { PendingWork } from './thread-repository.ts';

/** Durations are in seconds. */
export type Observation =
  | { kind: 'turn-began'; platform: PlatformName }
  /** From the turn's begin to the model's first word. */
  | { kind: 'first-text'; platform: PlatformName; seconds: number }
  /** `left`: somebody else goes on with it. `restarted`: it begins again with what was changed. */
  | { kind: 'turn-ended'; platform: PlatformName; outcome: TurnEnding; seconds: number }
  /** A provider answered one request; `cost` in micro-dollars, 0 where no price is known. */
  | { kind: 'answered'; provider: string; model: string; usage: Usage; cost: number }
  /** A provider did not; it may be asked again. */
  | { kind: 'not-answered'; provider: string; reason: ProviderErrorKind }
  | { kind: 'publish-ended'; tracker: string; outcome: PublishOutcome['kind']; seconds: number }
  /** Work of a dead process was taken over. */
  | { kind: 'resumed'; count: number }
  /**
   * What the table says is to be done, by all processes, as one of them found it in passing: threads
   * whose messages wait or are being answered, tickets on their way to the tracker, and the like.
   * `oldestSeconds`: since the longest of it was begun; 0 where there is nothing.
   */
  | { kind: 'queued'; counts: Record<PendingWork['kind'], number>; oldestSeconds: number };

export type TurnEnding = TurnOutcome | 'left' | 'restarted';

export type Observe = (observation: Observation) => void;

/** Where nobody measures. */
export const unobserved: Observe = () => undefined;

/** Seconds since a reading of `performance.now()`. */
export const secondsSince = (begun: number): number => (performance.now() - begun) / 1_000;
