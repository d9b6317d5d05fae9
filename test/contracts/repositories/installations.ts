import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../repositories.ts';
import { loseOneAnswer } from './broken.ts';

export function describeInstallations(open: () => Promise<Store>): void {
  describe('installations', () => {
    let store: Store;
    let installations: Store['installations'];
    let workspaceId = '';

    beforeAll(async () => {
      store = await open();
      installations = store.installations;
    });
    beforeEach(() => {
      workspaceId = `T${randomUUID()}`;
    });

    const get = () => installations.getInstallation('slack', workspaceId);
    const put = (sealed: string) => installations.putInstallation('slack', workspaceId, sealed);

    it('are found where they were put, and nowhere else', async () => {
      expect(await get()).toBeUndefined();
      const made = await put('one');
      expect(await get()).toEqual(made);
      expect(await installations.getInstallation('discord', workspaceId)).toBeUndefined();
    });

    it('let one of two replace what both have seen; the other learns what stands there', async () => {
      const seen = await put('one');
      const first = await installations.replaceInstallation(seen, 'two');
      if (first.kind !== 'saved') throw new Error(first.kind);
      expect(await installations.replaceInstallation(seen, 'three')).toEqual({
        kind: 'outdated',
        installation: first.installation,
      });
      expect((await get())?.sealed).toBe('two');
    });

    it('are replaced although the answer was lost', async () => {
      const seen = await put('one');
      loseOneAnswer(store.table);
      const outcome = await installations.replaceInstallation(seen, 'two');
      expect(outcome).toMatchObject({ kind: 'saved', installation: { sealed: 'two' } });
      expect(await get()).toMatchObject({ sealed: 'two' });
    });

    it('go once, and not when they were installed anew meanwhile', async () => {
      const seen = await put('one');
      const anew = await put('two');
      expect(await installations.deleteInstallation(seen)).toBe(false);
      expect(await get()).toEqual(anew);
      expect(await installations.deleteInstallation(anew)).toBe(true);
      expect(await installations.deleteInstallation(anew)).toBe(true);
      expect(await installations.replaceInstallation(anew, 'three')).toEqual({ kind: 'missing' });
    });

    it('stand beside the settings of the workspace', async () => {
      await store.workspaces.saveSettings('slack', workspaceId, { mode: 'assistant' });
      await put('one');
      const known = await store.workspaces.getConfiguration('slack', workspaceId);
      expect(known).toMatchObject({ settings: { mode: 'assistant' }, providers: [] });
    });
  });
}
