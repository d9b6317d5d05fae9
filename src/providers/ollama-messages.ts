/** A request in Ollama's words. */
import type { ChatRequest, Message, Tool } from 'ollama';
import type { ProviderMessage, ProviderRequest, ToolDefinition } from '../core/provider.ts';
import { UNSEEN_IMAGE } from './openai-content.ts';
import { toEnvelopeSchema } from './tools-as-json.ts';

type Body = ChatRequest & { stream: true };

/** What the model takes; more than that would be cut without a word. */
interface Room {
  images: boolean;
  contextTokens: number;
}

/** `envelope`: tools that the answer names in one JSON object, for models without tools of their own. */
export function toChatBody(request: ProviderRequest, room: Room, envelope: ToolDefinition[]): Body {
  const { model, system, messages, tools, maxOutputTokens } = request;
  return {
    model,
    stream: true,
    messages: [
      { role: 'system', content: system },
      ...messages.flatMap((message) => toMessages(message, room.images)),
    ],
    ...(tools.length > 0 && { tools: tools.map(toTool) }),
    ...(envelope.length > 0 && { format: toEnvelopeSchema(envelope) }),
    options: { num_ctx: room.contextTokens, num_predict: maxOutputTokens },
  };
}

function toMessages(message: ProviderMessage, seesImages: boolean): Message[] {
  switch (message.role) {
    case 'tool':
      return message.results.map(({ name, content }) => ({
        role: 'tool',
        tool_name: name,
        content,
      }));
    case 'assistant':
      return [toAssistant(message)];
    default: {
      const images = message.images ?? [];
      if (images.length === 0) return [{ role: 'user', content: message.text }];
      if (!seesImages) return [{ role: 'user', content: `${message.text}\n${UNSEEN_IMAGE}` }];
      return [{ role: 'user', content: message.text, images: images.map(({ base64 }) => base64) }];
    }
  }
}

function toAssistant({
  text,
  toolCalls,
}: Extract<ProviderMessage, { role: 'assistant' }>): Message {
  const calls = toolCalls.map(({ name, input }) => ({
    // What is no object was refused by the tool; the model sees it as its one argument.
    function: { name, arguments: isRecord(input) ? input : { input } },
  }));
  return { role: 'assistant', content: text, ...(calls.length > 0 && { tool_calls: calls }) };
}

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function toTool({ name, description, inputSchema }: ToolDefinition): Tool {
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}
