/** A reply that another process began in Slack: found again and finished in place, never twice. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SlackUnderTest, setUpSlack } from './platforms.ts';
import { answered, growing, markdownOf } from './replies.ts';

describe('a reply in Slack that another process began', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const resume = (turnId: string, rest = {}) =>
    under.anotherPlatform().openReply(under.target(turnId, { resumed: true, ...rest }));

  it.each(['recorded', 'lost'])(
    'is finished in place although it streams, its id %s',
    async (fate) => {
      const id = await under.platform.openReply(under.target('turn-1')).show(growing('Half an'));
      const resumed = resume('turn-1', fate === 'recorded' ? { replyId: id } : {});
      expect(await resumed.show(growing('A whole'))).toBe(id);
      expect(await resumed.show(answered('A whole answer.'))).toBe(id);
      expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
      expect(under.posted()[0]?.streaming_state).toBe('completed');
    },
  );

  it('is finished in place after Slack ended its stream', async () => {
    const id = await under.platform.openReply(under.target('turn-1')).show(growing('Half an'));
    under.slack.world.streamLifetimeMs = -1;
    expect(await resume('turn-1').show(answered('A whole answer.'))).toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
  });

  it('is finished in its first message after it rolled over to a second stream', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const begun = under.platform.openReply(under.target('turn-1'));
    const id = await begun.show(growing('Half an answer.'));
    vi.setSystemTime(Date.now() + 250_000);
    await begun.show(growing('Half an answer. Another half.'));
    expect(under.posted()).toHaveLength(2);
    const resumed = resume('turn-1', { replyId: id });
    expect(await resumed.show(answered('A whole answer.'))).toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
    vi.useRealTimers();
  });

  it('is finished in place by its mark, in every message it has', async () => {
    const text = 'word '.repeat(5_000);
    const { author, ...target } = under.target('turn-1');
    const id = await under.platform.openReply(target).show(growing(text));
    const before = under.posted().map(({ ts }) => ts);
    expect(await resume('turn-1').show(answered(`${text}\n\nThe end.`))).toBe(id);
    expect(under.posted().map(({ ts }) => ts)).toEqual(before);
  });

  it('is not taken for the reply of another turn', async () => {
    await under.platform.openReply(under.target('turn-1')).show(answered('One.'));
    await under.platform.postNotice({ thread: under.thread, text: 'A notice.' });
    await resume('turn-2').show(answered('Two.'));
    expect(under.posted().map(markdownOf)).toEqual(['One.', 'A notice.', 'Two.']);
  });

  it('is not taken for the reply of an earlier turn whose end Slack never showed', async () => {
    const unfinished = await under.platform.openReply(under.target('turn-1')).show(growing('One'));
    await resume('turn-2', { others: [unfinished] }).show(answered('Two.'));
    expect(under.posted().map(markdownOf)).toEqual(['One', 'Two.']);
  });

  it('begins anew where the recorded one was deleted', async () => {
    const id = await under.platform.openReply(under.target('turn-1')).show(answered('Half.'));
    under.channel.messages.pop();
    const again = await resume('turn-1', { replyId: id }).show(answered('Whole.'));
    expect(again).not.toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['Whole.']);
  });
});
