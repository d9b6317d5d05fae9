/**
 * Encryption at rest for API keys and tokens. A secret is encrypted before it reaches the table and
 * is bound to its purpose, so that a ciphertext moved to another field or owner does not open.
 * Compact JWE, `dir` with `A256GCM`; the key's id is in the header, so that keys can rotate.
 */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInputError } from './core/errors.ts';
import { makeFolder } from './db/folder.ts';

/** AES-256 takes exactly this many. */
export const SECRETS_KEY_BYTES = 32;

/** A ciphertext did not open: an unknown key, another purpose, or not ours at all. Or there is no key. */
export class SecretError extends Error {
  override name = 'SecretError';
}

export interface SecretsOptions {
  /** 32 bytes in base64 or base64url: encrypts, and opens what it encrypted. */
  key: string;
  /** Keys of the past: they open, they never encrypt. */
  oldKeys?: string[];
}

export interface Secrets {
  /** `purpose` names owner and field, for instance `USER#u1/PROVIDER#openai/key`. */
  encrypt(plaintext: string, purpose: string): Promise<string>;
  /** Throws `SecretError` unless it was encrypted for this purpose under a key we have. */
  decrypt(jwe: string, purpose: string): Promise<string>;
  /** 32 bytes from the current key, a different set for each purpose. */
  deriveKey(purpose: string): Buffer;
  /** The same from the old keys, for what was marked before a rotation. */
  deriveOldKeys(purpose: string): Buffer[];
}

interface EncryptionKey {
  id: string;
  bytes: Buffer;
}

/** Throws `InvalidInputError` for a key that is not 32 bytes. */
export function createSecrets({ key, oldKeys = [] }: SecretsOptions): Secrets {
  const root = decodeSecretsKey(key);
  const oldRoots = oldKeys.map(decodeSecretsKey);
  const current = toEncryptionKey(root);
  const keys = new Map([...oldRoots.map(toEncryptionKey), current].map((each) => [each.id, each]));

  async function encrypt(plaintext: string, purpose: string): Promise<string> {
    const { CompactEncrypt } = await import('jose');
    return await new CompactEncrypt(new TextEncoder().encode(plaintext))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.id, purpose })
      .encrypt(current.bytes);
  }

  async function decrypt(jwe: string, purpose: string): Promise<string> {
    const opened = keys.get(keyIdOf(jwe) ?? '');
    if (!opened) {
      throw new SecretError(
        'a stored secret was encrypted under a key that is not configured; add it to SECRETS_KEYS_OLD or enter the secret again',
      );
    }
    const { plaintext, protectedHeader } = await open(jwe, opened);
    if (protectedHeader.purpose !== purpose) {
      throw new SecretError('a stored secret belongs to another owner or field; enter it again');
    }
    return new TextDecoder().decode(plaintext);
  }

  return {
    encrypt,
    decrypt,
    deriveKey: (purpose) => derive(root, purpose),
    deriveOldKeys: (purpose) => oldRoots.map((each) => derive(each, purpose)),
  };
}

/** The 32 bytes of a key given as base64 or base64url; the key itself is in no message. */
export function decodeSecretsKey(key: string): Buffer {
  const bytes = /^[\w+/-]+={0,2}$/.test(key) ? Buffer.from(key, 'base64') : Buffer.alloc(0);
  if (bytes.length === SECRETS_KEY_BYTES) return bytes;
  throw new InvalidInputError('secrets key', [
    `must be ${SECRETS_KEY_BYTES} bytes in base64; \`openssl rand -base64 32\` makes one`,
  ]);
}

/**
 * The key of a development machine, kept in `secrets.key` under `dataDir` and made at first use.
 * Two processes that start at once get the same one. Throws `SecretError` where none can be kept.
 */
export function loadDevelopmentKey(dataDir: string): string {
  const path = join(dataDir, 'secrets.key');
  try {
    return readIfPresent(path) ?? makeKey(dataDir, path);
  } catch (cause) {
    const message = `Cannot keep a secrets key in ${path}: set DATA_DIR to a folder that this account may write to, or set SECRETS_KEY.`;
    throw new SecretError(message, { cause });
  }
}

function makeKey(dataDir: string, path: string): string {
  makeFolder(dataDir);
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(made, `${randomBytes(SECRETS_KEY_BYTES).toString('base64')}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  try {
    // A link appears complete and at once, and only if nobody was faster.
    linkSync(made, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(made);
  }
  return readFileSync(path, 'utf8').trim();
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function open(jwe: string, key: EncryptionKey) {
  const { compactDecrypt } = await import('jose');
  try {
    return await compactDecrypt(jwe, key.bytes, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
  } catch (cause) {
    throw new SecretError('a stored secret is damaged; enter it again', { cause });
  }
}

function toEncryptionKey(root: Buffer): EncryptionKey {
  const bytes = derive(root, 'encryption');
  return { bytes, id: createHash('sha256').update(bytes).digest('hex').slice(0, 16) };
}

function derive(root: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, '', `prompt-to-issue/${purpose}`, SECRETS_KEY_BYTES));
}

/** From the header, which is in the clear; nothing of it is believed before it opened. */
function keyIdOf(jwe: string): string | undefined {
  const [header = ''] = jwe.split('.', 1);
  try {
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
