/** Text cut to what a chat platform takes, never inside a character. Limits are counted in UTF-16 units. */

/** At most `most` units, and no half of a surrogate pair. */
export function wellFormedPrefix(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** At most `most` units, with an ellipsis where something was left out. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : `${wellFormedPrefix(text, most - 1)}…`;
}
