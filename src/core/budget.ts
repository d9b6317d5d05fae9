/**
 * How a model's context is shared out: the rules, what it may write, what its research may bring in,
 * and the conversation, which gets the most. What does not fit a small model is cut here, in the open,
 * and not by the vendor.
 */

export interface Budget {
  /** Characters of the conversation and its text files, images counted as such. */
  conversation: number;
  /** Characters of tool results in one turn. */
  research: number;
  /** Tokens that the model may write in one step. */
  outputTokens: number;
}

/** For a model that does not say how much it takes. */
const DEFAULT_CONTEXT_TOKENS = 128_000;
/** Characters per token, low enough for code and for languages that need more tokens. */
const CHARACTERS_PER_TOKEN = 3;
/** The rules, the definitions of the tools and the state with a few drafts. */
const RULES_TOKENS = 5_000;
const MAX_OUTPUT_TOKENS = 8_192;
const OUTPUT_SHARE = 0.15;
const RESEARCH_SHARE = 0.25;
/** Of the whole: what the conversation and research have together even in the smallest model. */
const LEAST_SHARE = 0.4;

export function budgetOf(contextTokens = DEFAULT_CONTEXT_TOKENS): Budget {
  const outputTokens = Math.min(MAX_OUTPUT_TOKENS, Math.floor(contextTokens * OUTPUT_SHARE));
  const left = contextTokens - RULES_TOKENS - outputTokens;
  const characters = Math.max(left, contextTokens * LEAST_SHARE) * CHARACTERS_PER_TOKEN;
  const research = Math.floor(characters * RESEARCH_SHARE);
  return { conversation: Math.floor(characters) - research, research, outputTokens };
}
