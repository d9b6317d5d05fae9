/** What can go wrong at a vendor: for each, the kind it becomes and the sentence people read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, describeFailure } from '../../src/core/answer.ts';
import { budgetOf } from '../../src/core/budget.ts';
import { type Provider, ProviderError, type ProviderErrorKind } from '../../src/core/provider.ts';
import type { Toolbox } from '../../src/core/toolbox.ts';
import type { Refusal, Script, VendorServer } from '../fakes/vendor-server.ts';
import { collect, never, toRequest } from './provider.ts';

export interface FaultyProvider {
  provider: Provider;
  model: string;
  server: VendorServer;
  apiKey: string;
  /** The same provider, asking an address where nothing listens. */
  unreachable: Provider;
  /** The same with a key that the vendor does not know; absent where there are no keys. */
  wrongKey?: Provider;
}

/** Milliseconds to give providers for `stallMs` here. */
export const FAULT_STALL_MS = 1_000;

interface Fault {
  fault: string;
  script: Script;
  kind: ProviderErrorKind;
  sentence: string;
  retryAfterMs?: number;
}

const cut = { text: ['One ', 'two ', 'three ', 'four'] };
const refuse = (refusal: Refusal): Script => ({ do: 'refuse', refusal });
const page = { 'content-type': 'text/html; charset=utf-8' };

const LATER = 'Try again in a minute.';
const BROKE_OFF = 'The answer broke off before its end. Try again.';
const OVERLOADED = `The AI provider is overloaded at the moment. ${LATER}`;
const WRONG_ADDRESS =
  "The AI provider's base URL redirects, or leads into a private network, so I did not go there. Whoever entered it has to correct it; somebody who runs the bot can set ALLOW_PRIVATE_ADDRESSES=true.";
const UNREACHABLE = `The AI provider cannot be reached at the moment. ${LATER}`;

export const FAULTS: Fault[] = [
  {
    fault: 'a 429 with Retry-After',
    script: refuse('rate-limited'),
    kind: 'rate-limited',
    sentence: `The AI provider is limiting requests at the moment. ${LATER}`,
    retryAfterMs: 7_000,
  },
  { fault: 'a 500', script: refuse('server-error'), kind: 'overloaded', sentence: OVERLOADED },
  { fault: 'overload', script: refuse('overloaded'), kind: 'overloaded', sentence: OVERLOADED },
  {
    fault: 'a wrong key',
    script: refuse('wrong-key'),
    kind: 'unauthorised',
    sentence: "The AI provider refused the bot's key. Somebody who runs the bot has to look at it.",
  },
  {
    fault: 'an unknown model',
    script: refuse('unknown-model'),
    kind: 'unknown-model',
    sentence: 'The AI provider does not know the configured model. Choose another one.',
  },
  {
    fault: 'a used-up quota',
    script: refuse('quota'),
    kind: 'quota',
    sentence:
      "The AI provider's quota is used up. Somebody who runs the bot has to look at the plan.",
  },
  {
    fault: 'a context that is too long',
    script: refuse('context-too-long'),
    kind: 'context-too-long',
    sentence: 'This conversation is too long for the model. Start a new one, or say it in short.',
  },
  {
    fault: 'a content filter',
    script: refuse('prompt-filtered'),
    kind: 'filtered',
    sentence: "The AI provider's content filter stopped this answer. Say it in other words.",
  },
  {
    fault: 'a refusal',
    script: { do: 'answer', answer: { ...cut, stop: 'refused' } },
    kind: 'refused',
    sentence: 'The model declined to answer this. Say it in other words, or ask another model.',
  },
  {
    fault: 'a cut in the middle',
    script: { do: 'cut', answer: cut },
    kind: 'cut-off',
    sentence: BROKE_OFF,
  },
  {
    fault: 'a stall in the middle',
    script: { do: 'stall', answer: cut },
    kind: 'cut-off',
    sentence: BROKE_OFF,
  },
  {
    fault: 'a malformed chunk',
    script: { do: 'garble', answer: cut },
    kind: 'cut-off',
    sentence: BROKE_OFF,
  },
  {
    fault: 'an end without a stop reason',
    script: { do: 'trail-off', answer: cut },
    kind: 'cut-off',
    sentence: BROKE_OFF,
  },
  {
    fault: 'an empty answer',
    script: { do: 'answer', answer: {} },
    kind: 'cut-off',
    sentence: BROKE_OFF,
  },
  { fault: 'silence', script: { do: 'silence' }, kind: 'unreachable', sentence: UNREACHABLE },
  {
    fault: 'a redirect',
    script: {
      do: 'reply',
      status: 307,
      headers: { location: 'http://169.254.169.254/' },
      body: '',
    },
    kind: 'wrong-address',
    sentence: WRONG_ADDRESS,
  },
  {
    fault: 'a web page',
    script: { do: 'reply', status: 200, headers: page, body: '<!doctype html><title>Hi</title>' },
    kind: 'bad-request',
    sentence: 'The AI provider did not accept the request. Check which model is configured.',
  },
];

