/** A draft in Slack with its card, and what there is to press. */
import { parseCardAction } from '../../../adapters/slack/card-action.ts';
import type { NewIssue, Tracker } from '../../../src/core/tracker.ts';
import { type Script, USAGE } from '../../core/bots.ts';
import { createIdleTracker, toCreatedIssue } from '../../fakes/idle-tracker.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import type { SlackView } from '../../fakes/slack-world.ts';
import {
  channelOf,
  eventually,
  type Running,
  type RunOptions,
  type Setting,
  writtenIn,
} from './bots.ts';

type Run = (setting: Setting, options: RunOptions) => Promise<Running>;

/** Drafts one ticket, whatever is said. */
export const draftOne: Script = async function* (request) {
  if (request.messages.at(-1)?.role === 'tool') {
    yield { type: 'text', text: 'A draft.' };
    yield { type: 'end', stopReason: 'end', usage: USAGE };
    return;
  }
  const tickets = [{ ...DRAFT, title: 'Export drops the last row' }];
  yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
  yield { type: 'end', stopReason: 'tools', usage: USAGE };
};

/** Keeps what is filed, and the labels that are made. */
function createFiling(name: string, parts: Partial<Tracker>) {
  const issues: NewIssue[] = [];
  const labels = ['bug'];
  const tracker = createIdleTracker({
    name,
    createIssue: async (issue) => toCreatedIssue(issue, String(issues.push(issue))),
    listLabels: async () => [...labels],
    async createLabel(_, label) {
      labels.push(label);
      return 'created';
    },
    ...parts,
  });
  const environment = { project: `${name}:issues` };
  return { issues, labels, more: { chooseTracker: async () => tracker, environment } };
}

/** A thread with one draft, and its card. */
export async function draftIn(
  setting: Setting,
  run: Run,
  options: RunOptions,
  tracker: 'local' | 'github' = 'local',
  parts: Partial<Tracker> = {},
) {
  const { issues, labels, more } = createFiling(tracker, parts);
  const running = await run(setting, { script: draftOne, more, ...options });
  const root = await running.people.say('UANN', 'C1', '<@UBOT> the export drops the last row');
  const card = await eventually(() => {
    const found = writtenIn(setting, 'C1', root.ts).find(
      (one) => one.metadata?.event_payload.ticketId,
    );
    if (!found) throw new Error('no card yet');
    return found;
  });
  return { ...running, issues, labels, root, card };
}

const buttonsOf = (setting: Setting, ts: string) => {
  const found = channelOf(setting, 'C1').messages.find((one) => one.ts === ts);
  const blocks = (found?.blocks ?? []) as {
    elements?: { action_id?: string; value?: string }[];
  }[];
  return blocks.flatMap(({ elements = [] }) =>
    elements.map((one) => ({ id: one.action_id ?? '', action: parseCardAction(one.value) })),
  );
};

/** The `action_id` of a button under a message in C1, by what it does. */
export function buttonFor(setting: Setting, ts: string, what: string): string {
  const found = buttonsOf(setting, ts).find(
    ({ action }) =>
      action?.kind === what || (action?.kind === 'command' && action.command.kind === what),
  );
  if (!found) throw new Error(`there is no ${what} button`);
  return found.id;
}

/** Waits for a window that can be submitted. */
export const openView = (setting: Setting, title: string): Promise<SlackView> =>
  eventually(() => {
    const found = [...setting.slack.world.views.values()].find(
      ({ view, open }) => open && JSON.stringify(view.title).includes(title) && view.submit,
    );
    if (!found) throw new Error(`no window ${title}`);
    return found;
  });
