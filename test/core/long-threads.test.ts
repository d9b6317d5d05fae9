/** Threads and messages that are longer than a model takes at once. */
import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../src/core/budget.ts';
import { messageKeyOf } from '../../src/core/message.ts';
import { SUMMARY_PROMPT } from '../../src/core/prompt.ts';
import type { ProviderChoice, ProviderRequest } from '../../src/core/provider.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, thread, USAGE, useBots } from './bots.ts';

const lengthOf = ({ messages }: ProviderRequest) =>
  messages.reduce((length, message) => length + JSON.stringify(message).length, 0);
const numbersIn = (request: ProviderRequest | undefined) =>
  [...JSON.stringify(request?.messages).matchAll(/said no\. (\d+)/g)].map(([, n]) => Number(n));

describe('a thread of 2,000 messages', () => {
  const { setUp, say, talk } = useBots();

  /** Notes name the first and the last message they were made from, after those before them. */
  async function setUpLong({
    contextTokens = undefined as number | undefined,
    onFold = async () => {},
  } = {}) {
    const folds: ProviderRequest[] = [];
    const asked: ProviderRequest[] = [];
    const provider = {
      name: 'script',
      async *stream(request: ProviderRequest) {
        if (request.system !== SUMMARY_PROMPT) {
          asked.push(request);
          yield { type: 'text', text: 'Fine.' } as const;
          yield { type: 'end', stopReason: 'end', usage: USAGE } as const;
          return;
        }
        folds.push(request);
        await onFold();
        const numbers = numbersIn(request);
        yield { type: 'text', text: `notes to ${numbers.at(-1)}` } as const;
        yield { type: 'end', stopReason: 'end', usage: USAGE } as const;
      },
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }) as const,
    };
    const choice: ProviderChoice = {
      provider,
      model: 'm',
      ...(contextTokens && { contextTokens }),
    };
    const set = await setUp({ more: { chooseProvider: async () => [choice] } });
    return { ...set, asked, folds };
  }

  async function fill({ messages }: Repositories, from: number, to: number) {
    const conversationId = conversationIdOf(thread);
    const earlier = Array.from({ length: to - from }, (_, index) => {
      const { id, sentAt } = say('');
      const text = `said no. ${from + index} and a little more so that it has a length`;
      return { id, sentAt, author: ann, text, conversationId, role: 'user' as const };
    });
    await messages.putMessages(earlier);
  }

  it('is answered with as much as one of 200, and notes of all the rest, each message in them once', async () => {
    const { bot, repositories, asked, folds } = await setUpLong();
    await talk(bot, say('the beginning'));
    await fill(repositories, 0, 200);
    await talk(bot, say('what of the first 200?'));
    const at200 = asked.at(-1);
    await fill(repositories, 200, 2_000);
    await talk(bot, say('and now?'), say('what was decided?'));
    const [later, last] = asked.slice(-2);
    const folded = folds.flatMap(numbersIn);
    expect(folded).toEqual([...folded.keys()]);
    const shown = numbersIn(last);
    expect(shown.at(-1)).toBe(1_999);
    // What is in neither waits for the next fold, and there is little of it.
    const unseen = (shown[0] ?? 0) - folded.length;
    expect(unseen).toBeGreaterThanOrEqual(0);
    expect(unseen).toBeLessThan(40);
    expect(JSON.stringify(last?.messages)).toContain(`notes to ${folded.at(-1)}`);
    const sizes = [at200, later, last].map((request) => request && lengthOf(request));
    const [base = 0] = sizes;
    for (const size of sizes) expect(Math.abs((size ?? 0) / base - 1)).toBeLessThan(0.05);
    const before = folds.length;
    await talk(bot, say('thanks'));
    expect(folds).toHaveLength(before);
  });

  it('shows nothing of what was deleted there by another process, which went into its notes', async () => {
    const { bot, repositories, asked } = await setUpLong();
    const secret = say('said no. 7777 is what nobody should have said');
    await talk(bot, secret);
    await fill(repositories, 0, 300);
    await talk(bot, say('and now?'), say('what was decided?'));
    expect(JSON.stringify(asked.at(-1)?.messages)).toContain('notes to');
    await repositories.messages.deleteMessage(conversationIdOf(thread), messageKeyOf(secret));
    await talk(bot, say('and then?'));
    expect(JSON.stringify(asked.at(-1)?.messages)).not.toContain('notes to');
  });

  it('keeps no notes of what is deleted while they are made', async () => {
    const secret = say('said no. 7777 is what nobody should have said');
    const conversationId = conversationIdOf(thread);
    let onFold = async () => {};
    const { bot, repositories, folds } = await setUpLong({ onFold: () => onFold() });
    onFold = async () => {
      await repositories.messages.deleteMessage(conversationId, messageKeyOf(secret));
    };
    await talk(bot, secret);
    await fill(repositories, 0, 300);
    await talk(bot, say('and now?'));
    expect(numbersIn(folds[0])).toContain(7777);
    expect(await repositories.contexts.readContext(conversationId)).toBeUndefined();
  });

  it('says to whoever sends 200 KB to a small model how much of it is seen', async () => {
    const contextTokens = 32_768;
    const { bot, platform, asked } = await setUpLong({ contextTokens });
    const long = `THE BEGINNING ${'It happens every time. '.repeat(8_900)}`;
    await talk(bot, say(long));
    const { conversation } = budgetOf(contextTokens);
    expect(lengthOf(asked[0] as ProviderRequest)).toBeLessThan(conversation + 2_000);
    expect(JSON.stringify(asked[0]?.messages)).toContain('THE BEGINNING');
    expect(platform.replies[0]?.views.at(-1)?.text).toMatch(
      `_This message is longer than I can read at once: I see its first ${conversation} characters._`,
    );
    await talk(bot, say('short'));
    expect(platform.replies[1]?.views.at(-1)?.text).not.toContain('This message is longer');
  });

  it('shows all of 200 KB to a model that takes them', async () => {
    const { bot, platform, asked } = await setUpLong();
    await talk(bot, say(`${'It happens every time. '.repeat(8_900)}THE END`));
    expect(JSON.stringify(asked[0]?.messages)).toContain('THE END');
    expect(platform.replies[0]?.views.at(-1)?.text).not.toContain('longer than I can read');
  });
});
