/** What a person should know before deciding, on the card: duplicates, what is missing, warnings, a picker of projects. */
import { type APIEmbedField, type APIMessageTopLevelComponent, ComponentType } from 'discord.js';
import type { SeenTicket } from '../../src/core/action.ts';
import { listCreatable, NAME_WORDS } from '../../src/core/advice.ts';
import { cutText } from '../../src/core/cut-text.ts';
import type { Card } from '../../src/core/platform.ts';
import { formatCardAction, toButton, toCarried, toRow } from './card-action.ts';
import { escapeDiscord } from './markdown.ts';

/** Discord's limit, in characters (resources/message). */
const MAX_FIELD = 1_024;
export const MOST_DUPLICATES = 3;
const MOST_PROJECTS = 25;
/** Buttons in a row; the next names follow when these are there. */
const MOST_CREATED = 5;

/** What a person should know before deciding. */
export function renderAdvice(card: Card): APIEmbedField[] {
  const { ticket, duplicates = [], unknown = [], missing = [], warning, waiting, template } = card;
  const refusal = ticket.status === 'draft' ? ticket.refusal : undefined;
  const field = (name: string, value: string) => ({ name, value: cutText(value, MAX_FIELD) });
  return [
    ...(refusal ? [field('❌ Not filed', escapeDiscord(cutText(refusal, 500)))] : []),
    ...(warning ? [field('⚠️ Before you approve', cutText(warning, 500))] : []),
    ...(waiting ? [field('⏳ Waiting', cutText(waiting, 500))] : []),
    ...(missing.length > 0
      ? [
          field(
            `📝 Still to be filled in${template ? ` (${cutText(template, 60)})` : ''}`,
            missing.join(', '),
          ),
        ]
      : []),
    ...duplicates
      .slice(0, MOST_DUPLICATES)
      .map(({ issue, why }) =>
        field(
          '🔎 May be the same',
          `[#${issue.number} ${escapeDiscord(cutText(issue.title, 120))}](${issue.url}) (${issue.state})\n${cutText(why, 200)}`,
        ),
      ),
    ...(unknown.length > 0
      ? [
          field(
            'Not in the project, so left out',
            unknown.map(({ name }) => escapeDiscord(name)).join(', '),
          ),
        ]
      : []),
  ];
}

/** A click makes it there for everybody, so the button says what it is. */
export function renderCreating(seen: SeenTicket, card: Card): APIMessageTopLevelComponent[] {
  const buttons = listCreatable(card)
    .slice(0, MOST_CREATED)
    .map((one) =>
      toButton(`Create ${NAME_WORDS[one.field]} “${one.name}”`, {
        kind: 'command',
        command: toCarried({ kind: 'create-name', target: seen, ...one }),
      }),
    );
  return buttons.length > 0 ? [toRow(...buttons)] : [];
}

export function renderPicker(seen: SeenTicket, projects: string[]): APIMessageTopLevelComponent[] {
  if (projects.length === 0) return [];
  const options = projects
    .filter((project) => project.length <= 100)
    .slice(0, MOST_PROJECTS)
    .map((project) => ({ label: project, value: project }));
  const select = {
    type: ComponentType.StringSelect,
    custom_id: formatCardAction({ kind: 'choose-project', ticket: seen }),
    placeholder: 'Where should it go?',
    options,
  } as const;
  return [{ type: ComponentType.ActionRow, components: [select] }];
}
