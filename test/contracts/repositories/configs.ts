import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/core/errors.ts';
import type { ConfigOwner } from '../../../src/core/stored-config.ts';
import { countRequests } from '../../count-requests.ts';
import type { Store } from '../repositories.ts';
import { loseOneAnswer } from './broken.ts';

/** The same verbs for both kinds of config. */
function verbsOf(kind: 'provider' | 'tracker', { providerConfigs, trackerConfigs }: Store) {
  if (kind === 'provider') {
    return {
      get: (owner: ConfigOwner, name: string) => providerConfigs.getProviderConfig(owner, name),
      list: (owner: ConfigOwner) => providerConfigs.listProviderConfigs(owner),
      save: providerConfigs.saveProviderConfig.bind(providerConfigs),
      remove: providerConfigs.deleteProviderConfig.bind(providerConfigs),
    };
  }
  const { getTrackerConfig, listTrackerConfigs, saveTrackerConfig, deleteTrackerConfig } =
    trackerConfigs;
  return {
    get: getTrackerConfig,
    list: listTrackerConfigs,
    save: saveTrackerConfig,
    remove: deleteTrackerConfig,
  };
}

const SECRETS = {
  provider: { kind: 'openai', model: 'gpt-5', encryptedKey: 'jwe', keyEnding: '9f2c' },
  tracker: { kind: 'gitlab', encryptedToken: 'jwe', tokenEnding: '9f2c' },
};

