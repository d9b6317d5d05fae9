/**
 * What a server that speaks OpenAI's language really takes, found out by being refused: each
 * refusal that names a feature leaves one way less to try. Remembered per model by the provider.
 */
import type { ProviderRequest } from '../core/provider.ts';
import { toProviderError, type VendorRefusal, wordsOf } from './vendor-refusal.ts';

/** Lists are in the order of preference; the first is used. */
export interface Features {
  /** OpenAI itself: its own extensions may be used. */
  official: boolean;
  /** How the output limit is named; an empty list sends none. */
  tokenLimits: readonly ('max_tokens' | 'max_completion_tokens')[];
  /** How tool calls are got. */
  outputs: readonly ('tools' | 'json_schema' | 'json_object' | 'prompt')[];
  /** Usage can be asked for in a stream. */
  usage: boolean;
  images: boolean;
}

/**
 * Elsewhere than at OpenAI the old name of the limit comes first: a server that does not know the
 * new one may ignore it silently, while one that refuses the old one says so.
 */
export function expectFeatures(api: 'responses' | 'chat', official: boolean): Features {
  if (api === 'responses') return RESPONSES;
  return {
    official,
    tokenLimits: official
      ? ['max_completion_tokens', 'max_tokens']
      : ['max_tokens', 'max_completion_tokens'],
    outputs: ['tools', 'json_schema', 'json_object', 'prompt'],
    usage: true,
    images: true,
  };
}

/** Only one vendor has that interface; its models differ in what they see. */
const RESPONSES: Features = {
  official: true,
  tokenLimits: [],
  outputs: [],
  usage: false,
  images: true,
};

/** What to try after this refusal; undefined when it was about something else. */
export function narrowFeatures(
  features: Features,
  refusal: VendorRefusal,
  request: ProviderRequest,
): Features | undefined {
  const words = wordsOf(refusal);
  const { kind } = toProviderError('', refusal);
  const [limit] = features.tokenLimits;
  if (refusal.status !== 429 && limit && new RegExp(`\\b${limit}\\b`).test(words)) {
    return { ...features, tokenLimits: features.tokenLimits.slice(1) };
  }
  if (kind !== 'bad-request' && kind !== 'overloaded') return undefined;
  if (features.usage && /stream_options|include_usage/i.test(words)) {
    return { ...features, usage: false };
  }
  if (features.images && hasImages(request) && /image|vision|multi-?modal/i.test(words)) {
    return { ...features, images: false };
  }
  const [output] = features.outputs;
  if (request.tools.length === 0 || !output || !REFUSES[output].test(words)) return undefined;
  return { ...features, outputs: features.outputs.slice(1) };
}

const REFUSES: Record<Features['outputs'][number], RegExp> = {
  tools: /\btools?\b|tool[_ -](?:use|choice|call)|function.?call/i,
  json_schema: /response_format|json_schema|schema|structured|grammar/i,
  json_object: /response_format|json_object|json.?mode/i,
  prompt: /(?!)/,
};

function hasImages({ messages }: ProviderRequest): boolean {
  return messages.some((message) => message.role === 'user' && message.images?.length);
}
