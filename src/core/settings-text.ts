/** Settings in words: their values, and what applies in a place with the level that says so. */
import { DEFAULT_REACTION } from './configuration.ts';
import { formatRoute } from './routing.ts';
import {
  FOR_PLACES,
  findDeciders,
  type Route,
  SETTING_NAMES,
  type Settings,
  type SettingsLevel,
  type SettingsLevels,
} from './settings.ts';

type Value = NonNullable<Settings[keyof Settings]>;

const LEVELS: Record<SettingsLevel, string> = {
  conversation: 'conversation',
  channel: 'channel',
  user: 'yours',
  workspace: 'workspace',
  environment: 'environment',
};

/** What counts where no level says anything. */
const DEFAULTS: Record<keyof Settings, string> = {
  mode: 'ticket',
  language: "the thread's",
  provider: 'whichever is connected',
  model: "the provider's own",
  project: 'none yet',
  answer: 'every',
  intake: 'no',
  reaction: DEFAULT_REACTION,
  approvers: 'members',
  configurers: 'members',
  allowedProjects: 'all',
  replyComments: 'no',
  routes: 'none',
  issueNotice: 'yes',
  allowPersonalProviders: 'no',
  spendCapDaily: 'none',
  spendCapMonthly: 'none',
};

/** A line for each setting, by the name it is set with: short enough for a phone. */
export function describeSettings(levels: SettingsLevels, shared: boolean): string {
  const deciders = findDeciders(levels, shared);
  const lines = SETTING_NAMES.map((name) => {
    const isCap = name === 'spendCapDaily' || name === 'spendCapMonthly';
    // Of caps all count that are set.
    const saying = isCap ? FOR_PLACES : [deciders[name] ?? []].flat();
    const said = saying.flatMap((level) => {
      const value = levels[level][name];
      if (value === undefined) return [];
      return `${isCap ? '$' : ''}${renderSetting(value) || 'none'} (${LEVELS[level]})`;
    });
    return `- ${name}: ${said.join(', ') || `${DEFAULTS[name]} (default)`}`;
  });
  return lines.join('\n');
}

export function renderSetting(value: Value): string {
  if (Array.isArray(value)) return value.map(renderEntry).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.people.join(', ') : String(value);
}

const renderEntry = (entry: string | Route) =>
  typeof entry === 'string' ? entry : formatRoute(entry);
