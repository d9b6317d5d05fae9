/** The client of Discord's REST API that everything is sent with: its limits are counted once. */
import { DefaultRestOptions, REST } from 'discord.js';
import type { Log } from '../../src/core/log.ts';
import type { EditPace } from './pace.ts';
import { createRequestGuard } from './request-guard.ts';

export interface RestOptions {
  config: {
    token: string;
    /** Default https://discord.com/api */
    apiUrl?: string | undefined;
  };
  log: Log;
  /** Learns Discord's limits from its answers. */
  pace?: Pick<EditPace, 'watch'>;
}

/** Requests are repeated by whoever sends them and knows whether they may be. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Usable before the gateway is connected: replies may have to be finished first. */
export function createRest({ config, log, pace }: RestOptions): REST {
  const { makeRequest } = DefaultRestOptions;
  const rest = new REST({
    ...DefaultRestOptions,
    timeout: REQUEST_TIMEOUT_MS,
    makeRequest: createRequestGuard(pace?.watch(makeRequest) ?? makeRequest),
    invalidRequestWarningInterval: 500,
    ...(config.apiUrl && { api: config.apiUrl }),
  });
  rest.on('invalidRequestWarning', ({ count }) => {
    log.warn('discord-refused-requests', { count });
  });
  return rest.setToken(config.token);
}
