/** The interactive thread: takes what is typed to the bot and shows what comes back. */
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import type { Bot } from '../../src/core/bot.ts';
import { findUsages, renderHelp, toChanges } from '../../src/core/commands.ts';
import type { Conversation } from '../../src/core/conversation.ts';
import type { Author } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf, type ThreadRef } from '../../src/core/thread.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { TICKET_FIELDS } from '../../src/core/ticket-fields.ts';
import { deliver } from './delivery.ts';
import { type Line, newThread, PLACE, parseLine, toIncoming } from './inbound.ts';
import type { Prompt } from './prompt.ts';
import { renderCard, renderConversations, renderMessage, renderText } from './render.ts';
import type { Screen } from './screen.ts';

/** The thread on the screen; `/new` and `/open` change it. */
export interface Watched {
  thread: ThreadRef;
}

export interface TerminalOptions {
  bot: Bot;
  repositories: Repositories;
  author: Author;
  screen: Screen;
  prompt: Prompt;
  watched: Watched;
  /** A conversation to go on with. */
  opens?: string | undefined;
}

/** Verbs of the terminal itself, besides the core's. */
const OWN_HELP = [
  '- `/new`: begin another conversation',
  '- `/open 2`: reopen a conversation of the list, by its number or id',
  '- `/retry`: ask for the last answer again',
  '- `/quit`: leave; everything is kept',
].join('\n');
/** What the Tab key completes. */
export const WORDS = [
  ...['/approve', '/approve all', '/edit', '/add', '/fill', '/create', '/discard', '/drafts'],
  ...['/mode assistant', '/mode ticket', '/project', '/provider', '/set', '/settings'],
  ...['/share', '/unshare', '/link', '/unlink', '/sign in', '/stop', '/list', '/archive'],
  ...['/delete conversation', '/help', '/new', '/open', '/retry', '/quit'],
];
const SHOWN_ON_OPENING = 6;
const RETRY_TEXT = 'Try again.';

/** Resolves when the person leaves, or when the input ended and is answered. */
export async function runTerminal(options: TerminalOptions): Promise<void> {
  const { prompt, bot, screen } = options;
  const listed: Conversation[] = [];
  if (options.opens !== undefined) await open(options, listed, options.opens);
  prompt.show();
  for await (const entry of prompt.entries()) {
    const line = parseLine(entry);
    if (line.kind === 'quit') break;
    // The prompt is away while an answer is written, so what was typed has not been seen yet.
    if (prompt.interactive && bot.busy()) screen.write(`\n${screen.style('dim', `› ${entry}`)}\n`);
    try {
      await handleLine(options, listed, line);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      warn(screen, error.message);
    }
    if (!bot.busy()) prompt.show();
    else if (prompt.interactive) void bot.idle().then(prompt.show);
    else await bot.idle();
  }
  if (!prompt.interactive) await bot.idle();
}

async function handleLine(
  options: TerminalOptions,
  listed: Conversation[],
  line: Line,
): Promise<void> {
  const { screen, watched } = options;
  switch (line.kind) {
    case 'say':
      return deliver(options.bot, toIncoming(line.text, watched.thread, options.author));
    case 'retry':
      return deliver(options.bot, toIncoming(RETRY_TEXT, watched.thread, options.author));
    case 'act':
      return act(options, listed, line.command);
    case 'edit':
      return edit(options, listed, line.ordinal);
    case 'open':
      return open(options, listed, line.which);
    case 'new':
      watched.thread = newThread();
      return say(screen, 'A new conversation. What is wrong, or what is wanted?');
    case 'unknown':
      return say(screen, describeUnknown(line.text));
    default:
  }
}

/** With the right use of the verb, where only the rest is wrong. */
function describeUnknown(typed: string): string {
  const usages = findUsages(typed.slice(1), '/');
  const lines = usages.map((usage) => `- ${usage}`);
  return usages.length > 0
    ? [`${typed} is not complete, or not right:`, ...lines].join('\n')
    : `There is no command ${typed.split(' ', 1)[0]}; /help lists them.`;
}

