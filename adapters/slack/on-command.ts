/** `/ticket`: words begin a conversation, a verb is carried out, nothing opens a window to write in. */
import type { App, RespondFn, SlashCommand } from '@slack/bolt';
import type { KnownBlock } from '@slack/web-api';
import type { ActionOutcome } from '../../src/core/action.ts';
import { parseCommand } from '../../src/core/commands.ts';
import type { Place } from '../../src/core/thread.ts';
import { within } from '../../src/core/within.ts';
import { toButton } from './card-action.ts';
import { threadRefOf } from './inbound.ts';
import { workspaceOf } from './on-message.ts';
import { type RenderedOutcome, renderOutcome } from './outcome.ts';
import {
  ANSWER_WITHIN_MS,
  act,
  type Given,
  meet,
  type Receiving,
  sentenceOf,
} from './receiving.ts';
import { renderNewTicketModal } from './small-modals.ts';

export const TICKET_COMMAND = '/ticket';

export function listenToCommands(app: App, receiving: Receiving): void {
  app.command(TICKET_COMMAND, async ({ command, context, ack, respond }) => {
    const workspaceId = workspaceOf(context);
    const work = carryOut(receiving, workspaceId, command, respond).catch((error: unknown) =>
      toAnswer(refused(sentenceOf(receiving, error))),
    );
    const answer = await within(ANSWER_WITHIN_MS, work);
    if (answer !== undefined) return answer === null ? ack() : ack(answer);
    await ack({ response_type: 'ephemeral', text: 'One moment…' });
    await respondTo(receiving, respond, await work);
  });
}

/** For the eyes of whoever gave the command; `null`: there is nothing to say. */
type Answer = ({ response_type: 'ephemeral' } & RenderedOutcome) | null;

const refused = (message: string): ActionOutcome => ({ kind: 'refused', message, tickets: [] });

function toAnswer(outcome: ActionOutcome, more: KnownBlock[] = []): Answer {
  const { text, blocks } = renderOutcome(outcome);
  return { response_type: 'ephemeral', text, blocks: [...blocks, ...more] };
}

/** Where what is listed can be changed. */
function settingsButtons({ visibility }: Place): KnownBlock[] {
  const open = (scope: 'user' | 'channel', text: string) =>
    toButton({ id: `settings-${scope}`, text, action: { kind: 'open-settings', scope } });
  const elements = [open('user', 'My settings')];
  if (visibility !== 'dm') elements.push(open('channel', 'Channel settings'));
  return [{ type: 'actions', elements }];
}

async function respondTo({ log }: Receiving, respond: RespondFn, answer: Answer) {
  if (!answer) return;
  await respond(answer).catch((error: unknown) =>
    log.warn('slack-command-not-answered', {}, error),
  );
}

async function carryOut(
  receiving: Receiving,
  workspaceId: string,
  { text, trigger_id, user_id, channel_id }: SlashCommand,
  respond: RespondFn,
): Promise<Answer> {
  const { place, actor } = await meet(receiving, workspaceId, channel_id, user_id);
  const given: Given = { thread: threadRefOf(place.workspaceId, channel_id, ''), place, actor };
  const words = text.trim();
  if (words === '') return openNewTicket(receiving, given, trigger_id);
  const command = parseCommand(words);
  if (command) {
    const more = command.kind === 'settings' ? settingsButtons(place) : [];
    return toAnswer(await act(receiving, given, command), more);
  }
  return begin(
    receiving,
    given,
    trigger_id,
    await receiving.inbound.textOf(workspaceId, words),
    respond,
  );
}

async function openNewTicket({ clients }: Receiving, { thread, place }: Given, trigger_id: string) {
  const client = await clients.clientOf(place.workspaceId);
  const view = renderNewTicketModal({ thread, place, project: undefined, chooseChannel: false });
  await client.views.open({ trigger_id, view });
  return null;
}

/** Acknowledged when it is stored; its thread opens beside, and if Slack allows none, that is said. */
async function begin(
  receiving: Receiving,
  { place, actor }: Given,
  triggerId: string,
  text: string,
  respond: RespondFn,
): Promise<null> {
  const started = await receiving.bot.handleStart({
    ...{ id: triggerId.replaceAll('#', '-'), platform: 'slack', place, author: actor, text },
    settings: {},
    givenAt: new Date().toISOString(),
  });
  if (started.kind === 'stored') {
    started.opened.catch((error: unknown) =>
      respondTo(receiving, respond, toAnswer(refused(sentenceOf(receiving, error)))),
    );
  }
  return null;
}
