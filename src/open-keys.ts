/** The configured keys, ready to use. */
import { createTokens, type Tokens } from './admin/tokens.ts';
import type { Config } from './config.ts';
import { createSecrets, loadDevelopmentKey, type Secrets } from './secrets.ts';

const TOKENS_PURPOSE = 'access-tokens';

/** What people enter is encrypted under it; outside production a key file is made at first use. */
export function openSecrets({ secrets, dataDir }: Config): Secrets {
  return createSecrets({
    key: secrets.key ?? loadDevelopmentKey(dataDir),
    oldKeys: secrets.oldKeys,
  });
}

/** Without keys of their own, tokens are signed under one that is derived from the secrets key. */
export function openTokens({ jwt }: Config, secrets: Secrets): Tokens {
  const derived = () => secrets.deriveKey(TOKENS_PURPOSE).toString('base64url');
  return createTokens(jwt ?? { kind: 'secret', secret: derived() });
}
