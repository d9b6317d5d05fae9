/** Buttons and modals under the bot's messages, through the real discord.js. */
import { describe, expect, it } from 'vitest';
import {
  type CardAction,
  formatCardAction,
  parseCardAction,
  toCarried,
  toConfirmation,
} from '../../../adapters/discord/card-action.ts';
import type { NewIssue } from '../../../src/core/tracker.ts';
import { echo } from '../../core/bots.ts';
import { addRole, type DiscordMessage } from '../../fakes/discord-world.ts';
import { createIdleTracker, toCreatedIssue } from '../../fakes/idle-tracker.ts';
import { eventually, type Setting, useDiscord, writtenIn } from './bots.ts';

describe('buttons and modals in Discord', () => {
  const { setUp, run } = useDiscord();

  /** A tracker that keeps what it is asked to file. */
  function filing() {
    const issues: NewIssue[] = [];
    const tracker = createIdleTracker({
      async createIssue(issue) {
        return toCreatedIssue(issue, String(issues.push(issue)));
      },
      findIssueByMarker: async () => undefined,
    });
    return { issues, more: { chooseTracker: async () => tracker } };
  }

  /** A draft called `dark mode`, and the message of its card. */
  async function draft(setting: Setting): Promise<DiscordMessage> {
    const { people, ann, general, me, discord } = setting;
    const root = people.say(ann.id, general.id, `${me} draft dark mode`);
    const messages = () => discord.world.channels.get(root.id)?.messages ?? [];
    await eventually(() => expect(messages().some(isCard)).toBe(true));
    const card = messages().find(isCard);
    return card ?? expect.unreachable();
  }
  const isCard = ({ content }: DiscordMessage) => content.startsWith('card: ');
  const customId = ({ components }: DiscordMessage, label: string) => {
    const [row] = components as { components: { label: string; custom_id: string }[] }[];
    return row?.components.find((one) => one.label === label)?.custom_id ?? '';
  };
  const told = ({ discord }: Setting) =>
    discord.world.ephemerals.map(({ message }) => message.content).join('\n');

  it('Approve files one issue, whoever presses however often, on two processes', async () => {
    const setting = await setUp();
    const { issues, more } = filing();
    await Promise.all([run(setting, { more }), run(setting, { more })]);
    const { people, ann, owner } = setting;
    const card = await draft(setting);
    const approve = customId(card, 'Approve');
    const clicks = [ann, owner, ann].map(({ id }) => people.click(id, card, approve));
    for (const click of await Promise.all(clicks)) expect(click.callback?.type).toBe(6);
    await eventually(() => expect(card.content).toBe('card: dark mode (published)'));
    expect(issues).toHaveLength(1);
  });

  it('only who has the role that the server names may approve', async () => {
    const setting = await setUp();
    const { people, ann, owner, guild, discord, repositories } = setting;
    const { id } = addRole(discord.world, guild, 'Approvers');
    guild.members.set(ann.id, { roles: [id], pending: false });
    const approvers = { people: [`role:${id}`] };
    await repositories.workspaces.saveSettings('discord', guild.id, { approvers });
    const { issues, more } = filing();
    await run(setting, { more });
    const card = await draft(setting);
    const approve = customId(card, 'Approve');
    await people.click(owner.id, card, approve);
    await eventually(() => expect(told(setting)).toContain('You may not approve'));
    expect(issues).toEqual([]);
    expect(card.content).toBe('card: dark mode (draft)');
    await people.click(ann.id, card, approve);
    await eventually(() => expect(card.content).toBe('card: dark mode (published)'));
    expect(issues).toHaveLength(1);
  });

  it('Edit opens a modal as the first answer, and what is submitted changes the draft', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann } = setting;
    const card = await draft(setting);
    const opened = await people.click(ann.id, card, customId(card, 'Edit'));
    expect(opened.callback?.type).toBe(9);
    await people.submit(opened, { title: 'no!' });
    await eventually(() => expect(told(setting)).toContain('No exclamation marks.'));
    await people.submit(opened, { title: 'darker mode' });
    await eventually(() => expect(card.content).toBe('card: darker mode (draft)'));
    await people.submit(opened, { title: 'from the old card' });
    await eventually(() => expect(told(setting)).toMatch(/changed|newer|again/i));
    expect(card.content).toBe('card: darker mode (draft)');
  });

  it('Stop ends the running answer, which shows what there is of it', async () => {
    const setting = await setUp();
    await run(setting, {
      plain: false,
      async *script(_, signal) {
        yield { type: 'text', text: 'Half of it' };
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    const { people, ann, general, me, discord } = setting;
    const root = people.say(ann.id, general.id, `${me} explain everything`);
    const reply = () =>
      discord.world.channels.get(root.id)?.messages.find((one) => customId(one, 'Stop'));
    await eventually(() => expect(reply()).toBeDefined());
    const message = reply() ?? expect.unreachable();
    expect(discord.world.typing.get(root.id)).toBeGreaterThan(0);
    await people.click(ann.id, message, customId(message, 'Stop'));
    await eventually(() => expect(message.content).toMatch(/^Half of it\n+Stopped\.$/));
    expect(message.components).toEqual([]);
  });

  it('Retry answers again, once for each failed turn', async () => {
    const setting = await setUp();
    let failing = true;
    await run(setting, {
      async *script(request) {
        if (failing) throw new Error('the model broke');
        yield* echo(request);
      },
    });
    const { people, ann, general, me, discord } = setting;
    const root = people.say(ann.id, general.id, `${me} one`);
    const failed = () =>
      discord.world.channels.get(root.id)?.messages.find((one) => customId(one, 'Retry'));
    await eventually(() => expect(failed()).toBeDefined());
    failing = false;
    const message = failed() ?? expect.unreachable();
    const press = () => people.click(ann.id, message, customId(message, 'Retry'));
    await Promise.all([press(), press()]);
    await eventually(() => expect(writtenIn(setting, root.id)).toHaveLength(2));
    expect(writtenIn(setting, root.id)[1]).toContain('Try again.');
  });

  it('a button of another time gets a sentence', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann } = setting;
    const card = await draft(setting);
    Object.assign(card, {
      components: [{ type: 1, components: [{ type: 2, style: 1, label: 'X', custom_id: 'old' }] }],
    });
    await people.click(ann.id, card, 'old');
    await eventually(() => expect(told(setting)).toContain('from before an update'));
  });

  it('what a custom_id carries comes back, and nothing else is taken', () => {
    const target = { ticketId: '0123456789abcdef', revision: 7 };
    const approve = { kind: 'approve', target } as const;
    for (const action of [
      { kind: 'command', command: approve },
      { kind: 'command', command: { kind: 'add-to', target, issue: '12' } },
      { kind: 'open', modal: 'tasks', ticket: target },
      { kind: 'choose-project', ticket: target },
      { kind: 'retry', turnId: '1' },
    ] as const) {
      expect(parseCardAction(formatCardAction(action))).toEqual(action);
    }
    const confirmed = toConfirmation({ ...approve, confirmed: 'github:acme/public' });
    expect(parseCardAction(formatCardAction(confirmed))).toEqual({
      ...confirmed,
      command: approve,
    });
    const all = { kind: 'approve-all', warned: '0'.repeat(32) } as const;
    expect(parseCardAction(formatCardAction(toConfirmation(all)))).toEqual({
      kind: 'command',
      command: all,
    });
    const create = {
      kind: 'create-name',
      target,
      field: 'milestone',
      name: '設'.repeat(100),
    } as const;
    const carried = toCarried(create);
    expect(carried).toMatchObject({
      field: 'milestone',
      digest: expect.stringMatching(/^\w{16}$/),
    });
    for (const action of [
      { kind: 'command', command: carried },
      toConfirmation({ ...create, confirmed: 'github:acme/public' }),
    ] as CardAction[]) {
      expect(parseCardAction(formatCardAction(action))).toEqual(action);
    }
    for (const strange of [
      '',
      'approve',
      'approve|x|y',
      'open|nothing|x|1',
      'delete|x|1',
      'create-name|x|1|assignees|y',
    ]) {
      expect(parseCardAction(strange)).toBeUndefined();
    }
    const long = { kind: 'add-to', target, issue: 'x'.repeat(100) } as const;
    expect(() => formatCardAction({ kind: 'command', command: long })).toThrow(RangeError);
  });
});
