/** Whole turns of the real bot, as they look in Slack. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCardAction } from '../../../adapters/slack/card-action.ts';
import { timeOf } from '../../../adapters/slack/own-messages.ts';
import type { IncomingMessage } from '../../../src/core/message.ts';
import type { ChatPlatform } from '../../../src/core/platform.ts';
import { type Script, USAGE, useBots } from '../../core/bots.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';
import { ANN, type SlackUnderTest, say, seenOf, setUpSlack } from './platforms.ts';
import { PLACE } from './tickets.ts';

const draftTwo: Script = async function* (request) {
  if (request.messages.at(-1)?.role === 'tool') {
    yield { type: 'text', text: 'Two drafts.' };
    yield { type: 'end', stopReason: 'end', usage: USAGE };
    return;
  }
  const tickets = ['Export drops the last row', 'Import accepts empty files'].map((title) => ({
    ...DRAFT,
    title,
  }));
  yield { type: 'text', text: 'Let me see.' };
  yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
  yield { type: 'end', stopReason: 'tools', usage: USAGE };
};

describe('a turn in Slack', () => {
  const bots = useBots();
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const setUp = (script: Script, platform: ChatPlatform = under.platform, shared = '') =>
    bots.setUp({ script, shared, more: { platforms: [platform] } });

  /** Ann says this in the thread. */
  function ask(text: string): IncomingMessage {
    const { slack, channel, thread } = under;
    const { ts } = say(slack.world, channel, 'UANN', text, { thread_ts: thread.threadId });
    return bots.say(text, { id: ts, sentAt: timeOf(ts), thread, place: PLACE, author: ANN });
  }

  const own = () => under.posted().filter(({ bot_id }) => bot_id);

  function actionsOf(message: SlackMessage | undefined) {
    const blocks = (message?.blocks ?? []) as { elements?: { value?: string }[] }[];
    return blocks.flatMap(({ elements = [] }) =>
      elements.flatMap(({ value }) => parseCardAction(value) ?? []),
    );
  }

  it('streams its answer, then shows a card for each draft, which follows what becomes of it', async () => {
    const { bot, issues } = await setUp(draftTwo);
    await bots.talk(bot, ask('the export and the import are broken'));
    const [reply, first, second] = own();
    expect(reply).toMatchObject({
      text: 'Let me see.\n\nTwo drafts.',
      streaming_state: 'completed',
    });
    expect(first && seenOf(first)).toContain('Export drops the last row');
    expect(second && seenOf(second)).toContain('Approve all 2');
    const approve = actionsOf(first).find(
      (one) => one.kind === 'command' && one.command.kind === 'approve',
    );
    if (approve?.kind !== 'command') throw new Error('there is no Approve');
    const action = { thread: under.thread, place: PLACE, actor: ANN, command: approve.command };
    const outcomes = await Promise.all([bot.handleAction(action), bot.handleAction(action)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
    expect(issues).toHaveLength(1);
    await vi.waitFor(() => {
      const [, filed] = own();
      expect(filed && seenOf(filed)).toContain(':white_check_mark: *Export drops the last row*');
    });
    expect(own()).toHaveLength(3);
  });

  it('is finished in place by another process, its live stream stopped', async () => {
    const hanging: Script = async function* (_request, signal) {
      yield { type: 'text', text: 'Half an' };
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const { bot } = await setUp(hanging, under.platform, 'handed-over');
    await bot.handleMessage(ask('what is wrong?'));
    await vi.waitFor(() => expect(own()[0]?.text).toBe('Half an'));
    await bot.close(0);
    expect(own()[0]?.streaming_state).toBe('in_progress');
    const whole: Script = async function* () {
      yield { type: 'text', text: 'A whole answer.' };
      yield { type: 'end', stopReason: 'end', usage: USAGE };
    };
    const { bot: other } = await setUp(whole, under.anotherPlatform(), 'handed-over');
    await vi.waitFor(async () => expect(await other.resumePending()).toBe(1));
    await other.idle();
    expect(own()).toHaveLength(1);
    expect(own()[0]?.streaming_state).toBe('completed');
    expect(own()[0] && seenOf(own()[0] as SlackMessage)).toContain('A whole answer.');
  });

  it('files nothing and says why when the card is stale', async () => {
    const { bot, issues } = await setUp(draftTwo);
    await bots.talk(bot, ask('the export is broken'));
    const [, card] = own();
    const [approve] = actionsOf(card);
    if (approve?.kind !== 'command' || !('target' in approve.command))
      throw new Error('no Approve');
    const { target } = approve.command;
    const act = (
      command: typeof approve.command | { kind: 'edit'; target: typeof target; changes: object },
    ) =>
      bot.handleAction({
        thread: under.thread,
        place: PLACE,
        actor: ANN,
        command: command as never,
      });
    await act({ kind: 'edit', target, changes: { title: 'Export drops two rows' } });
    const late = await act(approve.command);
    expect(late).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('changed in the meantime'),
    });
    expect(issues).toEqual([]);
    expect(own()[1] && seenOf(own()[1] as SlackMessage)).toContain('Export drops two rows');
  });
});

describe('a card in Slack when Slack says no', () => {
  const bots = useBots();
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  async function showDraft() {
    const { bot } = await bots.setUp({ script: draftTwo, more: { platforms: [under.platform] } });
    const { slack, channel, thread } = under;
    const { ts } = say(slack.world, channel, 'UANN', 'it is broken', {
      thread_ts: thread.threadId,
    });
    await bots.talk(
      bot,
      bots.say('it is broken', { id: ts, sentAt: timeOf(ts), thread, place: PLACE, author: ANN }),
    );
    const cards = () => under.posted().filter((one) => seenOf(one).includes('Import accepts'));
    const edit = (priority: 'low' | 'critical') =>
      bot.handleAction({
        ...{ thread, place: PLACE, actor: ANN },
        command: { kind: 'edit', target: { ordinal: 2 }, changes: { priority } },
      });
    return { cards, edit };
  }

  it.each(['message_not_found', 'edit_window_closed', 'cant_update_message'])(
    'is shown anew once, and followed from then on: %s',
    async (code) => {
      const { cards, edit } = await showDraft();
      under.slack.faults.push({ method: 'chat.update', do: 'refuse', code });
      const old = cards()[0]?.ts;
      if (code === 'message_not_found') under.channel.messages.pop();
      await edit('low');
      expect(cards()).toHaveLength(1);
      expect(cards()[0]?.ts).not.toBe(old);
      await edit('critical');
      expect(cards()).toHaveLength(1);
      expect(cards()[0] && seenOf(cards()[0] as SlackMessage)).toContain(':red_circle: critical');
    },
  );

  it.each(['lose-answer', 'fail'] as const)(
    'is brought in step although an edit went wrong: %s',
    async (what) => {
      const { cards, edit } = await showDraft();
      const method = 'chat.update';
      under.slack.faults.push(
        what === 'fail' ? { method, do: what, status: 503 } : { method, do: what },
      );
      await edit('critical');
      expect(cards()).toHaveLength(1);
      expect(cards()[0] && seenOf(cards()[0] as SlackMessage)).toContain(':red_circle: critical');
    },
  );

  it('is posted once although the answer was lost', async () => {
    const faults = under.slack.faults;
    faults.push({ method: 'chat.postMessage', do: 'lose-answer' });
    const { cards } = await showDraft();
    expect(faults).toEqual([]);
    expect(cards()).toHaveLength(1);
    expect(under.posted().filter((one) => seenOf(one).includes('Export drops'))).toHaveLength(1);
  });
});
