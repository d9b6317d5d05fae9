import { describe, expect, it } from 'vitest';
import type { TrackerConfig } from '../../src/core/stored-config.ts';
import { createTrackerAccess } from '../../src/core/tracker-access.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';
import { ann, place } from './bots.ts';

const WORKSPACE = { platform: 'terminal', workspaceId: 'w' } as const;

function config(owner: TrackerConfig['owner'], more: Partial<TrackerConfig>): TrackerConfig {
  const fields = { name: 'github', kind: 'github', encryptedToken: 'x' } as const;
  return { owner, ...fields, revision: 1, createdAt: '', updatedAt: '', ...more };
}

/** Whose access a project is opened with in a shared channel, or in a direct message. */
async function whoseAccess(given: {
  own: Partial<TrackerConfig>;
  shared?: Partial<TrackerConfig>;
  environment?: string;
  visibility?: 'public' | 'dm';
}) {
  const { own, shared, environment, visibility = 'public' } = given;
  const person = [config({ userId: 'ann' }, own)];
  const workspace = shared ? [config(WORKSPACE, shared)] : [];
  const kind = own.kind ?? 'github';
  const access = createTrackerAccess({
    configuration: { trackersOf: async () => ({ person, workspace }) },
    trackerConfigs: { getTrackerConfig: async () => undefined },
    chooseTracker: async () => createIdleTracker(),
    environmentUrls: environment === undefined ? {} : { [kind]: environment },
  });
  const scope = { platform: 'terminal', place: { ...place, visibility } } as const;
  const { accessRef } = await access.open(`${kind}:acme/shop`, scope, ann);
  if (!accessRef) return 'environment';
  return 'userId' in accessRef.owner ? 'own' : 'shared';
}

describe('whose access files in a shared channel', () => {
  it('is one’s own where the address says in full what the others leave out', async () => {
    const own = { baseUrl: 'https://api.github.com' };
    expect(await whoseAccess({ own })).toBe('own');
    expect(await whoseAccess({ own, shared: {} })).toBe('own');
    expect(await whoseAccess({ own: {}, shared: own })).toBe('own');
    expect(await whoseAccess({ own: {}, environment: 'https://api.github.com/' })).toBe('own');
    const gitlab = { kind: 'gitlab', name: 'gitlab', baseUrl: 'https://gitlab.com' } as const;
    expect(await whoseAccess({ own: gitlab })).toBe('own');
  });

  it('is one’s own on the same server, however its address is written', async () => {
    const own = { baseUrl: 'https://git.acme.example/api/v3' };
    const environment = 'HTTPS://Git.Acme.Example:443/api/v3/';
    expect(await whoseAccess({ own, environment })).toBe('own');
  });

  it('is never one’s own on another server, save in a direct message', async () => {
    const own = { baseUrl: 'https://api.github.com.evil.example' };
    expect(await whoseAccess({ own })).toBe('environment');
    expect(await whoseAccess({ own, shared: {} })).toBe('shared');
    const enterprise = { baseUrl: 'https://git.acme.example/api/v3' };
    expect(await whoseAccess({ own: {}, shared: enterprise })).toBe('shared');
    expect(await whoseAccess({ own: { baseUrl: 'http://api.github.com' } })).toBe('environment');
    expect(await whoseAccess({ own, visibility: 'dm' })).toBe('own');
  });
});
