/**
 * Tools for models that have none: the model is asked to answer with one JSON object that says what
 * people read and which tools to run, and that object is read back into text and calls.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type {
  ProviderEvent,
  ProviderMessage,
  ProviderRequest,
  ToolCall,
  ToolDefinition,
} from '../core/provider.ts';
import { parseToolInput } from './step-end.ts';

const envelopeSchema = z.object({
  say: z.string().default(''),
  calls: z.array(z.object({ tool: z.string(), input: z.unknown() })).default([]),
});

/** The same request without tools: they are described in the system prompt instead. */
export function describeTools(request: ProviderRequest): ProviderRequest {
  const { system, messages, tools } = request;
  const described = tools.map(
    ({ name, description, inputSchema }) =>
      `- ${name}: ${description} Input schema: ${JSON.stringify(inputSchema)}`,
  );
  const rules = `## How to use tools
Answer with one JSON object and nothing else: {"say": "what people read", "calls": [{"tool": "name", "input": {}}]}. Leave "calls" empty when no tool is needed. Results come back inside <tool_results>. The tools:
${described.join('\n')}`;
  return {
    ...request,
    system: tools.length > 0 ? `${system}\n\n${rules}` : system,
    messages: messages.map(tellCalls),
    tools: [],
  };
}

/** Calls and results as text, for a request that offers no tools. */
export function tellCalls(message: ProviderMessage): ProviderMessage {
  if (message.role === 'assistant' && message.toolCalls.length > 0) {
    const calls = message.toolCalls.map(({ name, input }) => ({ tool: name, input }));
    const text = JSON.stringify({ say: message.text, calls });
    return { role: 'assistant', text, toolCalls: [] };
  }
  if (message.role !== 'tool') return message;
  const results = message.results.map(({ name, content, isError }) => ({
    tool: name,
    [isError ? 'error' : 'result']: content,
  }));
  const text = `<tool_results>\n${JSON.stringify(results).replaceAll('</', '<\\/')}\n</tool_results>`;
  return { role: 'user', text };
}

/** The JSON schema of that object, in the subset that every vendor takes. */
export function toEnvelopeSchema(tools: ToolDefinition[]): Record<string, unknown> {
  const calls = tools.map(({ name, inputSchema }) =>
    toObjectSchema({ tool: { type: 'string', enum: [name] }, input: inputSchema }),
  );
  return toObjectSchema({
    say: { type: 'string', description: 'What people read. Empty when there is nothing to say.' },
    calls: { type: 'array', items: { anyOf: calls } },
  });
}

function toObjectSchema(properties: Record<string, unknown>) {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** Reads the object out of a finished stream of text. What is no such object stays text. */
export async function* readEnvelope(
  events: AsyncIterable<ProviderEvent>,
  tools: ToolDefinition[],
): AsyncGenerator<ProviderEvent> {
  let written = '';
  for await (const event of events) {
    if (event.type === 'text') written += event.text;
    else if (event.type === 'toolCall') yield event;
    else if (event.stopReason === 'length') {
      if (!looksLikeJson(written)) yield { type: 'text', text: written };
      yield event;
    } else {
      const { text, calls } = parseEnvelope(written, tools);
      if (text) yield { type: 'text', text };
      for (const call of calls) yield { type: 'toolCall', call };
      yield calls.length > 0 ? { ...event, stopReason: 'tools' } : event;
    }
  }
}

function parseEnvelope(
  written: string,
  tools: ToolDefinition[],
): { text: string; calls: ToolCall[] } {
  const start = written.indexOf('{');
  const json = start < 0 ? '' : written.slice(start, written.lastIndexOf('}') + 1);
  const parsed = envelopeSchema.safeParse(parseToolInput(json));
  const first = tools[0];
  if (json && parsed.success) {
    const { say, calls } = parsed.data;
    return { text: say, calls: calls.map(({ tool, input }) => toCall(tool, input)) };
  }
  if (!first || !looksLikeJson(written)) return { text: written, calls: [] };
  const named = /"tool"\s*:\s*"([\w-]{1,64})"/.exec(written)?.[1] ?? first.name;
  return { text: '', calls: [toCall(named, written)] };
}

function looksLikeJson(text: string): boolean {
  return /^\s*(?:```(?:json)?\s*)?\{/.test(text);
}

function toCall(name: string, input: unknown): ToolCall {
  return { id: `call_${randomUUID()}`, name, input };
}