const SECRET_TEXT = 'the-words-of-a-person';

/** `without`: kinds that the vendor has no sign for, because the model just says so. */
export function describeFaults(
  name: string,
  create: () => Promise<FaultyProvider>,
  without: ProviderErrorKind[] = [],
): void {
  const rows = FAULTS.filter(({ kind }) => !without.includes(kind));

  describe(`faults: ${name}`, () => {
    let under: FaultyProvider;

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.server.stop());

    async function failureOf(provider: Provider): Promise<ProviderError> {
      const request = toRequest(under.model, { messages: [{ role: 'user', text: SECRET_TEXT }] });
      const error = await collect(provider.stream(request, never)).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ProviderError);
      for (const words of wordsOf(error)) {
        expect(words).not.toContain(SECRET_TEXT);
        expect(words).not.toContain(under.apiKey);
      }
      return error;
    }

    it.each(rows)('says so: $fault', async ({ script, kind, sentence, retryAfterMs }) => {
      under.server.will(script);
      const error = await failureOf(under.provider);
      expect({ kind: error.kind, sentence: describeFailure(error) }).toEqual({ kind, sentence });
      expect(error.retryAfterMs).toBe(retryAfterMs);
      expect(error.message.startsWith(`${under.provider.name}: `)).toBe(true);
      await under.server.abandoned();
    });

    it('says so below the text: a truncation', async () => {
      under.server.will({ do: 'answer', answer: { ...cut, stop: 'length' } });
      const { text, outcome } = await answer({
        stream: (asked, signal) => under.provider.stream({ ...asked, model: under.model }, signal),
        ...toRequest(under.model),
        toolbox: NO_TOOLS,
        budget: budgetOf(),
        signal: never,
        onProgress: () => undefined,
      });
      expect(outcome).toBe('answered');
      expect(text).toBe('One two three four\n\n_The answer was cut off at the length limit._');
    });

    it('says so when the connection is tested: a wrong key, where there are keys', async () => {
      if (!under.wrongKey) return expect(under.apiKey).toBe('none');
      expect(await under.wrongKey.testConnection()).toEqual({
        ok: false,
        message: expect.stringMatching(/^\S+: refused the key \(status 40[013].*\)\.$/),
      });
    });

    it('says so: an unreachable host', async () => {
      const error = await failureOf(under.unreachable);
      expect({ kind: error.kind, sentence: describeFailure(error) }).toEqual({
        kind: 'unreachable',
        sentence: UNREACHABLE,
      });
      expect(error.message).toContain('ECONNREFUSED');
      expect(await under.unreachable.testConnection()).toEqual({
        ok: false,
        message: expect.stringMatching(/could not be reached \(ECONNREFUSED\)\.$/),
      });
    });
  });
}

const NO_TOOLS: Toolbox = {
  run: () => Promise.reject(new Error('no tool was to be run')),
  effects: () => ({ newTickets: [], changedTickets: [], settings: undefined, questions: [] }),
};

/** Everything of an error that a log may show. */
function wordsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.message, ...wordsOf(error.cause)];
}
