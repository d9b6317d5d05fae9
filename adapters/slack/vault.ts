/** What Slack granted to the app in each workspace, kept encrypted in the table. */
import { z } from 'zod';
import type { AdapterTools } from '../../src/core/adapter.ts';
import type { StoredInstallation } from '../../src/core/installation.ts';

const grantSchema = z.object({
  botToken: z.string(),
  botUserId: z.string(),
  botId: z.string(),
  /** The workspace's address. */
  url: z.string(),
  /** Milliseconds since the epoch. */
  installedAt: z.number(),
  /** Where tokens rotate: works once, and when the bot's token ends, in milliseconds since the epoch. */
  refreshToken: z.string().optional(),
  expiresAt: z.number().optional(),
});

export type Grant = z.infer<typeof grantSchema>;

/** A grant as it was read; writes are over this one only. */
export interface Installed {
  stored: StoredInstallation;
  grant: Grant;
}

export interface Vault {
  read(workspaceId: string): Promise<Installed | undefined>;
  /** Somebody installed the app. */
  put(workspaceId: string, grant: Grant): Promise<Installed>;
  /** What stands there afterwards: this grant, or another process's that was faster. */
  replace(seen: Installed, grant: Grant): Promise<Installed | undefined>;
  /** Unless it was written anew since it was seen. */
  remove(seen: Installed): Promise<void>;
}

export type VaultOptions = Pick<AdapterTools, 'encrypt' | 'decrypt' | 'repositories'>;

export function createVault({ repositories, encrypt, decrypt }: VaultOptions): Vault {
  const { installations } = repositories;
  const seal = (workspaceId: string, grant: Grant) =>
    encrypt(JSON.stringify(grant), purposeOf(workspaceId));

  async function open(stored: StoredInstallation): Promise<Installed> {
    const opened = await decrypt(stored.sealed, purposeOf(stored.workspaceId));
    return { stored, grant: grantSchema.parse(JSON.parse(opened)) };
  }

  return {
    async read(workspaceId) {
      const stored = await installations.getInstallation('slack', workspaceId);
      return stored && open(stored);
    },
    async put(workspaceId, grant) {
      const sealed = await seal(workspaceId, grant);
      return { stored: await installations.putInstallation('slack', workspaceId, sealed), grant };
    },
    async replace(seen, grant) {
      const sealed = await seal(seen.stored.workspaceId, grant);
      const outcome = await installations.replaceInstallation(seen.stored, sealed);
      if (outcome.kind === 'missing') return undefined;
      return outcome.kind === 'saved'
        ? { stored: outcome.installation, grant }
        : open(outcome.installation);
    },
    async remove(seen) {
      await installations.deleteInstallation(seen.stored);
    },
  };
}

const purposeOf = (workspaceId: string) => `slack-installation/${workspaceId}`;
