/** The code by which two accounts become one person: how it is made, and told from a word. */
import { randomInt } from 'node:crypto';

/** Without letters and digits that look alike: some 40 bits in eight of them. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789';
const CODE_LENGTH = 8;
/** With a digit in it: no word is one. */
const CODE = new RegExp(`^(?=.*\\d)[${ALPHABET}]{${CODE_LENGTH}}$`, 'i');

export function createLinkCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const code = letters.join('');
  return isLinkCode(code) ? code : createLinkCode();
}

/** Typed in small letters it is the same. */
export function isLinkCode(text: string): boolean {
  return CODE.test(text);
}
