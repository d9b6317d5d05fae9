/** A request in Gemini's words. */
import type { Content, GenerateContentParameters, Part } from '@google/genai';
import type { ProviderMessage, ProviderRequest, ToolCall } from '../core/provider.ts';

/** `signatures`: what each call came with, by its id. */
export function toGenerateParameters(
  { model, system, messages, tools, maxOutputTokens }: ProviderRequest,
  signatures: ReadonlyMap<string, string>,
  abortSignal: AbortSignal,
): GenerateContentParameters {
  const functionDeclarations = tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    parametersJsonSchema: inputSchema,
  }));
  return {
    model,
    contents: messages.map((message) => toContent(message, signatures)),
    config: {
      systemInstruction: system,
      maxOutputTokens,
      abortSignal,
      automaticContinuation: false,
      automaticFunctionCalling: { disable: true },
      ...(tools.length > 0 && { tools: [{ functionDeclarations }] }),
    },
  };
}

function toContent(message: ProviderMessage, signatures: ReadonlyMap<string, string>): Content {
  switch (message.role) {
    case 'tool':
      return {
        role: 'user',
        parts: message.results.map(({ name, content, isError }) => ({
          functionResponse: { name, response: { [isError ? 'error' : 'output']: content } },
        })),
      };
    case 'assistant': {
      const calls = message.toolCalls.map((call) => toCallPart(call, signatures));
      // A message without any part is refused.
      const text = message.text || calls.length === 0 ? [{ text: message.text || '…' }] : [];
      return { role: 'model', parts: [...text, ...calls] };
    }
    default: {
      const images = (message.images ?? []).map(({ mimeType, base64: data }) => ({
        inlineData: { mimeType, data },
      }));
      return { role: 'user', parts: [{ text: message.text }, ...images] };
    }
  }
}

function toCallPart({ id, name, input }: ToolCall, signatures: ReadonlyMap<string, string>): Part {
  const thoughtSignature = signatures.get(id);
  const args = isRecord(input) ? input : { input };
  return { functionCall: { name, args }, ...(thoughtSignature && { thoughtSignature }) };
}

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
