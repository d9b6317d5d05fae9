/** `/ticket`: words begin a conversation, a verb is carried out, nothing opens a window to write in. */
import type { App, RespondFn, SlashCommand } from '@slack/bolt';
import type { ActionOutcome } from '../../src/core/action.ts';
import { parseCommand } from '../../src/core/commands.ts';
import { within } from '../../src/core/within.ts';
import { threadRefOf } from './inbound.ts';
import { workspaceOf } from './on-message.ts';
import { renderOutcome } from './outcome.ts';
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
    const work = carryOut(receiving, workspaceId, command, respond).catch(
      (error: unknown): ActionOutcome => refused(sentenceOf(receiving, error)),
    );
    const outcome = await within(ANSWER_WITHIN_MS, work);
    if (outcome !== undefined) return ack(toAnswer(outcome));
    await ack({ response_type: 'ephemeral', text: 'One moment…' });
    await respondTo(receiving, respond, await work);
  });
}

const refused = (message: string): ActionOutcome => ({ kind: 'refused', message, tickets: [] });

/** For the eyes of whoever gave the command; `null`: there is nothing to say. */
function toAnswer(outcome: ActionOutcome | null) {
  return outcome ? { response_type: 'ephemeral' as const, ...renderOutcome(outcome) } : undefined;
}

async function respondTo({ log }: Receiving, respond: RespondFn, outcome: ActionOutcome | null) {
  const answer = toAnswer(outcome);
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
): Promise<ActionOutcome | null> {
  const { place, actor } = await meet(receiving, workspaceId, channel_id, user_id);
  const given: Given = { thread: threadRefOf(place.workspaceId, channel_id, ''), place, actor };
  const words = text.trim();
  if (words === '') return openNewTicket(receiving, given, trigger_id);
  const command = parseCommand(words);
  if (command) return act(receiving, given, command);
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
      respondTo(receiving, respond, refused(sentenceOf(receiving, error))),
    );
  }
  return null;
}