async function act(options: TerminalOptions, listed: Conversation[], command: Command) {
  const { bot, author: actor, watched, screen } = options;
  if (command.kind === 'help') return say(screen, `${renderHelp('/')}\n${OWN_HELP}`);
  const { thread } = watched;
  const outcome = await bot.handleAction({ thread, place: PLACE, actor, command });
  await showOutcome(options, command, outcome);
  if (outcome.conversations) listed.splice(0, listed.length, ...outcome.conversations.items);
  if (command.kind === 'delete' && outcome.kind === 'done') watched.thread = newThread();
}

async function showOutcome(
  options: TerminalOptions,
  command: Command,
  outcome: ActionOutcome,
): Promise<void> {
  const { screen } = options;
  const { kind, message, tickets, conversations } = outcome;
  const showsCards = command.kind === 'drafts' && tickets.length > 0;
  if (kind === 'refused') warn(screen, message);
  else if (!showsCards) say(screen, message);
  if (showsCards) for (const ticket of tickets) await showTicket(options, ticket);
  if (conversations) screen.write(`${renderConversations(conversations.items, screen)}\n`);
}

/** Asks for the field and its new value, starting from the present one. */
async function edit(options: TerminalOptions, listed: Conversation[], ordinal: number | undefined) {
  const { prompt, screen } = options;
  const draft = await findDraft(options, ordinal);
  if (!draft) return say(screen, 'Which draft? Say `/edit 2`; /drafts lists the open ones.');
  say(screen, `Fields: ${TICKET_FIELDS.join(', ')}`);
  const asked = (await prompt.ask('Which one?')).trim();
  const field = TICKET_FIELDS.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (!field) {
    return say(screen, asked ? `There is no field "${asked}". Left as it is.` : 'Left as it is.');
  }
  const present = draft[field];
  const shown = Array.isArray(present)
    ? present.join('; ')
    : String(present ?? '').replaceAll('\n', '\\n');
  const typed = await prompt.ask(`${field}:`, shown);
  if (typed === shown) return say(screen, 'Left as it is.');
  const changes = toChanges(field, typed.replaceAll('\\n', '\n'));
  const target = { ticketId: draft.id, revision: draft.revision };
  return act(options, listed, { kind: 'edit', target, changes });
}

async function findDraft(
  { repositories, watched }: TerminalOptions,
  ordinal: number | undefined,
): Promise<Ticket | undefined> {
  const conversationId = conversationIdOf(watched.thread);
  const drafts = (await repositories.threads.get(conversationId))?.drafts ?? [];
  const [only, ...others] = drafts;
  const wanted =
    ordinal === undefined && others.length === 0
      ? only
      : drafts.find((draft) => draft.ordinal === ordinal);
  return wanted && repositories.tickets.getTicket(conversationId, wanted.ticketId);
}

async function open(options: TerminalOptions, listed: Conversation[], which: string) {
  const { repositories, screen, watched } = options;
  const id = /^\d{1,4}$/.test(which) ? listed[Number(which) - 1]?.id : which;
  const thread = id === undefined ? undefined : await repositories.threads.get(id);
  if (!thread || thread.deleting)
    return say(screen, `There is no conversation ${which}; see /list.`);
  if (thread.thread.platform !== 'terminal') {
    return say(screen, `That conversation goes on where it began, in ${thread.thread.platform}.`);
  }
  watched.thread = thread.thread;
  const tail = await repositories.threads.readTail(thread.conversationId, SHOWN_ON_OPENING);
  for (const message of tail?.messages ?? []) {
    screen.write(`\n${renderMessage(message, screen)}\n`);
  }
  const ids = thread.drafts.map(({ ticketId }) => ticketId);
  const drafts = await repositories.tickets.getTickets(thread.conversationId, ids);
  drafts.sort((one, other) => one.ordinal - other.ordinal);
  for (const ticket of drafts) await showTicket(options, ticket);
}

async function showTicket({ bot, screen, watched }: TerminalOptions, ticket: Ticket) {
  const project = await bot.findProject(watched.thread, ticket);
  screen.write(`\n${renderCard(ticket, project, screen)}\n`);
}

function say(screen: Screen, text: string): void {
  screen.write(`\n${renderText(text, screen)}\n`);
}

/** What could not be done. */
function warn(screen: Screen, text: string): void {
  const lines = renderText(text, screen).split('\n');
  screen.write(`\n${lines.map((line) => screen.style('yellow', line)).join('\n')}\n`);
}
