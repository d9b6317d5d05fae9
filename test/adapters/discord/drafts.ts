/** A draft in Discord with its card, and what there is to press. */
import { expect } from 'vitest';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import type { NewIssue } from '../../../src/core/tracker.ts';
import { type Script, USAGE } from '../../core/bots.ts';
import type { DiscordMessage } from '../../fakes/discord-world.ts';
import { createIdleTracker, toCreatedIssue } from '../../fakes/idle-tracker.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import { eventually, type Setting, type useDiscord } from './bots.ts';

type Run = ReturnType<typeof useDiscord>['run'];
type Button = { label: string; custom_id: string };

/** Drafts one ticket, whatever is said. */
export const draftOne = (more: Partial<typeof DRAFT> = {}): Script =>
  async function* (request) {
    if (request.messages.at(-1)?.role === 'tool') {
      yield { type: 'text', text: 'A draft.' };
      yield { type: 'end', stopReason: 'end', usage: USAGE };
      return;
    }
    const tickets = [{ ...DRAFT, ...more, title: 'Export drops the last row' }];
    yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    yield { type: 'end', stopReason: 'tools', usage: USAGE };
  };

/** What a process runs with: a tracker that keeps what it is given, and asks for these fields. */
export const filing = (
  issues: NewIssue[] = [],
  fields: string[] = [],
  labels: string[] = ['bug'],
  visibility: 'public' | 'private' = 'private',
) => {
  const template = {
    ...{ name: 'Bug report', description: '' },
    fields: fields.map((title) => ({ title, required: true })),
  };
  const tracker = createIdleTracker({
    name: 'github',
    createIssue: async (issue) => toCreatedIssue(issue, String(issues.push(issue))),
    getProject: async (project) => ({
      ...{ project, name: project, projectId: project },
      ...{ host: 'tracker.example.com', visibility },
    }),
    listLabels: async () => [...labels],
    async createLabel(_, label) {
      labels.push(label);
      return 'created';
    },
    listTemplates: async () => (fields.length > 0 ? [template] : []),
  });
  const more = { chooseTracker: async () => tracker, environment: { project: 'github:a/shop' } };
  return { plain: false, more };
};

/** A thread with one draft, and its card. */
export async function draftIn(
  setting: Setting,
  run: Run,
  script = draftOne(),
  fields: string[] = [],
  visibility: 'public' | 'private' = 'private',
) {
  const issues: NewIssue[] = [];
  const labels = ['bug'];
  const running = await run(setting, { script, ...filing(issues, fields, labels, visibility) });
  const { people, ann, general, me, discord } = setting;
  const root = people.say(ann.id, general.id, `${me} the export drops the last row`);
  const messages = () => discord.world.channels.get(root.id)?.messages ?? [];
  const find = () => messages().find(({ embeds }) => embeds.length > 0);
  await eventually(() => expect(find()).toBeDefined());
  const card = find() ?? expect.unreachable();
  const press = (who: { id: string }, label: string) =>
    people.click(who.id, card, idOf(card, label));
  const ticket = async () => {
    const id = conversationIdOf(threadRefOf(root.id));
    const { items } = await setting.repositories.tickets.listTickets(id);
    return items[0] ?? expect.unreachable();
  };
  return { card, issues, labels, press, messages, root, running, ticket };
}

/** What people were told for themselves. */
export const told = ({ discord }: Setting) =>
  discord.world.ephemerals.map(({ message }) => message.content).join('\n');

/** Of the button that says so. */
export const idOf = ({ components }: DiscordMessage, label: string) => {
  const rows = components as { components: Button[] }[];
  const found = rows.flatMap((row) => row.components).find((one) => one.label === label);
  return found?.custom_id ?? expect.unreachable(`no button ${label}`);
};

/** Of a window that was opened. */
export const inputsOf = ({ callback }: { callback?: { data: object } }) => {
  const view = (callback?.data ?? {}) as {
    components?: { label: string; component: { custom_id: string } }[];
  };
  return (view.components ?? []).map(({ label, component }) => ({
    ...{ label, id: component.custom_id },
  }));
};

/**
 * Two people have the same window open: Ann's change is taken, the owner's is refused. Resolves with the
 * message that says so.
 */
export async function editAtOnce(
  setting: Setting,
  { card, press }: Pick<Awaited<ReturnType<typeof draftIn>>, 'card' | 'press'>,
  anns: Record<string, string>,
  owners: Record<string, string>,
): Promise<DiscordMessage> {
  const { people, ann, owner, discord } = setting;
  const [first, second] = [await press(ann, 'Edit text'), await press(owner, 'Edit text')];
  await people.submit(first, anns);
  await eventually(() => {
    for (const text of Object.values(anns)) expect(JSON.stringify(card.embeds)).toContain(text);
  });
  await people.submit(second, owners);
  await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
  return discord.world.ephemerals.at(-1)?.message ?? expect.unreachable();
}
