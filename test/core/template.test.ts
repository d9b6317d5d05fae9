/** A draft in the project's own template, and where it goes. */
import { describe, expect, it } from 'vitest';
import { judgeDuplicates } from '../../src/core/duplicates.ts';
import { formatRoute, parseRoutes, projectFor } from '../../src/core/routing.ts';
import { answerField, chooseTemplate, pour } from '../../src/core/template.ts';
import { parseForm, parseMarkdown } from '../../src/trackers/issue-template.ts';

const template = (name: string, description = '') => ({ name, description, fields: [] });
const ticket = { type: 'bug', acceptanceCriteria: [], tasks: [] } as const;
const fields = { ...ticket, acceptanceCriteria: [], tasks: [], editedFields: [] };

describe('choosing a template', () => {
  it('goes by its name, then by what it says of itself', () => {
    const all = [template('Idea'), template('Anything', 'Report a bug'), template('bug_report')];
    expect(chooseTemplate(all, 'bug')?.name).toBe('bug_report');
    expect(chooseTemplate(all.slice(0, 2), 'bug')?.name).toBe('Anything');
    expect(chooseTemplate(all, 'improvement')?.name).toBe('Idea');
    expect(chooseTemplate(all, 'task')).toBeUndefined();
    expect(chooseTemplate([...all, template('Default')], 'task')?.name).toBe('Default');
  });
});

