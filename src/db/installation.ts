/** Installed apps: `WORKSPACE#platform#workspaceId` / `INSTALL`. Each method is one request. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { InstallationRepository, StoredInstallation } from '../core/installation.ts';
import type { PlatformName } from '../core/thread.ts';
import type { Table } from './client.ts';
import { installKey } from './keys.ts';
import { getItem, type Item, write } from './requests.ts';

const itemSchema = z.object({
  v: z.literal(1),
  sealed: z.string(),
  revision: z.string(),
  updatedAt: z.string(),
});

/** The core's port, on the table. Reads are strongly consistent. */
export function createInstallationRepository({ table }: { table: Table }): InstallationRepository {
  return {
    async getInstallation(platform, workspaceId) {
      const item = await getItem(table, installKey(platform, workspaceId));
      return item && fromItem(platform, workspaceId, item);
    },
    async putInstallation(platform, workspaceId, sealed) {
      const item = newItem(platform, workspaceId, sealed);
      await write(table, { put: item });
      return fromItem(platform, workspaceId, item);
    },
    async replaceInstallation(seen, sealed) {
      const { platform, workspaceId } = seen;
      const item = newItem(platform, workspaceId, sealed);
      const outcome = await write(table, { put: item, ...unchanged(seen) });
      const installation = fromItem(platform, workspaceId, item);
      if (outcome.ok) return { kind: 'saved', installation };
      if (!outcome.item) return { kind: 'missing' };
      const stored = fromItem(platform, workspaceId, outcome.item);
      // The write was done, and its answer lost.
      if (stored.revision === installation.revision) return { kind: 'saved', installation };
      return { kind: 'outdated', installation: stored };
    },
    async deleteInstallation(seen) {
      const key = installKey(seen.platform, seen.workspaceId);
      const outcome = await write(table, { delete: key, ...unchanged(seen) });
      return outcome.ok || !outcome.item;
    },
  };
}

function newItem(platform: PlatformName, workspaceId: string, sealed: string) {
  const now = { revision: randomUUID(), updatedAt: new Date().toISOString() };
  return { ...installKey(platform, workspaceId), v: 1, sealed, ...now };
}

const unchanged = ({ revision }: StoredInstallation) => ({
  condition: 'revision = :seen',
  values: { ':seen': revision },
});

function fromItem(platform: PlatformName, workspaceId: string, item: Item): StoredInstallation {
  const { sealed, revision, updatedAt } = itemSchema.parse(item);
  return { platform, workspaceId, sealed, revision, updatedAt };
}
