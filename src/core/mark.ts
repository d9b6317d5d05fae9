/** Small words that an adapter keeps, as the core sees them in the table. */
import type { PlatformName } from './thread.ts';

/** What an adapter remembers about a platform, and nothing else knows: a small word under a name. */
export interface MarkRepository {
  get(platform: PlatformName, name: string): Promise<string | undefined>;
  /** The last writer wins. For good, or until `expiresAt` (milliseconds since the epoch), when it may be taken. */
  put(platform: PlatformName, name: string, value: string, expiresAt?: number): Promise<void>;
  /** True for the first who takes this name, until `expiresAt` (milliseconds since the epoch); or until it is given back. */
  take(platform: PlatformName, name: string, expiresAt: number): Promise<boolean>;
  giveBack(platform: PlatformName, name: string): Promise<void>;
}
