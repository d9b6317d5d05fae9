/** An adapter: one chat platform joined to the bot. What the process starts, stops and asks how it is. */
import type { Bot } from './bot.ts';
import type { Log } from './log.ts';
import type { ChatPlatform } from './platform.ts';
import type { Repositories } from './repositories.ts';

export interface Adapter {
  platform: ChatPlatform;
  /** What it receives over HTTP; mounted on the product's one server. */
  routes?: AdapterRoute[];
  /** Begins to receive; resolves when connected. Rejects with `InvalidInputError` when the operator has to do something. */
  start(bot: Bot): Promise<void>;
  /** For readiness: whether what people say now would be heard. */
  connected(): boolean;
  /** Receives nothing new; what is being received is still acknowledged. */
  stop(): Promise<void>;
}

export interface AdapterRoute {
  method: 'GET' | 'POST';
  /** For instance `/slack/events`. */
  path: string;
  handle(request: Request): Promise<Response>;
}

/** What an adapter is made with, besides its own configuration. */
export interface AdapterTools {
  repositories: Repositories;
  /** For secrets that an adapter keeps, as `src/secrets.ts` does it: bound to a purpose. */
  encrypt(plaintext: string, purpose: string): Promise<string>;
  decrypt(ciphertext: string, purpose: string): Promise<string>;
  /** Where people reach the product's HTTP server; absent: nowhere. */
  publicUrl: string | undefined;
  log: Log;
}
