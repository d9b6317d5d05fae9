/** From a config that people entered to a connection: its key opened, its base URL behind the guarded door. */
import { ChatError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { PROVIDER_KINDS, type ProviderConfig } from '../core/stored-config.ts';
import type { Connection } from './connect.ts';
import type { Fetch } from './exchange.ts';

export interface StoredAccess {
  /** Reaches only where the operator lets base URLs of people lead. */
  fetch: Fetch;
  /** The config's key in plain; rejects when it does not open any more. */
  openKey(config: ProviderConfig): Promise<string>;
  log: Log;
}

/** Rejects with `ChatError` for a config that this process cannot use. */
export async function toConnection(
  config: ProviderConfig,
  access: StoredAccess | undefined,
): Promise<Connection> {
  if (!access) throw new ChatError('Providers that people connected cannot be used here.');
  const { name, model, baseUrl, encryptedKey } = config;
  const kind = PROVIDER_KINDS.find((known) => known === config.kind);
  if (!kind) {
    throw new ChatError(
      `The provider "${name}" was connected as "${config.kind}", which this version does not know. Connect it again, or choose another.`,
    );
  }
  const apiKey = encryptedKey === undefined ? undefined : await openKey(config, access);
  return {
    kind,
    name,
    fetch: access.fetch,
    ...(apiKey && { apiKey }),
    ...(baseUrl && { baseUrl }),
    ...(model && { model }),
  };
}

async function openKey(config: ProviderConfig, { openKey: open, log }: StoredAccess) {
  const { name } = config;
  try {
    return await open(config);
  } catch (cause) {
    const reference = log.error('provider-key-not-opened', { provider: name }, cause);
    throw new ChatError(
      `The key of the provider "${name}" cannot be read any more. Whoever connected it has to enter it again (reference ${reference}).`,
      { cause },
    );
  }
}
