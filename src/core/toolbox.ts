/** Runs the tools a model calls during one turn, and says afterwards what the turn has to write. */
import type { ThreadSettings } from './conversation.ts';
import {
  type DraftBoard,
  discardTicket,
  draftTickets,
  reviseTicket,
  ToolInputError,
} from './drafting.ts';
import type { ToolCall, ToolResult } from './provider.ts';
import { redactSecrets } from './redact.ts';
import type { Ticket } from './ticket.ts';
import { describeProblems } from './ticket-fields.ts';
import { isToolName, type ToolInput, type ToolName, toolInputs } from './tools.ts';
import type { Tracker } from './tracker.ts';

const MAX_QUESTIONS = 3;
const MAX_SEARCH_RESULTS = 10;
/** Characters of one tool's result: about 5,000 tokens. */
const MAX_RESULT_LENGTH = 20_000;

/** The project that research tools may read; nothing else is reachable through them. */
export interface BoundProject {
  tracker: Tracker;
  project: string;
}

export interface ToolboxOptions {
  board: DraftBoard;
  bound: BoundProject | undefined;
  signal: AbortSignal;
}

/** What the turn has to write and show. */
export interface ToolEffects {
  newTickets: Ticket[];
  changedTickets: Ticket[];
  settings: ThreadSettings | undefined;
  questions: ToolInput<'ask_clarification'>['questions'];
}

export interface Toolbox {
  /** Never rejects for what the model did wrong: that is a result it can read and repair. */
  run(call: ToolCall): Promise<ToolResult>;
  effects(): ToolEffects;
}

export function createToolbox({ board, bound, signal }: ToolboxOptions): Toolbox {
  let settings: ThreadSettings | undefined;
  let questions: ToolEffects['questions'] = [];

  function dispatch(name: ToolName, input: unknown): string | Promise<string> {
    switch (name) {
      case 'draft_tickets':
        return draftTickets(board, toolInputs.draft_tickets.parse(input));
      case 'revise_ticket':
        return reviseTicket(board, toolInputs.revise_ticket.parse(input));
      case 'discard_ticket':
        return discardTicket(board, toolInputs.discard_ticket.parse(input));
      case 'ask_clarification':
        questions = toolInputs.ask_clarification.parse(input).questions.slice(0, MAX_QUESTIONS);
        return 'The questions are shown to the people. End your turn; do not repeat them.';
      case 'set_mode':
        settings = { mode: toolInputs.set_mode.parse(input).mode };
        return 'Switched.';
      default:
        return research(name, input);
    }
  }

  async function research(name: ToolName, input: unknown): Promise<string> {
    if (name === 'list_labels') return listLabels(board);
    if (!bound) throw new ToolInputError('no project is bound to this thread');
    // What somebody committed by mistake is not shown to a model, nor by it to a channel.
    const found = redactSecrets(await readProject(bound, name, input, signal));
    board.sources.found.push(found.slice(0, MAX_RESULT_LENGTH));
    return found;
  }

  async function run({ id, name, input }: ToolCall): Promise<ToolResult> {
    const failed = (content: string) => ({ callId: id, name, content, isError: true });
    if (!isToolName(name)) return failed(`there is no tool named ${name.slice(0, 60)}`);
    const shape = toolInputs[name].safeParse(input);
    if (!shape.success) return failed(describeProblems(shape.error).join('; '));
    try {
      const content = await dispatch(name, shape.data);
      return { callId: id, name, content: content.slice(0, MAX_RESULT_LENGTH), isError: false };
    } catch (error) {
      if (signal.aborted) throw error;
      return failed(error instanceof ToolInputError ? error.message : 'not available now');
    }
  }

  const effects = () => ({
    newTickets: [...board.created],
    changedTickets: [...board.changed.values()],
    settings,
    questions,
  });
  return { run, effects };
}

function listLabels({ sources }: DraftBoard): string {
  if (!sources.labels) throw new ToolInputError('the labels could not be looked up in this turn');
  return JSON.stringify(sources.labels);
}

async function readProject(
  { tracker, project }: BoundProject,
  name: ToolName,
  input: unknown,
  signal: AbortSignal,
): Promise<string> {
  switch (name) {
    case 'search_issues': {
      const { query } = toolInputs.search_issues.parse(input);
      return JSON.stringify(await tracker.searchIssues(project, query, MAX_SEARCH_RESULTS, signal));
    }
    case 'search_code': {
      const { query } = toolInputs.search_code.parse(input);
      return JSON.stringify(await tracker.searchCode(project, query, MAX_SEARCH_RESULTS, signal));
    }
    case 'list_tree': {
      const { path } = toolInputs.list_tree.parse(input);
      return JSON.stringify(await tracker.listTree(project, path, signal));
    }
    case 'search_pull_requests': {
      const { query } = toolInputs.search_pull_requests.parse(input);
      const found = await tracker.searchPullRequests(project, query, MAX_SEARCH_RESULTS, signal);
      return JSON.stringify(found);
    }
    case 'read_pull_request': {
      const { number } = toolInputs.read_pull_request.parse(input);
      const found = await tracker.getPullRequest(project, String(number), signal);
      return found ? JSON.stringify(found) : 'There is no such pull or merge request.';
    }
    default: {
      const { path } = toolInputs.read_file.parse(input);
      return (await tracker.readFile(project, path, signal)) ?? 'There is no such file.';
    }
  }
}
