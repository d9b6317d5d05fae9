/** Text longer than one input of a chat platform's window, over several of them and back, to the letter. */
import { wellFormedPrefix } from './cut-text.ts';

/** White space between two pieces that is kept aside, at most. */
const MAX_JOINT = 20;
/** What stands between the text and what is written into the empty input after it. */
export const NEW_PARAGRAPH = '\n\n';

export interface SplitText {
  /** At least one; begin and end without white space where they were cut at some. */
  pieces: string[];
  /** What was between one piece and the next. */
  joints: string[];
}

/** Cut at paragraphs, else at lines, else at words, else anywhere but inside a character. */
export function splitLongText(text: string, pieceLength: number): SplitText {
  const pieces: string[] = [];
  const joints: string[] = [];
  let rest = text;
  while (rest.length > pieceLength) {
    const { at, joint } = findJoint(wellFormedPrefix(rest, pieceLength));
    pieces.push(rest.slice(0, at));
    joints.push(joint);
    rest = rest.slice(at + joint.length);
  }
  return { pieces: [...pieces, rest], joints };
}

function findJoint(window: string): { at: number; joint: string } {
  for (const gap of [/\n[ \t]*\n+/g, /\n+/g, /[ \t]+/g]) {
    const last = [...window.matchAll(gap)]
      .filter(({ index, 0: joint }) => index > window.length / 2 && joint.length <= MAX_JOINT)
      // A gap that reaches the window's end may go on beyond it.
      .filter(({ index, 0: joint }) => index + joint.length < window.length)
      .at(-1);
    if (last) return { at: last.index, joint: last[0] };
  }
  return { at: window.length, joint: '' };
}

/** Back together; an input that was emptied takes the gap before it along. */
export function joinLongText(pieces: readonly string[], joints: readonly string[]): string {
  let text = '';
  for (const [index, piece] of pieces.entries()) {
    if (piece === '') continue;
    const joint = text === '' ? '' : (joints[index - 1] ?? NEW_PARAGRAPH);
    text += joint + piece;
  }
  return text;
}
