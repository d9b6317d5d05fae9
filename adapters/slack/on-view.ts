/** Modals submitted, and names for their selects while somebody types. */
import type { AckFn, App, ViewOutput, ViewResponseAction, ViewSubmitAction } from '@slack/bolt';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Settings } from '../../src/core/settings.ts';
import { REFUSED } from '../../src/core/settings-change.ts';
import type { SuggestAsk } from '../../src/core/suggest.ts';
import { within } from '../../src/core/within.ts';
import { parseEditModal } from './entered-ticket.ts';
import { threadRefOf } from './inbound.ts';
import {
  MODALS,
  type ModalContext,
  type ModalValues,
  parseModalContext,
  SUGGEST_ACTION,
  shownAgain,
  suggestFieldOf,
  withNotice,
} from './modal.ts';
import { showHome } from './on-home.ts';
import {
  ANSWER_WITHIN_MS,
  act,
  type Given,
  meet,
  type Receiving,
  sentenceOf,
  tellPerson,
} from './receiving.ts';
import { toOptions } from './select-option.ts';
import { parseSettingsModal, renderSettingsModal } from './settings-modal.ts';
import {
  chosenChannelIn,
  parseFillModal,
  parseNewTicketModal,
  parseProjectModal,
} from './small-modals.ts';

/** Slack's, for a select with search. */
const MOST_OPTIONS = 100;

/** What a submission was: who, from where, and what was entered. */
interface Submitted extends Given {
  viewId: string;
  userId: string;
  context: ModalContext;
  values: ModalValues;
}

/** `undefined` closes the modal. */
type Answer = ViewResponseAction | undefined;
type Submit = (receiving: Receiving, submitted: Submitted) => Promise<Answer>;

const SUBMITS: Record<string, Submit> = {
  [MODALS.edit]: submitEdit,
  [MODALS.project]: submitProject,
  [MODALS.fill]: submitFill,
  [MODALS.newTicket]: submitNewTicket,
  [MODALS.settings]: submitSettings,
  [MODALS.chooseChannel]: submitChannel,
};

export function listenToViews(app: App, receiving: Receiving): void {
  for (const [callbackId, submit] of Object.entries(SUBMITS)) {
    app.view<ViewSubmitAction>(callbackId, async ({ view, body, ack }) => {
      await receive(receiving, body.user.id, view, submit, ack);
    });
  }
  app.options(SUGGEST_ACTION, async ({ body, ack }) => {
    const work = suggestOptions(receiving, body as unknown as Typing);
    await ack({ options: (await within(ANSWER_WITHIN_MS, work)) ?? [] });
  });
}

async function receive(
  receiving: Receiving,
  userId: string,
  view: ViewOutput,
  submit: Submit,
  ack: AckFn<ViewResponseAction>,
): Promise<void> {
  const context = parseModalContext(view.private_metadata);
  if (!context) return ack();
  const { thread, place } = context;
  const values = view.state.values as ModalValues;
  const submitting = receiving.people
    .authorOf(place.workspaceId, userId)
    .then((actor) => ({ thread, place, actor, viewId: view.id, userId, context, values }));
  const work = submitting
    .then((submitted) => submit(receiving, submitted))
    .catch((error: unknown): Answer => {
      const notice = sentenceOf(receiving, error);
      return { response_action: 'update', view: withNotice(shownAgain(view), notice) };
    });
  const answered = await within(
    ANSWER_WITHIN_MS,
    work.then((answer) => ({ answer })),
  );
  if (answered) return answered.answer ? ack(answered.answer) : ack();
  await ack();
  const left = await work;
  if (left) await tellPerson(receiving, await submitting, sentenceIn(left));
}

/** For whoever has closed the window meanwhile. */
function sentenceIn(answer: ViewResponseAction): string {
  if (answer.response_action === 'errors') return Object.values(answer.errors).join(' ');
  return 'That was not saved: it was changed in the meantime. Look at it again.';
}

const lookUpIn =
  ({ bot, log }: Receiving, { thread, place, actor, context }: Submitted) =>
  async (field: SuggestAsk['field'], text: string): Promise<string[]> => {
    const project = context.project && { project: context.project };
    const ask = { thread, place, actor, field, text, limit: MOST_OPTIONS, ...project };
    const found = await bot.suggest(ask).catch((error: unknown) => {
      log.warn('slack-no-suggestions', { field }, error);
      return [];
    });
    return found.map(({ value }) => value);
  };

// --- What each modal does -----------------------------------------------------------------------

/** Errors at their fields; of a draft that somebody else changed the sentence above what was typed. */
async function submitEdit(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { context, values, thread } = submitted;
  const { ticket: target } = context;
  const ticket = target && (await receiving.bot.readTicket(thread, target.ticketId));
  if (!ticket) throw new ChatError('That draft is not there any more.');
  const lookUp = lookUpIn(receiving, submitted);
  const parsed = await parseEditModal({ values, context, ticket, lookUp });
  if (!parsed.ok) return { response_action: 'errors', errors: parsed.errors };
  if (Object.keys(parsed.changes).length === 0) return undefined;
  await perform(receiving, submitted, { kind: 'edit', target, changes: parsed.changes });
  return undefined;
}

