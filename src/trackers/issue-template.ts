/** Issue templates as projects keep them: GitHub's forms in YAML, and Markdown with or without front matter. */
import { parse } from 'yaml';
import { z } from 'zod';
import type { IssueTemplate, TemplateField, TemplatePresets } from '../core/tracker.ts';

const MAX_FIELDS = 40;
/** Labels, or people. */
const MAX_NAMES = 20;
const text = z.coerce.string();

const optionSchema = z.union([
  z.string(),
  z.object({ label: text, required: z.boolean().optional() }),
]);
const elementSchema = z.object({
  type: z.string(),
  attributes: z
    .object({ label: text.optional(), options: z.array(optionSchema).optional() })
    .optional(),
  validations: z.object({ required: z.boolean().optional() }).optional(),
});
/** A list, or names with commas between them. */
const namesSchema = z
  .union([z.array(text), z.string().transform((list) => list.split(','))])
  .transform((names) =>
    names
      .map((name) => name.trim())
      .filter(Boolean)
      .slice(0, MAX_NAMES),
  )
  .catch([]);
const presetSchema = z.object({
  title: z.string().optional().catch(undefined),
  labels: namesSchema,
  assignees: namesSchema,
  type: z.string().optional().catch(undefined),
});
const formSchema = z.object({
  name: text.optional(),
  description: text.optional(),
  ...presetSchema.shape,
  body: z.array(elementSchema).max(200),
});
const frontMatterSchema = z.object({
  name: text.optional(),
  about: text.optional(),
  ...presetSchema.shape,
});

/** A form's questions; what GitHub only shows (`markdown`) is none. `undefined` when it is no form. */
export function parseForm(file: string, content: string): IssueTemplate | undefined {
  const parsed = formSchema.safeParse(parseYaml(content));
  if (!parsed.success) return undefined;
  const { name, description = '', body, ...presets } = parsed.data;
  const fields = body.filter(({ type }) => type !== 'markdown').flatMap(toField);
  return {
    ...{ name: name ?? nameOf(file), description, fields: fields.slice(0, MAX_FIELDS) },
    ...toPresets(presets),
  };
}

/** Absent where it sets nothing. */
export function toPresets({
  title = '',
  labels,
  assignees,
  type,
}: z.infer<typeof presetSchema>): Pick<IssueTemplate, 'presets'> {
  const prefix = isPrefix(title.trim()) ? `${title.trim()} ` : undefined;
  const sets = labels.length + assignees.length > 0 || prefix || type;
  if (!sets) return {};
  return {
    presets: { labels, assignees, ...(prefix && { title: prefix }), ...(type && { type }) },
  };
}

/**
 * One tag, and what parts it from the title: `[Bug]`, `Bug:`, an emoji. Anything more is there to be written over,
 * `Bug: [short summary]` for instance.
 */
const PREFIXES = [
  /^(?:\[[^\]<>]{1,30}\]|\([^)<>]{1,30}\)|\{[^}<>]{1,30}\})\s*[:|–—-]?$/u,
  /^[\p{L}\p{N}][\p{L}\p{N} _/]{0,29}[:|–—-]$/u,
  /^\p{Extended_Pictographic}\uFE0F?[\p{L}\p{N} _/]{0,30}[:|–—-]?$/u,
];

const isPrefix = (title: string) => PREFIXES.some((form) => form.test(title));

/** `/label ~bug ~"needs triage"` and `/assign @ann`: what a GitLab template does when an issue is made from it. */
export function parseQuickActions(content: string): TemplatePresets {
  const given = (action: string, name: RegExp) =>
    [...withoutHidden(content).matchAll(new RegExp(`^/${action}[ \\t]+(.+)$`, 'gm'))]
      .flatMap(([, rest = '']) => [...rest.matchAll(name)])
      .map(([, quoted, plain]) => quoted ?? plain ?? '')
      .slice(0, MAX_NAMES);
  return {
    labels: given('labels?', /~(?:"([^"]+)"|([^\s"~]+))/g),
    assignees: given('assign', /@([\w.-]+)/g),
  };
}

type Element = z.infer<typeof elementSchema>;

function toField({ type, attributes, validations }: Element): TemplateField[] {
  const title = attributes?.label?.trim();
  if (!title) return [];
  const options = attributes?.options ?? [];
  const names = options.map((option) => (typeof option === 'string' ? option : option.label));
  if (type === 'checkboxes') return [{ title, required: false, boxes: names }];
  const required = validations?.required ?? false;
  return [{ title, required, ...(names.length > 0 && { options: names }) }];
}

/** Its headings are the fields; front matter is for the tracker and gets no further. */
export function parseMarkdown(file: string, content: string): IssueTemplate {
  const [, matter = '', body = content] =
    /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(content) ?? [];
  const known = frontMatterSchema.safeParse(parseYaml(matter)).data ?? frontMatterSchema.parse({});
  const { name, about = '', ...presets } = known;
  const headings = [...withoutHidden(body).matchAll(/^(#{1,6})[ \t]+(.+?)[ \t#]*$/gm)];
  const fields = headings.map(([, marks = '', title = '']) => {
    return { title, required: false, level: marks.length };
  });
  return {
    ...{ name: name ?? nameOf(file), description: about, fields: fields.slice(0, MAX_FIELDS) },
    ...toPresets(presets),
  };
}

/** Hints in comments, and examples in code, are no headings. */
const withoutHidden = (body: string) =>
  body.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '').replaceAll(/```[\s\S]*?(?:```|$)/g, '');

const nameOf = (file: string) => file.slice(file.lastIndexOf('/') + 1).replace(/\.\w+$/, '');

function parseYaml(content: string): unknown {
  try {
    return parse(content, { maxAliasCount: 10 }) ?? {};
  } catch {
    return undefined;
  }
}