export function describeStoredConfigs(open: () => Promise<Store>): void {
  describe.each(['provider', 'tracker'] as const)('%s configs', (kind) => {
    describe.each(['user', 'workspace'] as const)('of a %s', (ownerKind) => {
      let store: Store;
      let owner: ConfigOwner;
      let configs: ReturnType<typeof verbsOf>;
      const fields = (name = `own-${randomUUID()}`) => ({
        name,
        ...SECRETS[kind],
        baseUrl: 'https://host.example/v1',
      });

      async function newConfig(name?: string) {
        const outcome = await configs.save(owner, fields(name));
        if (outcome.kind !== 'saved') throw new Error(outcome.kind);
        return outcome.config;
      }

      beforeAll(async () => {
        store = await open();
        configs = verbsOf(kind, store);
        const made = await store.users.createUser({ name: 'Ana' });
        if (made.kind !== 'created') throw new Error(made.kind);
        owner =
          ownerKind === 'user'
            ? { userId: made.user.id }
            : { platform: 'slack', workspaceId: `T${randomUUID()}` };
      });

      it('reads one as it was saved, with its owner', async () => {
        const given = fields();
        const saved = await newConfig(given.name);
        expect(saved).toEqual({
          ...given,
          owner,
          createdAt: expect.any(String),
          updatedAt: saved.createdAt,
          revision: 1,
        });
        expect(await configs.get(owner, given.name)).toEqual(saved);
        expect(await configs.list(owner)).toContainEqual(saved);
        expect(await configs.list({ userId: 'somebody-else' })).toEqual([]);
      });

      it('lists by name, within one owner and kind only', async () => {
        const { workspaceId } = { workspaceId: `T${randomUUID()}` };
        const other: ConfigOwner = { platform: 'slack', workspaceId };
        for (const name of ['b', 'a']) await configs.save(other, fields(name));
        const strange = kind === 'provider' ? 'tracker' : 'provider';
        await verbsOf(strange, store).save(other, { name: 'c', ...SECRETS[strange] });
        expect((await configs.list(other)).map(({ name }) => name)).toEqual(['a', 'b']);
        expect(await configs.list({ platform: 'discord', workspaceId })).toEqual([]);
      });

      it('changes one over the revision that was seen, and keeps when it was made', async () => {
        const first = await newConfig();
        const changed = { ...fields(first.name), baseUrl: 'https://new.example' };
        const second = await configs.save(owner, changed, first);
        expect(second).toMatchObject({
          kind: 'saved',
          config: { ...changed, createdAt: first.createdAt, revision: 2 },
        });
        expect(await configs.get(owner, first.name)).toMatchObject({ ...changed, revision: 2 });
      });

      it('drops what is no longer given', async () => {
        const { name, ...first } = await newConfig();
        const bare = { name, kind: first.kind };
        await configs.save(owner, bare, { name, ...first });
        const stored = await configs.get(owner, name);
        expect(stored).not.toHaveProperty('baseUrl');
        expect(JSON.stringify(stored)).not.toContain('jwe');
      });

      it('overwrites nothing it has not seen', async () => {
        const first = await newConfig();
        const again = await configs.save(owner, fields(first.name));
        expect(again).toEqual({ kind: 'outdated', config: first });
        const second = await configs.save(owner, { ...fields(first.name), baseUrl: 'a' }, first);
        const late = await configs.save(owner, { ...fields(first.name), baseUrl: 'b' }, first);
        expect(second.kind).toBe('saved');
        expect(late).toMatchObject({ kind: 'outdated', config: { baseUrl: 'a', revision: 2 } });
      });

      it('lets one of many writers at once win', async () => {
        const first = await newConfig();
        const outcomes = await Promise.all(
          Array.from({ length: 6 }, () => configs.save(owner, fields(first.name), first)),
        );
        expect(outcomes.filter(({ kind: end }) => end === 'saved')).toHaveLength(1);
        expect(await configs.get(owner, first.name)).toMatchObject({ revision: 2 });
      });

      it('does not take one that was made anew for the one that was seen', async () => {
        const first = await newConfig();
        await configs.remove(first);
        const gone = await configs.save(owner, fields(first.name), first);
        expect(gone).toEqual({ kind: 'missing' });
        const anew = await newConfig(first.name);
        expect(anew.revision).toBe(first.revision);
        const older = { ...first, createdAt: '2026-03-02T09:00:00.000Z' };
        expect((await configs.save(owner, fields(first.name), older)).kind).toBe('outdated');
        expect((await configs.remove(older)).kind).toBe('outdated');
      });

      it('deletes the revision that was seen, once', async () => {
        const first = await newConfig();
        const second = await configs.save(owner, fields(first.name), first);
        if (second.kind !== 'saved') throw new Error(second.kind);
        expect(await configs.remove(first)).toEqual({ kind: 'outdated', config: second.config });
        expect(await configs.remove(second.config)).toEqual({ kind: 'deleted' });
        expect(await configs.remove(second.config)).toEqual({ kind: 'missing' });
        expect(await configs.get(owner, first.name)).toBeUndefined();
      });

      it('does not take its own lost answer for another writer', async () => {
        const first = await newConfig();
        loseOneAnswer(store.table);
        expect((await configs.save(owner, fields(first.name), first)).kind).toBe('saved');
        loseOneAnswer(store.table);
        const [stored] = (await configs.list(owner)).filter(({ name }) => name === first.name);
        if (!stored) throw new Error('it is gone');
        expect(await configs.remove(stored)).toEqual({ kind: 'deleted' });
      });

      it('is one request each', async () => {
        const counter = countRequests(store.table);
        const counts = await counter.during(async () => {
          const config = await newConfig();
          await configs.get(owner, config.name);
          await configs.list(owner);
          await configs.remove(config);
        });
        counter.stop();
        expect(counts.names).toEqual([
          'TransactWriteItems',
          'GetItem',
          'Query',
          'TransactWriteItems',
        ]);
      });

      it.each([
        ['empty', ''],
        ['with a #', 'a#b'],
        ['of 321 bytes', 'x'.repeat(321)],
      ])('refuses a name that is %s', async (_, name) => {
        await expect(configs.save(owner, fields(name))).rejects.toThrow(InvalidInputError);
      });

      it('comes with the configuration that a turn reads', async () => {
        const saved = await newConfig();
        const { users, workspaces } = store;
        const read =
          'userId' in owner
            ? await users.getConfiguration(owner.userId)
            : await workspaces.getConfiguration(owner.platform, owner.workspaceId);
        expect(read?.[`${kind}s`]).toContainEqual(saved);
      });
    });

    it('are not stored for a user who does not exist', async () => {
      const configs = verbsOf(kind, await open());
      const nobody = { userId: 'nobody' };
      const outcome = await configs.save(nobody, { name: 'own', ...SECRETS[kind] });
      expect(outcome).toEqual({ kind: 'missing' });
      expect(await configs.list(nobody)).toEqual([]);
    });
  });
}
