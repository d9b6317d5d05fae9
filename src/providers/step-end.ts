/**
 * How a vendor's stream ends, judged the same way for every vendor: only what was finished counts.
 * A tool call is passed on when the vendor said that the step is complete, never before.
 */
import {
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ToolCall,
  type Usage,
} from '../core/provider.ts';

/** What the vendor gave as the reason; absent when the stream just ended. */
export type Ending = 'done' | 'length' | 'refused' | 'filtered';

export interface StepEnd {
  provider: string;
  request: ProviderRequest;
  ending: Ending | undefined;
  /** Any text was passed on. */
  wrote: boolean;
  calls: ToolCall[];
  usage: Usage;
}

/** The calls and the `end` event, or the `ProviderError` that this end is. */
export function* endStep(step: StepEnd): Generator<ProviderEvent> {
  const { provider, request, ending, wrote, calls, usage } = step;
  switch (ending) {
    case undefined:
      throw new ProviderError(provider, 'cut-off', 'the answer ended without a stop reason');
    case 'refused':
      throw new ProviderError(provider, 'refused', 'the model declined to answer');
    case 'filtered':
      throw new ProviderError(provider, 'filtered', 'the content filter stopped the answer');
    case 'length':
      yield { type: 'end', stopReason: 'length', usage };
      return;
    case 'done':
      if (!wrote && calls.length === 0 && !mayBeEmpty(request)) {
        throw new ProviderError(provider, 'cut-off', 'the answer was empty');
      }
      for (const call of calls) yield { type: 'toolCall', call };
      yield { type: 'end', stopReason: calls.length > 0 ? 'tools' : 'end', usage };
  }
}

/** After its tools ran, a model may well have nothing to add. */
function mayBeEmpty({ messages }: ProviderRequest): boolean {
  return messages.at(-1)?.role === 'tool';
}

/** Arguments as JSON; text that is none stays text, which no tool accepts, so the model is told. */
export function parseToolInput(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
