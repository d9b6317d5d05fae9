/** A channel's own settings, for whoever may change them. */
import type { Configuration, Scope } from './configuration.ts';
import type { Author } from './message.ts';
import { mayConfigureChannel } from './permission.ts';
import type { Repositories } from './repositories.ts';
import type { Settings } from './settings.ts';

export interface PlaceSettings {
  settings: Settings;
  /** Also those that say who may do what, and at what cost. */
  guarded: boolean;
}

export interface PlaceSettingsOptions {
  repositories: Pick<Repositories, 'workspaces'>;
  configuration: Configuration;
}

/** Resolves with `undefined` for who may change none of them. */
export type ReadPlaceSettings = (actor: Author, scope: Scope) => Promise<PlaceSettings | undefined>;

export function createPlaceSettings({
  repositories,
  configuration,
}: PlaceSettingsOptions): ReadPlaceSettings {
  return async function read(actor, { platform, place }) {
    const { workspaceId, channelId } = place;
    const known = await repositories.workspaces.getConfiguration(platform, workspaceId);
    const { role } = await configuration.userOf(actor);
    const settings = known.channels.get(channelId) ?? {};
    const may = (guarded: boolean) =>
      mayConfigureChannel([settings, known.settings], actor, role, guarded);
    return may(false) ? { settings, guarded: may(true) } : undefined;
  };
}
