/**
 * Access tokens: signed and checked with `jose`, by one family of algorithm at a time. A shared secret
 * (HS256) or a key pair of our own (EdDSA, public keys published) signs; an external issuer's keys
 * only check. Issuer, audience, subject and expiry are required of every token.
 */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import type { JSONWebKeySet, JWK, JWTPayload, JWTVerifyGetKey, SignJWT } from 'jose';

/** Where the keys come from; `kind: 'none'`: nobody signs in. */
export type TokenKeys =
  | { kind: 'secret'; secret: string }
  /** PEM, PKCS #8, Ed25519: the first signs, all of them check. */
  | { kind: 'private-key'; privateKeys: [string, ...string[]] }
  | { kind: 'jwks'; url: string };

export type TokensOptions = TokenKeys & {
  /** Default for own tokens: `prompt-to-issue`, both. */
  issuer?: string;
  audience?: string;
};

export interface Tokens {
  /** Absent where an external issuer signs. `minutes` at most 60. */
  issue?(userId: string, minutes: number): Promise<string>;
  /** The subject of a token that is right in every respect; `undefined` for any other, whatever is wrong with it. */
  verify(token: string): Promise<string | undefined>;
  /** Subjects are an external issuer's: users are found by the identity of `issuerIdentity`. */
  readonly external: boolean;
  /** Public keys, where there are any. */
  jwks(): Promise<JSONWebKeySet>;
}

/** The keys of an external issuer did not come, or are none: nobody's fault who asks. */
export class IssuerUnreachableError extends Error {
  override name = 'IssuerUnreachableError';
}

const OURS = 'prompt-to-issue';
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_MINUTES = 60;
/** A token this long is none of ours, and costs nothing to refuse. */
const MAX_TOKEN_LENGTH = 8_192;

export function createTokens(options: TokensOptions): Tokens {
  const claims = { issuer: options.issuer ?? OURS, audience: options.audience ?? OURS };
  switch (options.kind) {
    case 'secret':
      return fromSecret(options.secret, claims);
    case 'private-key':
      return fromPrivateKeys(options.privateKeys, claims);
    default:
      return fromIssuer(options.url, claims);
  }
}

interface Claims {
  issuer: string;
  audience: string;
}

function fromSecret(secret: string, claims: Claims): Tokens {
  const key = new TextEncoder().encode(secret);
  return {
    external: false,
    async issue(userId, minutes) {
      const token = await prepare(userId, minutes, claims);
      return token.setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
    },
    verify: (token) => check(token, async () => key, ['HS256'], claims),
    jwks: async () => ({ keys: [] }),
  };
}

function fromPrivateKeys(pems: string[], claims: Claims): Tokens {
  const pairs = pems.map((pem) => {
    const privateKey = createPrivateKey(pem);
    return { privateKey, publicKey: createPublicKey(privateKey) };
  });
  let published: Promise<JWK[]> | undefined;
  const publish = () => {
    published ??= Promise.all(pairs.map(({ publicKey }) => toPublished(publicKey)));
    return published;
  };
  const jwks = async () => ({ keys: await publish() });
  return {
    external: false,
    async issue(userId, minutes) {
      const [current] = pairs;
      const [shown] = await publish();
      if (!current) throw new Error('there is no key to sign with');
      const token = await prepare(userId, minutes, claims);
      return token
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: shown?.kid })
        .sign(current.privateKey);
    },
    async verify(token) {
      const { createLocalJWKSet } = await import('jose');
      const find = createLocalJWKSet(await jwks());
      return check(token, find, ['EdDSA'], claims);
    },
    jwks,
  };
}

/** RFC 7638's thumbprint names the key, so that it needs no name of its own. */
async function toPublished(key: ReturnType<typeof createPublicKey>): Promise<JWK> {
  const { calculateJwkThumbprint, exportJWK } = await import('jose');
  const jwk = await exportJWK(key);
  return { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

/** Asymmetric ones only: a public key must never be taken for a shared secret. */
const EXTERNAL_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

function fromIssuer(url: string, claims: Claims): Tokens {
  const address = new URL(url);
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return {
    external: true,
    async verify(token) {
      keys ??= findKeysAt(address);
      return check(token, await keys, EXTERNAL_ALGORITHMS, claims);
    },
    jwks: async () => ({ keys: [] }),
  };
}

/** What goes wrong here is the token's fault only when its key is not among those that came. */
async function findKeysAt(address: URL): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, errors } = await import('jose');
  const find = createRemoteJWKSet(address);
  const ofTheToken = [
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSENotSupported,
  ];
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      if (ofTheToken.some((kind) => error instanceof kind)) throw error;
      throw new IssuerUnreachableError('the issuer of tokens does not answer', { cause: error });
    }
  };
}

/** Still to be signed. */
async function prepare(
  userId: string,
  minutes: number,
  { issuer, audience }: Claims,
): Promise<SignJWT> {
  const { SignJWT } = await import('jose');
  const seconds = Math.round(Math.min(minutes, MAX_MINUTES) * 60);
  return new SignJWT({})
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(userId)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`);
}

async function check(
  token: string,
  key: JWTVerifyGetKey | (() => Promise<Uint8Array>),
  algorithms: string[],
  claims: Claims,
): Promise<string | undefined> {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const { jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, {
      ...claims,
      algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp'],
    });
    return subjectOf(payload);
  } catch (error) {
    if (error instanceof IssuerUnreachableError) throw error;
    return undefined;
  }
}

function subjectOf({ sub }: JWTPayload): string | undefined {
  return sub === '' ? undefined : sub;
}

/** How a user is found by an external issuer's subject: linked like a chat account. */
export function issuerIdentity(subject: string): string {
  return ['issuer', '', subject.toWellFormed()].map(encodeURIComponent).join(':');
}

/** An issuer's subject as people write it (`issuer::auth0|7`), or encoded already, as it is looked up. */
export function spellIdentity(written: string): string {
  const subject = /^issuer::(.+)$/s.exec(written)?.[1];
  return subject === undefined ? written : issuerIdentity(decode(subject));
}

function decode(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
