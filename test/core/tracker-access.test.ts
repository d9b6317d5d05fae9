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

describe('what was approved for one server', () => {
  const scope = { platform: 'terminal', place } as const;
  const REF = 'github:acme/shop';

  /** Approved with this access, then gone on with after `later` became of it, by another process perhaps. */
  async function goOn(
    stored: Partial<TrackerConfig> | undefined,
    later: { stored?: Partial<TrackerConfig>; environment?: string },
  ) {
    const make = (now: Partial<TrackerConfig> | undefined, environment?: string) => {
      const found = now && config(WORKSPACE, now);
      return createTrackerAccess({
        configuration: {
          trackersOf: async () => ({ person: [], workspace: found ? [found] : [] }),
        },
        trackerConfigs: { getTrackerConfig: async () => found },
        chooseTracker: async () => createIdleTracker(),
        environmentUrls: environment === undefined ? {} : { github: environment },
      });
    };
    const { accessRef, server } = await make(stored).open(REF, scope, ann);
    const used = { server, ...(accessRef && { access: accessRef }) };
    return make(later.stored, later.environment).reopen(REF, used);
  }

  it('is filed with the same access there, whatever its token became', async () => {
    const later = { encryptedToken: 'y', baseUrl: 'https://api.github.com/' };
    expect((await goOn({}, { stored: later })).accessRef?.name).toBe('github');
    expect((await goOn(undefined, {})).accessRef).toBeUndefined();
  });

  it('is filed at no other, and whoever approved it is told', async () => {
    const elsewhere = 'https://git.acme.example/api/v3';
    const said = 'It was to be filed at https://api.github.com, and github:acme/shop is at';
    await expect(goOn({}, { stored: { baseUrl: elsewhere } })).rejects.toThrow(said);
    await expect(goOn(undefined, { environment: elsewhere })).rejects.toThrow(said);
    await expect(goOn({}, { stored: { kind: 'gitlab' } })).rejects.toThrow('was removed meanwhile');
    await expect(goOn({}, {})).rejects.toThrow('was removed meanwhile');
  });
});