async function submitProject(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { context, values } = submitted;
  const lookUp = lookUpIn(receiving, submitted);
  const changes = await parseProjectModal(values, (text) => lookUp('project', text));
  if (!context.ticket || !changes) return undefined;
  await perform(receiving, submitted, { kind: 'edit', target: context.ticket, changes });
  return undefined;
}

/** Each field is a command of its own, on the revision that the one before left. */
async function submitFill(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { context, values } = submitted;
  let target = context.ticket;
  for (const { field, text } of parseFillModal(values, context)) {
    if (!target) break;
    const { tickets } = await perform(receiving, submitted, { kind: 'fill', target, field, text });
    const [now] = tickets;
    target = now && { ticketId: now.id, revision: now.revision };
  }
  return undefined;
}

async function submitNewTicket(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { values, context, actor, viewId } = submitted;
  const { workspaceId } = context.place;
  const lookUp = lookUpIn(receiving, submitted);
  const { text, project, channelId } = await parseNewTicketModal(values, (typed) =>
    lookUp('project', typed),
  );
  if (text === '') return { response_action: 'errors', errors: { text: 'Say what it is about.' } };
  const channel = channelId ?? context.place.channelId;
  const place = await receiving.places.placeOf(workspaceId, channel);
  const started = await receiving.bot.handleStart({
    ...{ id: viewId, platform: 'slack', place, author: actor, text },
    settings: { ...(project && { project }) },
    givenAt: new Date().toISOString(),
  });
  if (started.kind === 'stored') {
    started.opened.catch((error: unknown) =>
      tellPerson(receiving, submitted, sentenceOf(receiving, error)),
    );
  }
  return undefined;
}

async function submitSettings(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { context, values, place, userId } = submitted;
  const { scope = 'user' } = context;
  const settings = await readSettings(receiving, submitted, scope);
  const lookUp = lookUpIn(receiving, submitted);
  const changes = await parseSettingsModal(values, settings, async (text) => [
    ...(await lookUp('project', text)),
    ...(await lookUp('provider', text)),
  ]);
  if (Object.keys(changes).length === 0) return undefined;
  await perform(receiving, submitted, { kind: 'configure', scope, changes });
  if (scope === 'user') await showHome(receiving, place.workspaceId, userId);
  return undefined;
}

/** The settings of the channel that was chosen, in the place of the choice. */
async function submitChannel(receiving: Receiving, submitted: Submitted): Promise<Answer> {
  const { values, place: origin, userId } = submitted;
  const channelId = chosenChannelIn(values);
  if (!channelId) return { response_action: 'errors', errors: { channel: 'Choose a channel.' } };
  const { place, actor } = await meet(receiving, origin.workspaceId, channelId, userId);
  const found = await receiving.bot.readPlaceSettings(actor, { platform: 'slack', place });
  if (!found) return { response_action: 'errors', errors: { channel: REFUSED.channel } };
  const thread = threadRefOf(place.workspaceId, channelId, '');
  const view = renderSettingsModal({ thread, place, scope: 'channel', ...found });
  return { response_action: 'update', view };
}

/** One level's own: a person's, or the channel's. */
async function readSettings(
  { bot }: Receiving,
  { actor, place }: Given,
  scope: 'user' | 'channel',
): Promise<Settings> {
  if (scope === 'user') return (await bot.readHome(actor)).settings;
  const found = await bot.readPlaceSettings(actor, { platform: 'slack', place });
  return found?.settings ?? {};
}

/** A refusal keeps the modal open with the sentence: nothing that was typed is lost. */
async function perform(
  receiving: Receiving,
  given: Given,
  command: Command,
): Promise<ActionOutcome> {
  const outcome = await act(receiving, given, command);
  if (outcome.kind === 'refused') throw new ChatError(outcome.message);
  return outcome;
}

// --- While somebody types -----------------------------------------------------------------------

/** What Slack sends while somebody types into a select. */
interface Typing {
  action_id: string;
  value: string;
  user: { id: string };
  view?: { private_metadata: string };
}

async function suggestOptions(receiving: Receiving, typing: Typing) {
  const field = suggestFieldOf(typing.action_id);
  const context = parseModalContext(typing.view?.private_metadata ?? '');
  if (!field || !context) return [];
  const { thread, place, project } = context;
  const actor = await receiving.people.authorOf(place.workspaceId, typing.user.id);
  const asked = { thread, place, actor, field, text: typing.value, limit: MOST_OPTIONS };
  return toOptions(await receiving.bot.suggest({ ...asked, ...(project && { project }) }));
}
