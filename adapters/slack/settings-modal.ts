/** Settings of a person or a channel as a modal: what a level does not say is left to the next one. */
import type { KnownBlock } from '@slack/web-api';
import type { Settings } from '../../src/core/settings.ts';
import { parseSetting, type SettingsChanges } from '../../src/core/settings-change.ts';
import {
  chosenIn,
  MODALS,
  type ModalValues,
  type ModalView,
  type Origin,
  searchInput,
  selectInput,
  textIn,
  textInput,
  toModal,
} from './modal.ts';
import {
  NONE,
  nameOf,
  noneOption,
  prefixToLookUp,
  type SelectOption,
  toOption,
} from './select-option.ts';

export interface SettingsModalOptions extends Origin {
  scope: 'user' | 'channel';
  /** This level's own. */
  settings: Settings;
  /** Of a channel: also who may do what, and where its issues may go. Default: yes. */
  guarded?: boolean;
}

const MODE_LABELS = { assistant: 'Discuss first', ticket: 'Draft tickets' };
const ANSWERS = { every: 'Every message in a thread', mentions: 'Only when mentioned' };
const APPROVERS = {
  members: 'Members, not guests',
  anyone: 'Anyone in the channel',
  requester: 'Whoever asked for it',
};
const YES_NO = { yes: 'Yes', no: 'No' };

export function renderSettingsModal(options: SettingsModalOptions): ModalView {
  const { scope, settings, thread, place, guarded = true } = options;
  return toModal({
    title: scope === 'user' ? 'My settings' : 'Channel settings',
    submit: 'Save',
    callbackId: MODALS.settings,
    context: { thread, place, scope, ...(settings.project && { project: settings.project }) },
    blocks: [
      ...sharedInputs(settings),
      ...(scope === 'channel' ? channelInputs(settings) : []),
      ...(scope === 'channel' && guarded ? guardedInputs(settings) : []),
    ],
  });
}

function sharedInputs({ mode, project, provider, model, language }: Settings): KnownBlock[] {
  return [
    choice('mode', 'What to do with what people say', MODE_LABELS, mode),
    searchInput({
      ...{ id: 'project', label: 'Project', field: 'project', placeholder: 'Search projects' },
      initial: project === undefined ? undefined : toOption(project),
    }),
    searchInput({
      ...{ id: 'provider', label: 'Provider', field: 'provider', placeholder: 'Who answers' },
      initial: provider === undefined ? undefined : toOption(provider),
    }),
    textInput({
      ...{ id: 'model', label: 'Model', value: model, most: 200, optional: true },
      hint: 'As the provider names it. Empty: the provider’s default.',
    }),
    textInput({
      ...{ id: 'language', label: 'Language of the answers', value: language, most: 40 },
      ...{ optional: true, hint: 'Empty: the language of the thread.' },
    }),
  ];
}

function channelInputs({ answer, intake, reaction }: Settings): KnownBlock[] {
  return [
    choice('answer', 'When to answer', ANSWERS, answer),
    choice('intake', 'Every new message begins a conversation', YES_NO, toYesNo(intake)),
    textInput({
      ...{ id: 'reaction', label: 'Emoji that drafts a ticket from a message', value: reaction },
      ...{ most: 100, optional: true },
      hint: 'Its name, for instance ticket; the word none: no emoji does. Empty: as decided elsewhere.',
    }),
  ];
}

function guardedInputs(settings: Settings): KnownBlock[] {
  const { approvers, allowedProjects, allowPersonalProviders } = settings;
  const named = typeof approvers === 'object' ? approvers.people.length : 0;
  const who = named > 0 ? { ...APPROVERS, named: `The ${named} named people` } : APPROVERS;
  const chosen = typeof approvers === 'object' ? 'named' : approvers;
  return [
    choice('approvers', 'Who approves', who, chosen),
    textInput({
      ...{ id: 'allowedProjects', label: 'Projects that may be filed to', multiline: true },
      ...{ value: allowedProjects?.join('\n'), optional: true },
      hint: 'One a line, for instance github:acme/*. Empty: as the workspace says.',
    }),
    choice(
      'allowPersonalProviders',
      'People may use their own provider here',
      YES_NO,
      toYesNo(allowPersonalProviders),
    ),
  ];
}

const toYesNo = (value: boolean | undefined) =>
  value === undefined ? undefined : value ? 'yes' : 'no';

function choice(
  id: string,
  label: string,
  names: Record<string, string>,
  value: string | undefined,
) {
  const options: SelectOption[] = [
    noneOption('As decided elsewhere'),
    ...Object.entries(names).map(([name, words]) => toOption(name, words)),
  ];
  const initial = options.find((option) => option.value === (value ?? NONE));
  return selectInput({ id, label, options, initial });
}

/** Only what is different; `null` hands a setting back. What does not fit is refused by the core, which says why. */
export async function parseSettingsModal(
  values: ModalValues,
  settings: Settings,
  lookUp: (text: string) => Promise<string[]>,
): Promise<SettingsChanges> {
  const changes: SettingsChanges = {};
  for (const name of Object.keys(values) as (keyof Settings)[]) {
    const entered = await enteredIn(values, name, lookUp);
    if (name === 'approvers' && entered === 'named') continue;
    if (entered === enteredBefore(settings, name)) continue;
    Object.assign(
      changes,
      entered === '' ? { [name]: null } : pick(parseSetting(name, entered), name),
    );
  }
  // Another provider has other models.
  if (changes.provider !== undefined && changes.model === undefined) changes.model = null;
  return changes;
}

const pick = (changes: SettingsChanges = {}, name: keyof Settings) => ({ [name]: changes[name] });

async function enteredIn(
  values: ModalValues,
  name: string,
  lookUp: (text: string) => Promise<string[]>,
): Promise<string> {
  const typed = textIn(values, name).trim();
  // As people know emojis: `:ticket:`.
  if (values[name]?.text) return name === 'reaction' ? typed.replaceAll(':', '') : typed;
  const [value = NONE] = chosenIn(values, name);
  if (value === NONE) return '';
  const prefix = prefixToLookUp(value);
  return nameOf(value, prefix === undefined ? [] : await lookUp(prefix)) ?? '';
}

function enteredBefore(settings: Settings, name: keyof Settings): string {
  const value = settings[name];
  if (value === undefined) return '';
  if (typeof value === 'boolean') return toYesNo(value) ?? '';
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'object' ? 'named' : String(value);
}
