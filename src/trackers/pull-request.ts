/** How much of a pull or merge request is read. */

/** Paths of changed files; both trackers give a hundred at once. */
export const MAX_CHANGED_FILES = 100;
/** Characters, so that the files fit into a tool's result too. */
const MAX_DESCRIPTION_LENGTH = 8_000;

export function cutDescription(text: string): string {
  if (text.length <= MAX_DESCRIPTION_LENGTH) return text;
  const beginning = text.slice(0, MAX_DESCRIPTION_LENGTH).toWellFormed();
  return `${beginning}\n(The description is longer; this is its beginning.)`;
}