describe('pouring', () => {
  it('answers the questions in their order and loses nothing', () => {
    const asks = ['Steps to reproduce', 'Description', 'Logs'].map((title) => ({
      title,
      required: title === 'Logs',
    }));
    const description = 'Nobody can pay.\n\n## Notes\n\nSince noon.\n\n## Steps\n\n1. Pay';
    const poured = pour({ ...template('Bug'), fields: asks }, { ...fields, description });
    expect(poured.missing).toEqual(['Logs']);
    const order = ['### Steps to reproduce', '1. Pay', '### Description', 'Nobody can pay.'];
    const rest = ['### Logs', '### Notes', 'Since noon.'];
    const places = [...order, ...rest].map((part) => poured.description.indexOf(part));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places[0]).toBe(0);
  });

  it.each([
    [2, '## Summary\n### Steps\n## Version\n', ['## Summary', '### Steps', '## Notes']],
    [1, '# Summary\n## Steps\n', ['# Summary', '## Steps', '# Notes']],
    [3, '### Summary\n### Steps\n', ['### Summary', '### Steps', '### Notes']],
  ])('keeps the levels of the headings, and adds others at the highest, %i', (level, text, all) => {
    const description = 'Nobody can pay.\n\n## Notes\n\nSince noon.\n\n## Steps\n\n1. Pay';
    const poured = pour(parseMarkdown('Bug', text), { ...fields, description });
    expect(poured.level).toBe(level);
    expect(poured.description.match(/^#+ .+$/gm)).toEqual(all);
  });

  it('ticks nothing for a person, keeps what one wrote, and misses no tick', () => {
    const boxes = ['I searched\n for duplicates', 'I agree to [the Code](x)'];
    const asked = { ...template('Bug'), fields: [{ title: 'Checks', required: false, boxes }] };
    const description = 'Nobody can pay.\n\n## Checks\n\n- [x] I agree\n\nOn iOS.';
    const byModel = pour(asked, { ...fields, description });
    expect(byModel).toMatchObject({
      missing: [],
      description:
        'Nobody can pay.\n\n### Checks\n\n- [ ] I searched for duplicates\n- [ ] I agree to [the Code](x)\n\nOn iOS.',
    });
    const byHand = pour(asked, { ...fields, description, editedFields: ['description'] });
    expect(byHand.description).toBe('Nobody can pay.\n\n### Checks\n\n- [x] I agree\n\nOn iOS.');
  });

  it('takes an answer for a field, and a later one in its place', () => {
    const once = answerField('Nobody can pay.', 'Version', '17.1');
    expect(once).toBe('Nobody can pay.\n\n## Version\n\n17.1');
    expect(answerField(once, 'version', '17.2')).toBe('Nobody can pay.\n\n## Version\n\n17.2');
  });
});

describe('reading templates', () => {
  it('takes what a form asks, what may be ticked apart, and none of what it only shows', () => {
    const form = parseForm(
      'bug.yml',
      'name: Bug\nbody:\n- type: markdown\n  attributes: {value: Hi}\n- type: checkboxes\n  attributes:\n    label: Checked\n    options:\n    - label: I looked\n      required: true\n- type: input\n  attributes: {label: Where}\n',
    );
    expect(form?.fields).toEqual([
      { title: 'Checked', required: false, boxes: ['I looked'] },
      { title: 'Where', required: false },
    ]);
  });

  it('takes what a template sets by itself, in every spelling, and no title to be written over', () => {
    const presetsOf = (matter: string) => parseMarkdown('a.md', `---\n${matter}\n---\n`).presets;
    expect(presetsOf('labels: bug, needs triage\nassignees: [ann]\ntitle: "[Bug]:"')).toEqual({
      labels: ['bug', 'needs triage'],
      assignees: ['ann'],
      title: '[Bug]: ',
    });
    expect(presetsOf("labels: ''\nassignees:\ntitle: '🐛 '")?.title).toBe('🐛 ');
    expect(presetsOf('labels: {a: b}\ntitle: Describe the bug here')).toBeUndefined();
    expect(presetsOf('title: "[Bug] <title>"')).toBeUndefined();
    for (const title of [
      'Bug: [short summary]',
      '[BUG] (describe it here)',
      'Short summary',
      '<title>:',
    ]) {
      expect(presetsOf(`title: "${title}"`), title).toBeUndefined();
    }
    for (const title of ['Bug:', 'bug report -', '🐛 Bug:', '(feature)', '[Bug]']) {
      expect(presetsOf(`title: "${title}"`)?.title, title).toBe(`${title} `);
    }
    const form = parseForm('x.yml', 'type: Incident\nlabels: [7]\nbody: []\n');
    expect(form?.presets).toEqual({ labels: ['7'], assignees: [], type: 'Incident' });
  });

  it('is not misled by broken files, aliases that explode, comments and code', () => {
    expect(parseForm('x.yml', ':\n - [')).toBeUndefined();
    const bomb = `a: &a [x, x]\n${[...'bcdefgh'].map((name, n) => `${name}: &${name} [${`*${'abcdefgh'[n]}, `.repeat(9)}x]`).join('\n')}\nbody: *h\n`;
    expect(parseForm('x.yml', bomb)).toBeUndefined();
    const markdown =
      '---\nname: Bug\nassignees:\n---\n<!-- # Hidden -->\n```\n# code\n```\n## Why\n';
    expect(parseMarkdown('a/bug.md', markdown)).toEqual({
      name: 'Bug',
      description: '',
      fields: [{ title: 'Why', required: false, level: 2 }],
    });
    expect(parseMarkdown('a/bug.md', '---\nno end\n## Why').name).toBe('bug');
  });
});

describe('routing', () => {
  const routes = parseRoutes('pay -> local:pay, label ux → local:web, 支払 -> local:jp') ?? [];
  const settings = { project: 'local:issues', isProjectChosen: false, routes };
  const lead = (title: string, labels: string[] = []) =>
    projectFor(settings, { title, description: '', labels });

  it('goes by whole words, by labels, and by the first that fits', () => {
    expect(routes.map(formatRoute)[1]).toBe('label ux -> local:web');
    expect(lead('Cannot PAY')).toBe('local:pay');
    expect(lead('The payload is cut')).toBe('local:issues');
    expect(lead('Ugly', ['UX'])).toBe('local:web');
    expect(lead('カードで支払えない')).toBe('local:jp');
    expect(parseRoutes('no arrow')).toBeUndefined();
  });
});

describe('likely duplicates', () => {
  const issue = (title: string, state: 'open' | 'closed' = 'open') => ({
    ...{ project: 'p', number: '1', url: 'u' },
    title,
    state,
  });

  it('share what matters, in any language, and say what', () => {
    const found = [issue('Search is slow'), issue('Checkout hangs in Safari', 'closed')];
    const judged = judgeDuplicates({ title: 'Checkout hangs on Safari 17' }, found);
    expect(judged.map(({ why }) => why)).toEqual([
      'shares “checkout”, “hangs”, “safari”, closed lately',
    ]);
    const japanese = judgeDuplicates({ title: 'カードで支払いができない' }, [
      issue('カードの支払いができません'),
    ]);
    expect(japanese).toHaveLength(1);
  });
});
