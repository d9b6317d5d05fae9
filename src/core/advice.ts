/** What a person should know about a draft before deciding; it follows the card by an update. */
import type { Duplicate } from './duplicates.ts';

/** What is absent is not known yet, or there is nothing to say. */
export interface Advice {
  /** Open issues, and those closed lately, that may be the same; the likeliest first. */
  duplicates?: Duplicate[];
  /** Names the project does not have: they are not filed. */
  unknown?: UnknownName[];
  /** Required fields of the project's template that nothing answers: it cannot be filed before. */
  missing?: string[];
  /** The template it is poured into. */
  template?: string;
  /** What that template adds when it is filed: the beginning of the title, labels, people. */
  adds?: string;
  /** Projects to choose from, where it is unclear which one is meant. */
  projects?: string[];
  /** What a second confirmation will be asked for. */
  warning?: string;
  /** Why it is not filed yet although it is approved. */
  waiting?: string;
}

export interface UnknownName {
  field: 'labels' | 'assignees' | 'milestone';
  name: string;
}

/** One that a project can be given; people cannot be made. */
export type NewName = UnknownName & { field: 'labels' | 'milestone' };

/** One of them, in words. */
export const NAME_WORDS = { labels: 'label', assignees: 'person', milestone: 'milestone' } as const;

/** Those that a person who may approve is offered to have created, each once. */
export function listCreatable({ unknown = [] }: Advice): NewName[] {
  const creatable = unknown.filter((one): one is NewName => one.field !== 'assignees');
  const keyOf = ({ field, name }: NewName) => `${field}:${name.toLowerCase()}`;
  return [...new Map(creatable.map((one) => [keyOf(one), one])).values()];
}
