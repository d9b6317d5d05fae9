/** A message that somebody points at, as a request to draft from it: the same words on every platform. */

/** `by`: the name of whoever wrote it, where it is known. */
export function requestDraftFrom(text: string, by: string | undefined): string {
  const from = by === undefined ? '' : ` by ${by}`;
  return `Draft a ticket from this message${from}:\n\n${quote(text)}`;
}

/** Markdown: somebody else's words. */
export function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
