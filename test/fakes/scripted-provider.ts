/** A model that does as told: echoes what it was shown, and while there is no draft makes one for `draft TITLE`. */
import { readPrompt } from '../../src/core/prompt.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '../../src/core/provider.ts';
import type { DraftInput } from '../../src/core/tools.ts';

const USAGE = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 };

/** Everything of a draft but its title. */
export const DRAFT: Omit<DraftInput, 'title'> = {
  description: 'It hangs.',
  type: 'bug',
  priority: 'high',
  acceptanceCriteria: ['It answers within a second', 'The last row is there'],
  tasks: [],
  labels: [],
  assignees: [],
  estimate: null,
  milestone: null,
  project: null,
  parent: null,
  reasoning: null,
};

export interface ScriptedProviderOptions {
  /** Awaited before each event. */
  beforeEvent?(): Promise<void>;
}

export function createScriptedProvider({ beforeEvent }: ScriptedProviderOptions = {}): Provider {
  return {
    name: 'script',
    async *stream(request, signal) {
      for (const event of eventsFor(request)) {
        await beforeEvent?.();
        signal.throwIfAborted();
        yield event;
      }
    },
    listModels: async () => [],
    testConnection: async () => ({ ok: true, message: 'It does as told.' }),
  };
}

function eventsFor(request: ProviderRequest): ProviderEvent[] {
  const { messages, state } = readPrompt(request.messages);
  const said = messages.filter(({ role }) => role === 'user');
  const asked = said.findLast(({ text }) => text.startsWith('draft '));
  const title = asked?.text.slice('draft '.length);
  if (title && state?.drafts.length === 0 && request.messages.at(-1)?.role !== 'tool') {
    const input = { tickets: [{ ...DRAFT, title }] };
    return [
      { type: 'text', text: 'Drafting.' },
      { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input } },
      { type: 'end', stopReason: 'tools', usage: USAGE },
    ];
  }
  return [
    { type: 'text', text: 'heard: ' },
    { type: 'text', text: said.map(({ text }) => text).join(' | ') },
    { type: 'end', stopReason: 'end', usage: USAGE },
  ];
}
