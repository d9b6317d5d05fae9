/**
 * Runs the quick actions in a text as GitLab does. Its versions read text differently: the older
 * leave out what stands between backticks, tags and `>>>`, wherever these pair up in the raw text;
 * the newer look at top-level paragraphs of the rendered Markdown. A self-managed server may be
 * either, so what one of them would run is run.
 */

const NAMES =
  'approve|assign|award|cc|child_of|clear_milestone|clone|close|confidential|convert_to_ticket|copy_metadata|done|due|duplicate|epic|estimate|health_status|iteration|label|labels|link|lock|milestone|move|parent|promote|promote_to|promote_to_incident|reassign|relabel|relate|remove_due_date|remove_estimate|remove_milestone|reopen|rename|shrug|spend|status|subscribe|tableflip|title|todo|type|unassign|unlabel|unlock|unsubscribe|weight|zoom';

const FENCED = /^```.+?\n```$/msy;
const INLINE = [/`\n*.+?\n*`/sy, /^.*`\n*.+?\n*`$/msy];
const HTML = /^<[^>]+?>\n.+?\n<\/[^>]+?>$/msy;
const QUOTE = /^>>>.+?\n>>>$/msy;
const COMMAND = new RegExp(`^/(${NAMES})(?: ([^\\n]*))?(?:\\s*\\n|$)`, 'imy');

export interface Extraction {
  /** What is left of the text. */
  text: string;
  /** As `close` or `assign @ann`. */
  commands: string[];
}

export function extractQuickActions(text: string): Extraction {
  const plain = text.replaceAll('\r', '');
  const readings = [
    ...INLINE.map((inline) => scan(plain, [FENCED, inline, HTML, QUOTE])),
    scanParagraphs(plain),
  ];
  return readings.find(({ commands }) => commands.length > 0) ?? { text, commands: [] };
}

function scan(text: string, excluded: RegExp[]): Extraction {
  const commands: string[] = [];
  let kept = '';
  for (let at = 0; at < text.length; ) {
    const shielded = matchAt(excluded, text, at);
    const command = shielded === undefined ? execAt(COMMAND, text, at) : undefined;
    if (command) {
      commands.push([command[1]?.toLowerCase(), command[2]].filter(Boolean).join(' ').trim());
      at += command[0].length || 1;
    } else {
      const taken = shielded ?? text[at] ?? '';
      kept += taken;
      at += taken.length;
    }
  }
  return { text: kept, commands };
}

/** Lines between blank ones and fences, read one paragraph after the other; code is not looked at. */
function scanParagraphs(text: string): Extraction {
  const commands: string[] = [];
  const kept: string[] = [];
  let paragraph: string[] = [];
  let fence = '';
  const endParagraph = () => {
    if (paragraph.length === 0) return;
    const found = scan(paragraph.join('\n'), [/`.+?`/sy, HTML]);
    commands.push(...found.commands);
    kept.push(found.text);
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    const [, mark = ''] = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line) ?? [];
    const isCode = fence !== '' || mark !== '';
    if (isCode || line.trim() === '') endParagraph();
    if (isCode || line.trim() === '') kept.push(line);
    else paragraph.push(line);
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence) && line.trim() === mark) fence = '';
  }
  endParagraph();
  return { text: kept.join('\n'), commands };
}

function matchAt(patterns: RegExp[], text: string, at: number): string | undefined {
  for (const pattern of patterns) {
    const found = execAt(pattern, text, at)?.[0];
    if (found) return found;
  }
  return undefined;
}

function execAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Whom GitLab notifies: names after an at sign in prose, not in code, and not what is HTML. */
export function findMentions(text: string): string[] {
  const prose = text
    .replaceAll(/^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1/gm, '')
    .replaceAll(/(`+)[^`].*?\1/g, '');
  const found = prose.matchAll(/(?<![\w/])@([A-Za-z0-9_][\w.-]*(?:\/[\w.-]+)*)/g);
  return [...found].map(([, name = '']) => name);
}
