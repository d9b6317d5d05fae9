import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../src/core/errors.ts';
import { createSecrets, loadDevelopmentKey, SecretError } from '../src/secrets.ts';

const newKey = () => randomBytes(32).toString('base64');

describe('createSecrets', () => {
  it('opens what it encrypted, whatever the text', async () => {
    const secrets = createSecrets({ key: newKey() });
    for (const text of ['', 'sk-1', 'ключ 🔑', 'x'.repeat(10_000)]) {
      const jwe = await secrets.encrypt(text, 'p');
      expect(jwe.split('.')).toHaveLength(5);
      expect(await secrets.decrypt(jwe, 'p')).toBe(text);
    }
    expect(await secrets.encrypt('same', 'p')).not.toBe(await secrets.encrypt('same', 'p'));
  });

  it('refuses a ciphertext moved to another field', async () => {
    const secrets = createSecrets({ key: newKey() });
    const jwe = await secrets.encrypt('k', 'USER#1/PROVIDER#openai');
    await expect(secrets.decrypt(jwe, 'USER#2/PROVIDER#openai')).rejects.toThrow(SecretError);
  });

  it('refuses a ciphertext whose header was rewritten to another purpose', async () => {
    const secrets = createSecrets({ key: newKey() });
    const [header = '', ...rest] = (await secrets.encrypt('k', 'a')).split('.');
    const claims = JSON.parse(Buffer.from(header, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, purpose: 'b' })).toString('base64url');
    await expect(secrets.decrypt([forged, ...rest].join('.'), 'b')).rejects.toThrow('damaged');
  });

  it.each(['', 'no jwe', 'a.b.c.d.e'])('refuses %j with a sentence', async (jwe) => {
    const secrets = createSecrets({ key: newKey() });
    await expect(secrets.decrypt(jwe, 'p')).rejects.toThrow(SecretError);
  });

  it('still opens what an old key encrypted, and says which variable is missing without it', async () => {
    const [old, current] = [newKey(), newKey()];
    const jwe = await createSecrets({ key: old }).encrypt('k', 'p');
    const rotated = createSecrets({ key: current, oldKeys: [old] });
    expect(await rotated.decrypt(jwe, 'p')).toBe('k');
    await expect(createSecrets({ key: current }).decrypt(jwe, 'p')).rejects.toThrow(
      'SECRETS_KEYS_OLD',
    );
  });

  it('derives stable keys, different for each purpose, and the old ones beside', () => {
    const [old, current] = [newKey(), newKey()];
    const secrets = createSecrets({ key: current, oldKeys: [old] });
    expect(secrets.deriveKey('marker')).toEqual(
      createSecrets({ key: current }).deriveKey('marker'),
    );
    expect(secrets.deriveKey('marker')).not.toEqual(secrets.deriveKey('other'));
    expect(secrets.deriveOldKeys('marker')).toEqual([
      createSecrets({ key: old }).deriveKey('marker'),
    ]);
  });

  it.each(['', 'short', randomBytes(31).toString('base64'), `${newKey()}\u0000`])(
    'refuses a key that is not 32 bytes, without repeating it (%#)',
    (key) => {
      const refusal = (() => createSecrets({ key })) as () => unknown;
      expect(refusal).toThrow(InvalidInputError);
      expect(refusal).toThrow('openssl rand -base64 32');
      if (key) expect(refusal).not.toThrow(key);
    },
  );
});

describe('loadDevelopmentKey', () => {
  it('makes a key only its owner can read, once', () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'deep', '.data');
    const key = loadDevelopmentKey(dataDir);
    expect(() => createSecrets({ key })).not.toThrow();
    expect(loadDevelopmentKey(dataDir)).toBe(key);
    expect(statSync(join(dataDir, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  it('gives processes that start at once the same key', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'secrets-'));
    const program = `import { loadDevelopmentKey } from ${JSON.stringify(new URL('../src/secrets.ts', import.meta.url).href)};
      process.stdout.write(loadDevelopmentKey(${JSON.stringify(dataDir)}));`;
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', program]),
    );
    const keys = (await Promise.all(runs)).map((run) => run.stdout);
    expect(new Set(keys)).toEqual(new Set([loadDevelopmentKey(dataDir)]));
    expect(readdirSync(dataDir)).toEqual(['secrets.key']);
  });

  it('says what to do where no key can be kept', () => {
    const inTheWay = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'file');
    writeFileSync(inTheWay, '');
    expect(() => loadDevelopmentKey(inTheWay)).toThrow(
      /^Cannot keep a secrets key in .*SECRETS_KEY/,
    );
  });
});
