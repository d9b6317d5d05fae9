/** Markdown as Discord shows it: what it does not know is written in what it does. */

const FENCE = /^\s*(`{3,}|~{3,})/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;

/** Outside of code: tables become code, task lists and small headings signs, images their links. */
export function toDiscordMarkdown(text: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  let table: string[] = [];
  const endTable = () => {
    if (table.length > 0) lines.push('```', ...table, '```');
    table = [];
  };
  for (const line of text.toWellFormed().split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    if (!fence && TABLE_ROW.test(line)) {
      table.push(line.trim());
      continue;
    }
    endTable();
    if (mark && (!fence || mark.startsWith(fence))) fence = fence ? undefined : mark;
    lines.push(fence || mark ? line : toDiscordLine(line));
  }
  endTable();
  return lines.join('\n');
}

function toDiscordLine(line: string): string {
  return line
    .replace(/^(\s*)[-*+] \[ \] /, '$1- ☐ ')
    .replace(/^(\s*)[-*+] \[[xX]\] /, '$1- ☑ ')
    .replace(/^#{4,6}\s+(.+)$/, '**$1**')
    .replace(/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/, '⸻')
    .replaceAll(/!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, (_, alt, url) => `[${alt || 'image'}](${url})`)
    .replaceAll(/<br\s*\/?>/gi, '\n')
    .replaceAll(/<!--.*?-->/g, '');
}

/** What somebody else wrote, where it must not look like anything but words. */
export function escapeDiscord(text: string): string {
  return text.toWellFormed().replaceAll(/([\\*_~`|>[\]()#-])/g, '\\$1');
}
