/** Stored accesses to AI vendors and trackers, under a user or a workspace; secrets come encrypted. */
import { z } from 'zod';
import type { ConfigOwner, ProviderConfig, TrackerConfig } from '../core/stored-config.ts';
import { parseOwnerPartition } from './keys.ts';
import type { Item } from './requests.ts';

const configSchema = z.object({
  PK: z.string(),
  SK: z.string(),
  v: z.literal(1),
  kind: z.string(),
  baseUrl: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.number(),
});
const providerSchema = configSchema.extend({
  model: z.string().optional(),
  encryptedKey: z.string().optional(),
  keyEnding: z.string().optional(),
});
const trackerSchema = configSchema.extend({
  appId: z.string().optional(),
  attachments: z.boolean().optional(),
  encryptedToken: z.string().optional(),
  tokenEnding: z.string().optional(),
});

export function fromProviderItem(item: Item): ProviderConfig {
  const { PK, SK, v: _, ...config } = providerSchema.parse(item);
  return { ...config, owner: ownerOf(PK), name: SK.slice('PROVIDER#'.length) };
}

export function fromTrackerItem(item: Item): TrackerConfig {
  const { PK, SK, v: _, ...config } = trackerSchema.parse(item);
  return { ...config, owner: ownerOf(PK), name: SK.slice('TRACKER#'.length) };
}

function ownerOf(partition: string): ConfigOwner {
  const owner = parseOwnerPartition(partition);
  if (!owner) throw new Error(`a config lies in a partition of another kind: ${partition}`);
  return owner;
}

/** The items of a range by kind of entity: what their sort keys begin with. */
export function withEntity(items: Item[], entity: string): Item[] {
  return items.filter(({ SK }) => String(SK).split('#')[0] === entity);
}
