/** The offline drafter as a provider like any other. */
import { describe, expect, it } from 'vitest';
import type { ProviderEvent, ProviderMessage, ToolCall } from '../../src/core/provider.ts';
import { toolDefinitions } from '../../src/core/tools.ts';
import { createOfflineProvider } from '../../src/providers/offline.ts';
import { describeProvider } from '../contracts/provider.ts';

describeProvider('offline', async () => ({
  provider: createOfflineProvider(),
  model: 'rules',
  stop: async () => undefined,
}));

const CALL: ToolCall = {
  id: 'offline-draft_tickets',
  name: 'draft_tickets',
  input: { tickets: [] },
};

/** The draft, and then that it was sent back, this many times. */
async function sendBack(times: number): Promise<ProviderEvent[]> {
  const result = { callId: CALL.id, name: CALL.name, content: 'title: too long', isError: true };
  const round: ProviderMessage[] = [
    { role: 'assistant', text: '', toolCalls: [CALL] },
    { role: 'tool', results: [result] },
  ];
  const request = {
    model: 'rules',
    system: '',
    messages: Array.from({ length: times }, () => round).flat(),
    tools: toolDefinitions({ research: false }),
    maxOutputTokens: 1_000,
  };
  const events: ProviderEvent[] = [];
  const stream = createOfflineProvider().stream(request, new AbortController().signal);
  for await (const event of stream) events.push(event);
  return events;
}

describe('the offline drafter, when its draft is sent back', () => {
  it('offers it once more as it is', async () => {
    expect(await sendBack(1)).toContainEqual({ type: 'toolCall', call: CALL });
  });

  it('then says what is wrong', async () => {
    const events = await sendBack(2);
    const text = events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('');
    expect(events.some(({ type }) => type === 'toolCall')).toBe(false);
    expect(text).toContain('That did not work (title: too long)');
  });
});
