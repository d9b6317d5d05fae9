/** The windows of one question each: where a ticket goes and whose it is, and a template's missing fields. */
import { digestOf } from '../../src/core/thread.ts';
import { type About, choice, type Input, MAX_LABEL, MOST_INPUTS, textInput } from './modal.ts';

// --- Project and people ------------------------------------------------------------------------------

export async function projectInputs(about: About): Promise<Input[]> {
  const { ticket, project } = about;
  return [
    textInput({
      id: 'project',
      label: 'Project',
      value: ticket.project ?? '',
      ...{ optional: true },
      placeholder: project ?? 'github:owner/repository',
    }),
    ...(await namesInput(about, 'labels', 'Labels')),
    ...(await namesInput(about, 'assignees', 'Assignees')),
    ...(await namesInput(about, 'milestone', 'Milestone')),
  ];
}

/** A select where the project has at most as many names as one holds; else what is typed is checked at the project. */
async function namesInput(
  { ticket, names }: About,
  field: 'labels' | 'assignees' | 'milestone',
  label: string,
): Promise<Input[]> {
  const chosen = [ticket[field] ?? []].flat();
  const known = await names(field);
  const options = [...new Set([...chosen, ...known])].filter((name) => name.length <= 100);
  const fits = known.length > 0 && options.length <= 25 && options.length >= chosen.length;
  if (fits)
    return [
      choice({ id: field, label, options, chosen, several: field !== 'milestone', optional: true }),
    ];
  return [
    textInput({
      id: field,
      label: field === 'milestone' ? label : `${label}, separated by commas`,
      value: chosen.join(', '),
      optional: true,
    }),
  ];
}

// --- Fields of a template ------------------------------------------------------------------------------

/** As many as a window holds; the button stays for the rest. An input names its field by a digest: titles are too long. */
export function fillInputs(missing: string[]): Input[] {
  return missing.slice(0, MOST_INPUTS).map((field) =>
    textInput({
      ...{ id: fillIdOf(field), label: field, value: '', long: true, optional: true },
      ...(field.length > MAX_LABEL && { placeholder: field }),
    }),
  );
}

/** What was filled in, in the template's order. */
export function filledIn(
  values: Map<string, string>,
  missing: string[],
): { field: string; text: string }[] {
  return missing
    .map((field) => ({ field, text: values.get(fillIdOf(field))?.trim() ?? '' }))
    .filter(({ text }) => text !== '');
}

const fillIdOf = (field: string) => `fill-${digestOf([field]).slice(0, 16)}`;
