/** Settings in the console: one's own, a workspace's, a channel's. What is left empty is decided elsewhere. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { MODES, type Settings } from '../../core/settings.ts';
import { settingsSchema } from '../settings.ts';
import { RefusedError } from './api-client.ts';
import {
  type ConsoleEnv,
  linesOf,
  type Notice,
  readForm,
  renderArea,
  renderField,
  renderSelect,
  showView,
} from './frame.ts';

/** Whose settings a page shows: where they are in the API and in the console. */
export interface SettingsPage {
  api: string;
  path: string;
  title: string;
  place: string;
  /** What only channels and workspaces decide is asked for too. */
  ofPlace: boolean;
}

const OWN: SettingsPage = {
  api: '/users/me/settings',
  path: '/console/settings',
  title: 'My settings',
  place: '/console/settings',
  ofPlace: false,
};

export function addSettings(app: Hono<ConsoleEnv>): void {
  app.get(OWN.path, (c) => showSettings(c, OWN));
  app.post(OWN.path, (c) => saveSettings(c, OWN));
}

export async function showSettings(c: Context<ConsoleEnv>, page: SettingsPage, notice?: Notice) {
  const { value, tag } = await c.get('api').readTagged(page.api, settingsSchema);
  const body = html`<p class="soft">What is left empty is decided by the next one in order: channel, workspace, whoever runs the bot.</p>
${renderForm(page, value as Settings, tag)}`;
  const { title, place } = page;
  return showView(c, { title, place, body, notice }, notice ? 422 : 200);
}

/** What the form does not ask for stays as it is. */
export async function saveSettings(c: Context<ConsoleEnv>, page: SettingsPage) {
  const { tag = '', ...form } = await readForm(c);
  const api = c.get('api');
  try {
    const current = await api.read(page.api, settingsSchema);
    await api.send('PUT', page.api, { body: { ...current, ...toSettings(form, page) }, tag });
    return c.redirect(`${page.path}?done=saved`, 303);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status === 401) throw error;
    return showSettings(c, page, { kind: 'bad', text: error.message });
  }
}

const numberOf = (text = '') => (text === '' ? undefined : Number(text));

/** `undefined` clears: it is not in the JSON that is sent. */
function toSettings(form: Record<string, string>, { ofPlace }: SettingsPage): Partial<Settings> {
  const text = (name: string) => form[name] || undefined;
  const own = {
    mode: text('mode'),
    language: text('language'),
    provider: text('provider'),
    model: text('model'),
    project: text('project'),
  };
  if (!ofPlace) return own as Partial<Settings>;
  const allowed = linesOf(form.allowedProjects ?? '');
  const personal = text('allowPersonalProviders');
  return {
    ...own,
    answer: text('answer'),
    approvers: toPeople(form.approvers, form.approverNames),
    allowedProjects: allowed.length > 0 ? allowed : undefined,
    allowPersonalProviders: personal && personal === 'true',
    spendCapDaily: numberOf(form.spendCapDaily),
    spendCapMonthly: numberOf(form.spendCapMonthly),
  } as Partial<Settings>;
}

function toPeople(choice = '', names = ''): z.infer<typeof settingsSchema>['approvers'] {
  if (choice === 'people') return { people: linesOf(names.replaceAll(',', '\n')) };
  return (choice || undefined) as 'anyone' | undefined;
}

const NOT_SAID = { value: '', label: 'not decided here' };

function renderForm(page: SettingsPage, settings: Settings, tag: string) {
  const modes = MODES.map((mode) => ({ value: mode, label: mode }));
  return html`<form method="post" action="${page.path}"><input type="hidden" name="tag" value="${tag}">
<div class="fields">
${renderSelect('mode', 'Mode', [NOT_SAID, ...modes], settings.mode ?? '')}
${renderField('language', 'Language', { value: settings.language, hint: 'As you would say it: English, Deutsch.' })}
${renderField('provider', 'AI provider', { value: settings.provider, hint: 'The name of a connection.' })}
${renderField('model', 'Model', { value: settings.model })}
${renderField('project', 'Project', { value: settings.project, hint: 'github:owner/repo, gitlab:group/project or local:name.' })}
${page.ofPlace ? renderPlaceFields(settings) : ''}
</div><div class="row"><button>Save</button></div></form>`;
}

const ANSWERS = [
  NOT_SAID,
  { value: 'every', label: 'every message in its threads' },
  { value: 'mentions', label: 'only when mentioned' },
];
const APPROVERS = [
  NOT_SAID,
  { value: 'members', label: 'members, not guests' },
  { value: 'anyone', label: 'anyone' },
  { value: 'requester', label: 'whoever asked for it' },
  { value: 'people', label: 'the people named' },
];
const YES_OR_NO = [NOT_SAID, { value: 'true', label: 'yes' }, { value: 'false', label: 'no' }];

function renderPlaceFields({ approvers, allowedProjects = [], ...settings }: Settings) {
  const people = typeof approvers === 'object' ? approvers.people : undefined;
  const personal = settings.allowPersonalProviders;
  return html`${renderSelect('answer', 'Answer', ANSWERS, settings.answer ?? '')}
${renderSelect('approvers', 'Who may approve', APPROVERS, people ? 'people' : String(approvers ?? ''))}
${renderField('approverNames', 'People who may approve', { value: people?.join(', '), hint: 'Accounts such as slack:T1:U1, joined by commas.' })}
${renderSelect('allowPersonalProviders', 'A person’s own provider may answer here', YES_OR_NO, personal === undefined ? '' : String(personal))}
${renderField('spendCapDaily', 'Cap a day, US dollars', { type: 'number', value: settings.spendCapDaily })}
${renderField('spendCapMonthly', 'Cap a month, US dollars', { type: 'number', value: settings.spendCapMonthly })}
${renderArea('allowedProjects', 'Projects that may be filed to', allowedProjects.join('\n'), 'One a line; * at the end matches any rest. Empty: not decided here.')}`;
}
