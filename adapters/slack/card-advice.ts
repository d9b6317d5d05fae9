/** What a person should know before deciding, on the card: duplicates, what is missing, warnings, a picker of projects. */
import type { KnownBlock } from '@slack/web-api';
import type { SeenTicket } from '../../src/core/action.ts';
import { listCreatable, NAME_WORDS } from '../../src/core/advice.ts';
import { cutText } from '../../src/core/cut-text.ts';
import type { Duplicate } from '../../src/core/duplicates.ts';
import type { Card } from '../../src/core/platform.ts';
import { context, section } from './blocks.ts';
import { toButton } from './card-action.ts';
import { escapeWithin, linkMrkdwn } from './markdown.ts';

const MOST_DUPLICATES = 3;
const MOST_PROJECTS = 5;
/** The next ones follow when these are there. */
const MOST_CREATED = 5;
/** Names of fields that a button carries along, in characters: a value takes 2,000 of JSON. */
const FIELDS_LENGTH = 800;
const SENTENCE_LENGTH = 500;

export function renderAdvice(card: Card): KnownBlock[] {
  const { duplicates = [], unknown = [], missing = [], projects = [], warning, waiting } = card;
  const { ticket, template } = card;
  const seen: SeenTicket = { ticketId: ticket.id, revision: ticket.revision };
  return [
    ...(warning ? [section(`:warning: ${escapeWithin(warning, SENTENCE_LENGTH)}`)] : []),
    ...(waiting ? [section(`:hourglass: ${escapeWithin(waiting, SENTENCE_LENGTH)}`)] : []),
    ...(missing.length > 0 ? [renderMissing(seen, missing, template)] : []),
    ...(projects.length > 0 ? renderPicker(seen, projects) : []),
    ...duplicates.slice(0, MOST_DUPLICATES).map((one, index) => renderDuplicate(seen, one, index)),
    ...(unknown.length > 0 ? renderUnknown(seen, card) : []),
  ];
}

function renderMissing(seen: SeenTicket, missing: string[], template: string | undefined) {
  const of = template ? ` of _${escapeWithin(template, 200)}_` : '';
  const fields: string[] = [];
  for (const field of missing) {
    if (JSON.stringify([...fields, field]).length <= FIELDS_LENGTH) fields.push(field);
  }
  return section(
    `:memo: *Still to be filled in*${of}: ${escapeWithin(missing.join(', '), SENTENCE_LENGTH)}`,
    toButton({
      id: 'fill',
      text: 'Fill in',
      action: { kind: 'open-fill', ticket: seen, fields },
    }),
  );
}

function renderPicker(seen: SeenTicket, projects: string[]): KnownBlock[] {
  const elements = projects.slice(0, MOST_PROJECTS).map((project, index) =>
    toButton({
      id: `pick-${index}`,
      text: project,
      action: {
        kind: 'command',
        command: { kind: 'edit', target: seen, changes: { project } },
      },
    }),
  );
  return [section(':file_folder: *Where should it go?*'), { type: 'actions', elements }];
}

function renderDuplicate(seen: SeenTicket, { issue, why }: Duplicate, index: number): KnownBlock {
  const { number, title, url, state } = issue;
  const link = linkMrkdwn(`#${number} ${cutText(title, 120)}`, url);
  const text = `:mag: *May be the same:* ${link} (${state})\n${escapeWithin(why, 300)}`;
  const command = { kind: 'add-to', target: seen, issue: number } as const;
  return section(
    text,
    toButton({
      id: `add-to-${index}`,
      text: `Add to #${number}`,
      action: { kind: 'command', command },
      confirm: {
        title: cutText(`Add to #${number}?`, 100),
        text: 'The draft becomes a comment there, and is not filed as an issue of its own.',
        confirm: 'Add it',
      },
    }),
  );
}

/** A click makes it there for everybody, so the button says what it is. */
function renderUnknown(seen: SeenTicket, card: Card): KnownBlock[] {
  const { unknown = [] } = card;
  const names = unknown.map(({ field, name }) => `${NAME_WORDS[field]} “${name}”`).join(', ');
  const elements = listCreatable(card)
    .slice(0, MOST_CREATED)
    .map((one, index) =>
      toButton({
        id: `create-${index}`,
        text: `Create ${NAME_WORDS[one.field]} “${one.name}”`,
        action: { kind: 'command', command: { kind: 'create-name', target: seen, ...one } },
      }),
    );
  return [
    context(`Not in the project, so left out: ${escapeWithin(names, SENTENCE_LENGTH)}`),
    ...(elements.length > 0 ? [{ type: 'actions' as const, elements }] : []),
  ];
}
