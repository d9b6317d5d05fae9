/**
 * What proves that whoever comes back from Slack is who set out to install the app: signed, for ten
 * minutes, for one browser by a cookie, and for one time.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { MarkRepository } from '../../src/core/mark.ts';

const LIFETIME_S = 600;
const COOKIE = 'slack_install';
const PATH = '/slack';
const AUDIENCE = 'slack-install';

export interface InstallState {
  issue(): Promise<{ state: string; cookie: string }>;
  /** Whether this state was issued to this browser a short while ago and never came back before. */
  redeem(state: string, cookieHeader: string | null): Promise<boolean>;
  /** Takes the cookie away again. */
  expiredCookie: string;
}

export interface InstallStateOptions {
  secret: string;
  /** Browsers keep the cookie to https. */
  secure: boolean;
  marks: Pick<MarkRepository, 'take'>;
}

export function createInstallState({ secret, secure, marks }: InstallStateOptions): InstallState {
  const key = createHash('sha256').update(secret).digest();
  const attributes = `Path=${PATH}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

  async function issue() {
    const [id, browser] = [randomBytes(16), randomBytes(32)].map((one) =>
      one.toString('base64url'),
    );
    const { SignJWT } = await import('jose');
    const state = await new SignJWT({ browser: digest(browser) })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(AUDIENCE)
      .setJti(id ?? '')
      .setExpirationTime(`${LIFETIME_S}s`)
      .sign(key);
    return { state, cookie: `${COOKIE}=${browser}; Max-Age=${LIFETIME_S}; ${attributes}` };
  }

  async function redeem(state: string, cookieHeader: string | null): Promise<boolean> {
    const claims = await verify(state);
    const browser = readCookie(cookieHeader ?? '');
    if (!claims || !browser || !isSame(digest(browser), claims.browser)) return false;
    return marks.take('slack', `install:${claims.id}`, Date.now() + LIFETIME_S * 1_000);
  }

  async function verify(state: string) {
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(state, key, {
        algorithms: ['HS256'],
        audience: AUDIENCE,
        requiredClaims: ['exp', 'jti', 'browser'],
      });
      return { id: String(payload.jti), browser: String(payload.browser) };
    } catch {
      return undefined;
    }
  }

  return { issue, redeem, expiredCookie: `${COOKIE}=; Max-Age=0; ${attributes}` };
}

const digest = (value = '') => createHash('sha256').update(value).digest('base64url');

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function readCookie(header: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === COOKIE)?.[1];
}
