/** What is left where a secret was taken out of the text: it says nothing that a ticket could. */

const MARKERS = /\[redacted(?:: [^\]\n]{1,40})?\]/gi;
const MARKER_AT_END = /\s*[([:=–-]?\s*\[redacted(?:: [^\]\n]{1,40})?\][\s.)\]]*$/i;
/** A variable, whatever it is called. */
const ASSIGNED = /[\w.-]+["'`]?\s*(?::=|=>|=)/g;
/** What people say when they hand a secret over. */
const HANDING_OVER = new Set(
  `a an and for here is it my our that the this to use with your api access key keys secret secrets token tokens password passwords passphrase pwd credential credentials auth authorization bearer basic login`.split(
    ' ',
  ),
);

export function saysOnlySecrets(text: string): boolean {
  const rest = text.replaceAll(MARKERS, ' ');
  if (rest === text) return false;
  const words =
    rest
      .replaceAll(ASSIGNED, ' ')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.every((word) => HANDING_OVER.has(word));
}

/** "It prints the key: [redacted: OpenAI key]" as "It prints the key". */
export function withoutSecretAtEnd(text: string): string {
  return text.replace(MARKER_AT_END, '');
}
