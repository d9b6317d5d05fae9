/** The process itself: starts from nothing, answers on its port, and leaves nothing behind. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRunningEngine } from '../src/db/engine.ts';
import { findFreePort } from './engine.ts';
import { findClosedAddress } from './fakes/vendor-server.ts';
import { startProduct } from './product.ts';

describe('npm start', () => {
  let dataDir = '';
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'main-'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await rm(dataDir, { recursive: true });
  });

  function start(env: Record<string, string>) {
    const product = startProduct({ DATA_DIR: dataDir, ...env });
    started.push(product.child);
    return product;
  }

  it('says what it runs on, is ready, and stops cleanly with its engine', async () => {
    const port = await findFreePort();
    const { child, listening, exited, said } = start({ PORT: String(port) });
    await listening;
    expect(said()).toMatch(
      /^engine .+\nprovider .+\ntracker .+\nchat +none yet.+\nlistening http:\/\/127/m,
    );
    const [health, ready] = await Promise.all(
      ['/healthz', '/readyz'].map((path) => fetch(`http://127.0.0.1:${port}${path}`)),
    );
    expect([health?.status, ready?.status]).toEqual([200, 200]);
    expect(await findRunningEngine(dataDir)).toBeDefined();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(await findRunningEngine(dataDir)).toBeUndefined();
  });

  it('says in one sentence that its port is taken, and leaves no engine behind', async () => {
    const port = await findFreePort();
    const first = start({ PORT: String(port) });
    await first.listening;
    const second = start({ PORT: String(port), DATA_DIR: join(dataDir, 'other') });
    expect(await second.exited).toBe(1);
    expect(second.said()).toContain(`cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
    expect(second.said()).not.toContain('    at ');
    expect(await findRunningEngine(join(dataDir, 'other'))).toBeUndefined();
  });

  it('says of an address that this machine does not have that HOST is to be changed', async () => {
    const { exited, said } = start({ PORT: '0', HOST: '192.0.2.1' });
    expect(await exited).toBe(1);
    expect(said()).toMatch(/^HOST: cannot listen on 192\.0\.2\.1:0 \(EADDRNOTAVAIL\); /m);
  });

  it('says where to look when a chat platform does not answer at the start', async () => {
    const nowhere = await findClosedAddress();
    const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };
    const { exited, said } = start({ PORT: '0', ...tokens, SLACK_API_URL: `${nowhere}/api/` });
    expect(await exited).toBe(1);
    expect(said()).toMatch(/^slack: could not be started .*npm run doctor/m);
    expect(await findRunningEngine(dataDir)).toBeUndefined();
  });

  it('says that nothing can be filed at a tracker without access to it', async () => {
    const without = start({ PORT: '0', DEFAULT_PROJECT: 'github:acme/shop' });
    await without.listening;
    expect(without.said()).toMatch(/^tracker +github:acme\/shop; .*GITHUB_TOKEN/m);
  });

  it('names everything that is wrong in the environment at once', async () => {
    const { exited, said } = start({
      PORT: 'x',
      NODE_ENV: 'production',
      DISCORD_APPLICATION_ID: '1',
    });
    expect(await exited).toBe(1);
    for (const name of ['PORT', 'SECRETS_KEY', 'DISCORD_TOKEN', 'AWS_REGION']) {
      expect(said()).toContain(name);
    }
  });
});
