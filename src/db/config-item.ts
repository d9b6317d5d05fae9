/** Stored accesses to AI vendors and trackers, under a user or a workspace; secrets come encrypted. */
import { z } from 'zod';
import type { ProviderConfig, TrackerConfig } from '../core/user.ts';
import type { Item } from './requests.ts';

const configSchema = z.object({
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
  encryptedToken: z.string().optional(),
  tokenEnding: z.string().optional(),
});

export function fromProviderItem(item: Item): ProviderConfig {
  const { SK, v: _, ...config } = providerSchema.parse(item);
  return { ...config, name: SK.slice('PROVIDER#'.length) };
}

export function fromTrackerItem(item: Item): TrackerConfig {
  const { SK, v: _, ...config } = trackerSchema.parse(item);
  return { ...config, name: SK.slice('TRACKER#'.length) };
}

/** The items of a range by kind of entity: what their sort keys begin with. */
export function withEntity(items: Item[], entity: string): Item[] {
  return items.filter(({ SK }) => String(SK).split('#')[0] === entity);
}
