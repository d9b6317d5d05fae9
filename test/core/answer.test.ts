/** The loop of one turn: what bounds it, and what people read when a bound was met. */
import { describe, expect, it } from 'vitest';
import { type AnswerOptions, answer } from '../../src/core/answer.ts';
import { budgetOf } from '../../src/core/budget.ts';
import type {
  ProviderEvent,
  ProviderRequest,
  StopReason,
  ToolResult,
  Usage,
} from '../../src/core/provider.ts';
import type { Toolbox } from '../../src/core/toolbox.ts';
import { toolDefinitions } from '../../src/core/tools.ts';

type Asked = Omit<ProviderRequest, 'model'>;

const USAGE: Usage = { inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 100 };

function* step(
  parts: { text?: string; calls?: string[]; stop?: StopReason },
  usage: Usage = USAGE,
): Generator<ProviderEvent> {
  const { text, calls = [], stop } = parts;
  if (text) yield { type: 'text', text };
  for (const [index, name] of calls.entries()) {
    yield { type: 'toolCall', call: { id: `call_${index}`, name, input: {} } };
  }
  yield { type: 'end', stopReason: stop ?? (calls.length > 0 ? 'tools' : 'end'), usage };
}

function toToolbox(run: (name: string) => Partial<ToolResult>): Toolbox {
  return {
    run: async ({ id: callId, name }) => ({
      ...{ callId, name, content: 'found', isError: false },
      ...run(name),
    }),
    effects: () => ({ newTickets: [], changedTickets: [], settings: undefined, questions: [] }),
  };
}

function setUp(
  model: (asked: Asked, count: number) => Iterable<ProviderEvent>,
  more: Partial<AnswerOptions> & { result?: (name: string) => Partial<ToolResult> } = {},
) {
  const asked: Asked[] = [];
  const run: string[] = [];
  const { result = () => ({}), ...options } = more;
  const answered = answer({
    async *stream(request) {
      asked.push(request);
      yield* model(request, asked.length);
    },
    system: '',
    messages: [{ role: 'user', text: 'hi' }],
    tools: toolDefinitions({ research: true }),
    toolbox: toToolbox((name) => {
      run.push(name);
      return result(name);
    }),
    budget: budgetOf(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
  return { answered, asked, run };
}

const resultsOf = ({ messages }: Asked) =>
  messages.flatMap((message) => (message.role === 'tool' ? message.results : []));

describe('a turn of a model that does not come to an end', () => {
  it('has twelve steps, the last one without tools', async () => {
    const { answered, asked } = setUp(({ tools }) =>
      tools.length > 0 ? step({ calls: ['search_issues'] }) : step({ text: 'So be it.' }),
    );
    expect((await answered).text).toBe('So be it.');
    expect(asked).toHaveLength(12);
  });

  it('is brought to one once it has used its tokens, whatever the steps', async () => {
    const usage = { inputTokens: 250_000, cachedInputTokens: 50_000, outputTokens: 1 };
    const { answered, asked } = setUp(({ tools }) =>
      tools.length > 0 ? step({ calls: ['search_issues'] }, usage) : step({ text: 'So be it.' }),
    );
    await answered;
    expect(asked).toHaveLength(3);
  });

  it('runs eight calls of research at once, and tells the model of the others', async () => {
    const calls = Array.from({ length: 10 }, () => 'search_code');
    const { answered, asked, run } = setUp((_, count) =>
      count === 1 ? step({ calls }) : step({ text: 'Done.' }),
    );
    await answered;
    expect(run).toHaveLength(8);
    const results = resultsOf(asked[1] as Asked);
    expect(results).toHaveLength(10);
    expect(results.at(-1)).toMatchObject({
      isError: true,
      content: expect.stringMatching(/8 calls/),
    });
  });
});

describe('research for a small model', () => {
  const long = () => ({ content: 'x'.repeat(5_000) });

  it('brings in what fits beside the conversation, and says so of the rest', async () => {
    const budget = { research: 7_000, outputTokens: 500 };
    const { answered, asked, run } = setUp(
      (_, count) => (count <= 3 ? step({ calls: ['read_file'] }) : step({ text: 'Done.' })),
      { budget, result: long },
    );
    await answered;
    const contents = resultsOf(asked[3] as Asked).map(({ content }) => content);
    expect(contents.map(({ length }) => length < 2_100)).toEqual([false, true, true]);
    expect(contents[1]).toMatch(/^x{2000}\n\[there is no room for more/);
    expect(contents[2]).toMatch(/^not run: there is no room/);
    expect(run).toHaveLength(2);
    expect(asked[3]?.maxOutputTokens).toBe(500);
  });

  it('leaves the tools that draft as they are', async () => {
    const budget = { research: 100, outputTokens: 500 };
    const { answered, run } = setUp(
      (_, count) =>
        count === 1 ? step({ calls: ['read_file', 'draft_tickets'] }) : step({ text: 'Done.' }),
      { budget, result: long },
    );
    await answered;
    expect(run).toEqual(['read_file', 'draft_tickets']);
  });
});

describe('what people read', () => {
  it('says that an answer was cut off at the limit', async () => {
    const { answered } = setUp(() => step({ text: 'It all began', stop: 'length' }));
    expect((await answered).text).toBe(
      'It all began\n\n_The answer was cut off at the length limit._',
    );
  });

  it('says that no well-formed draft came, after one repair', async () => {
    const { answered, asked } = setUp(
      ({ tools }) =>
        tools.length > 0
          ? step({ calls: ['draft_tickets'] })
          : step({ text: 'The export breaks.' }),
      { result: () => ({ isError: true, content: 'title: is missing' }) },
    );
    expect((await answered).text).toBe(
      'The export breaks.\n\n_The model could not put this into a well-formed draft. Say it in other words, or ask again._',
    );
    expect(asked).toHaveLength(3);
    expect(resultsOf(asked[1] as Asked)).toMatchObject([{ content: 'title: is missing' }]);
  });
});

describe('budgetOf', () => {
  it.each([8_192, 16_384, 32_768, 128_000, 200_000, 1_000_000])(
    'fits everything into a context of %i tokens',
    (contextTokens) => {
      const { conversation, research, outputTokens } = budgetOf(contextTokens);
      const rules = Math.min(5_000, contextTokens * 0.45);
      expect((conversation + research) / 3 + outputTokens + rules).toBeLessThanOrEqual(
        contextTokens,
      );
      expect(conversation).toBeGreaterThan(research);
    },
  );
});
