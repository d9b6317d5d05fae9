/**
 * Names as options of Slack's selects, and back. An option's value takes 75 characters: a longer name keeps its
 * beginning and a digest, and is found again among the names that begin so.
 */

import { cutText, wellFormedPrefix } from '../../src/core/cut-text.ts';
import type { Suggestion } from '../../src/core/suggest.ts';
import { digestOf } from '../../src/core/thread.ts';

export interface SelectOption {
  text: { type: 'plain_text'; text: string; emoji: boolean };
  value: string;
}

const MAX_OPTION = 75;
const DIGEST_LENGTH = 16;
const MARK = '~';
const LONG = /^([\s\S]*)~([0-9a-f]{16})$/;

/** Stands for nothing: Slack's selects cannot be emptied. */
export const NONE = '-none-';

export function toOption(name: string, label = name): SelectOption {
  const text = cutText(label.trim() || name, MAX_OPTION);
  return { text: { type: 'plain_text', text, emoji: false }, value: encode(name) };
}

export function noneOption(label: string): SelectOption {
  return { ...toOption(NONE, label) };
}

/** The answer to somebody typing into a select; `none` offers to empty it. */
export function toOptions(suggestions: Suggestion[], none?: string): SelectOption[] {
  const found = suggestions.map(({ value, label }) => toOption(value, label));
  return [...(none ? [noneOption(none)] : []), ...found].slice(0, 100);
}

function encode(name: string): string {
  if (name.length <= MAX_OPTION && !LONG.test(name)) return name;
  const kept = wellFormedPrefix(name, MAX_OPTION - DIGEST_LENGTH - 1);
  return `${kept}${MARK}${digestOf([name]).slice(0, DIGEST_LENGTH)}`;
}

/** The beginning by which a value's name is to be looked up; `undefined` when the value is the name. */
export function prefixToLookUp(value: string): string | undefined {
  return LONG.exec(value)?.[1];
}

/** The name among these that a value stands for. */
export function nameOf(value: string, known: readonly string[]): string | undefined {
  return prefixToLookUp(value) === undefined ? value : known.find((name) => encode(name) === value);
}
