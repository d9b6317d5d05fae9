/**
 * Settings that people change from the chat: their own, a channel's, the workspace's. What a level
 * does not say is decided by the next one, so `null` hands a setting back.
 */
import type { z } from 'zod';
import type { Action, SettingsScope } from './action.ts';
import type { Configuration } from './configuration.ts';
import { ChatError } from './errors.ts';
import { mayConfigureChannel, mayConfigureWorkspace } from './permission.ts';
import type { Repositories } from './repositories.ts';
import { parseRoutes } from './routing.ts';
import { OF_PLACES, SETTING_NAMES, type Settings, settingsSchema } from './settings.ts';
import { describeProblems } from './ticket-fields.ts';

/** Some settings; `null` hands one back to the next level. */
export type SettingsChanges = { [Name in keyof Settings]?: Settings[Name] | null };

export interface SettingsChangeOptions {
  repositories: Pick<Repositories, 'users' | 'workspaces'>;
  configuration: Configuration;
}

export type ChangeSettings = (
  action: Action,
  scope: Exclude<SettingsScope, 'conversation'>,
  changes: SettingsChanges,
) => Promise<Settings>;

/** What decides who may do what, and what it may cost: not left to whoever happens to be in a channel. */
const OPEN = ['answer', 'intake', 'reaction', 'routes', 'issueNotice'];
const GUARDED = OF_PLACES.filter((name) => !OPEN.includes(name));

/** Resolves with that level's settings as they are now; rejects with `ChatError` for who may not and what does not fit. */
export function createSettingsChange(options: SettingsChangeOptions): ChangeSettings {
  const { repositories, configuration } = options;

  async function changeOwn({ actor }: Action, changes: SettingsChanges): Promise<Settings> {
    const misplaced = findMisplaced(changes);
    if (misplaced) throw new ChatError(`\`${misplaced}\` is set for a channel or the workspace.`);
    const { id } = await configuration.userOf(actor);
    const change = (current: Settings) => merge(current, changes);
    const settings = await repositories.users.changeSettings(id, change);
    if (settings) return settings;
    throw new ChatError('Your account here was deleted. Say something first, then try again.');
  }

  async function changePlace(
    { thread, place, actor }: Action,
    scope: 'channel' | 'workspace',
    changes: SettingsChanges,
  ): Promise<Settings> {
    const { workspaceId, channelId } = place;
    if (workspaceId === '') throw new ChatError(`There is no ${scope} here to set anything for.`);
    const { workspaces } = repositories;
    const known = await workspaces.getConfiguration(thread.platform, workspaceId);
    const { role } = await configuration.userOf(actor);
    const levels = [known.channels.get(channelId) ?? {}, known.settings];
    const guarded = GUARDED.some((name) => changes[name] !== undefined);
    const allowed =
      scope === 'channel'
        ? mayConfigureChannel(levels, actor, role, guarded)
        : mayConfigureWorkspace(actor, role);
    if (!allowed) throw new ChatError(REFUSED[scope]);
    const merged = (current: Settings) => merge(current, changes);
    return scope === 'workspace'
      ? workspaces.changeSettings(thread.platform, workspaceId, merged)
      : workspaces.changeChannelSettings(thread.platform, workspaceId, channelId, merged);
  }

  return async function change(action, scope, changes) {
    const settings =
      scope === 'user'
        ? await changeOwn(action, changes)
        : await changePlace(action, scope, changes);
    configuration.forget();
    return settings;
  };
}

export const REFUSED = {
  channel: "You may not change this channel's settings. Ask an admin.",
  workspace: "Only admins change the workspace's settings.",
};

/** One that a person's own settings do not say, if there is one among these. */
export function findMisplaced(changes: SettingsChanges): string | undefined {
  return OF_PLACES.find((name) => changes[name] != null);
}

function merge(current: Settings, changes: SettingsChanges): Settings {
  const merged = Object.entries({ ...current, ...changes }).filter(([, value]) => value !== null);
  const parsed = settingsSchema.safeParse(Object.fromEntries(merged));
  if (parsed.success) return parsed.data;
  throw new ChatError(`That does not fit: ${describeProblems(parsed.error).join('; ')}.`);
}

const WORDS = { yes: true, on: true, true: true, no: false, off: false, false: false };

/**
 * What `name` set to `text` means: `default` hands it back, commas make a list, and names of people
 * make the list of those who may. `undefined` when there is no such setting.
 */
export function parseSetting(name: string, text: string): SettingsChanges | undefined {
  const known = SETTING_NAMES.find((one) => one.toLowerCase() === name.toLowerCase());
  if (!known) return undefined;
  const value = text.trim();
  // Another provider has other models.
  const along = known === 'provider' ? { model: null } : {};
  if (value.toLowerCase() === 'default') return { [known]: null, ...along };
  const candidates: unknown[] = [
    value,
    WORDS[value.toLowerCase() as keyof typeof WORDS],
    Number(value),
    parseRoutes(value),
    splitNames(value),
    { people: splitNames(value) },
  ];
  const schema: z.ZodType = settingsSchema.shape[known];
  const fitting = candidates.find((one) => one !== undefined && schema.safeParse(one).success);
  // What fits in no way is refused where it is merged, with the schema's own reason.
  return { [known]: fitting ?? value, ...along } as SettingsChanges;
}

function splitNames(value: string): string[] {
  return value
    .split(/[\s,]+/)
    .map((name) => name.trim())
    .filter(Boolean);
}
