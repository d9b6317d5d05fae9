/** One issue of the local tracker as a file: YAML front matter, then the body. */
import { parse, stringify } from 'yaml';
import { z } from 'zod';

const frontMatterSchema = z.object({
  number: z.int(),
  title: z.coerce.string(),
  state: z.enum(['open', 'closed']).default('open'),
  labels: z.array(z.coerce.string()).default([]),
  assignees: z.array(z.coerce.string()).default([]),
  milestone: z.coerce.string().optional(),
  created: z.coerce.string(),
  marker: z.string().optional(),
});

export type IssueFile = z.infer<typeof frontMatterSchema> & { body: string };

export function formatIssueFile({ body, ...issue }: IssueFile): string {
  const { number, title, state, labels, assignees, milestone, created, marker } = issue;
  const matter = { number, title, state, labels, assignees, milestone, created, marker };
  return `---\n${stringify(matter, { lineWidth: 0 })}---\n\n${body.trim()}\n`;
}

/** People may edit these files; one that cannot be read any more is `undefined`. */
export function parseIssueFile(content: string): IssueFile | undefined {
  const found = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(content);
  if (!found) return undefined;
  const [, matter = '', body = ''] = found;
  const parsed = frontMatterSchema.safeParse(parseYaml(matter));
  return parsed.success ? { ...parsed.data, body: body.trim() } : undefined;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
