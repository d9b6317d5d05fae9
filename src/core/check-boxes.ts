/** The check boxes in a draft's description. People tick them; a model has neither agreed nor searched. */

const TICKED = /^([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t>]+)+)\[x\](?=\s|$)(.*)$/i;
const HEADING = /^#{1,6}\s(.*)$/;

/** As a model wrote it, without the ticks that were not there before, under the same heading. */
export function keepTicks(description: string, before: string): string {
  const known = new Set(linesOf(before).map(({ ticked }) => ticked));
  return linesOf(description)
    .map(({ line, ticked }) =>
      ticked === undefined || known.has(ticked) ? line : line.replace(TICKED, '$1[ ]$2'),
    )
    .join('\n');
}

/** `ticked`: the words at the box that is ticked here, and the heading above. */
function linesOf(description: string) {
  let heading = '';
  return description.split('\n').map((line) => {
    heading = HEADING.exec(line)?.[1] ?? heading;
    const words = TICKED.exec(line)?.[2];
    const ticked = words === undefined ? undefined : `${heading.trim()}\n${words.trim()}`;
    return { line, ticked: ticked?.toLowerCase() };
  });
}
