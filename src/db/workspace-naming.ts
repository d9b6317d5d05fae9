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

/** In the workspaces of the user's accounts, and in these. */
export async function unnameEverywhere(
  table: Table,
  { identities }: User,
  visited: Workspace[],
): Promise<void> {
  const own = identities.map((identity) => {
    const [platform = '', workspaceId = ''] = identity.split(':');
    return { platform, workspaceId };
  });
  const places = [...own, ...visited].filter(({ workspaceId }) => workspaceId !== '');
  const named = new Map(
    places.map((one) => [workspacePartition(one.platform, one.workspaceId), one]),
  );
  for (const partition of named.keys()) {
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
