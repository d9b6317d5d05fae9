/** Settings of workspaces and channels that name people: who may approve, who may change settings. */
import type { Approvers, Settings } from '../core/settings.ts';
import type { User } from '../core/user.ts';
import type { Table } from './client.ts';
import { keyOf } from './conversation-deletion.ts';
import { WORKSPACE_RANGE, workspacePartition } from './keys.ts';
import { type Item, queryAll, write } from './requests.ts';
import { changeStored } from './settings-change.ts';
import { fromSettingsItem } from './user-item.ts';

interface Workspace {
  platform: string;
  workspaceId: string;
}

/** Those of the user's accounts. */
export function workspacesOf({ identities }: User): Workspace[] {
  return identities.map((identity) => {
    const [platform = '', workspaceId = ''] = identity.split(':');
    return { platform, workspaceId };
  });
}

/** Takes the user out of the settings of these workspaces and their channels. */
export async function unnameIn(
  table: Table,
  workspaces: Workspace[],
  { identities }: User,
): Promise<void> {
  for (const { platform, workspaceId } of workspaces) {
    // Where the platform has no workspaces, nothing is set.
    if (workspaceId === '') continue;
    const partition = workspacePartition(platform, workspaceId);
    const items = await queryAll(table, { partition, range: WORKSPACE_RANGE });
    for (const item of items) if (names(item, identities)) await unname(table, item, identities);
  }
}

/** Providers and trackers, which lie in the same range, have no settings. */
function names(item: Item, identities: string[]): boolean {
  if (!item.settings) return false;
  const { approvers, configurers } = fromSettingsItem(item);
  const people = [approvers, configurers].flatMap((one) => (isNamed(one) ? one.people : []));
  return people.some((person) => identities.includes(person));
}

async function unname(table: Table, item: Item, identities: string[]): Promise<void> {
  const key = keyOf(item);
  const without = (settings: Settings): Settings => {
    const { approvers, configurers, ...rest } = settings;
    return {
      ...rest,
      ...(approvers && { approvers: leave(approvers, identities) }),
      ...(configurers && { configurers: leave(configurers, identities) }),
    };
  };
  await changeStored({ table, key, parse: fromSettingsItem }, without, async (settings, over) => {
    const { ok } = await write(table, {
      update: key,
      change: 'SET settings = :settings',
      ...over,
      values: { ...over.values, ':settings': settings },
    });
    return ok ? 'saved' : 'changed';
  });
}

/** Where nobody is left, nobody may: the settings say so until somebody else is named. */
function leave(approvers: Approvers, identities: string[]): Approvers {
  if (!isNamed(approvers)) return approvers;
  return { people: approvers.people.filter((person) => !identities.includes(person)) };
}

const isNamed = (one: Approvers | undefined): one is { people: string[] } =>
  typeof one === 'object';
