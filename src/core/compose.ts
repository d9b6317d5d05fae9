/** Puts one turn's context together and lets the provider answer. Writes nothing. */
import { type AnswerResult, answer } from './answer.ts';
import { type Configuration, createCache } from './configuration.ts';
import type { DraftBoard } from './drafting.ts';
import type { Log } from './log.ts';
import { renderPrompt, SYSTEM_PROMPT, toPromptDraft } from './prompt.ts';
import type { Provider } from './provider.ts';
import { type Reading, requesterOf } from './reading.ts';
import type { Repositories } from './repositories.ts';
import { allowsProject, type EffectiveSettings } from './settings.ts';
import type { Ticket } from './ticket.ts';
import { type BoundProject, createToolbox } from './toolbox.ts';
import { toolDefinitions } from './tools.ts';
import { parseProjectRef, type Tracker } from './tracker.ts';
import { selectWindow, windowLength } from './window.ts';

/** A provider ready to be used, and which of its models. */
export interface ProviderChoice {
  provider: Provider;
  model: string;
  /** Tokens of prompt and answer together, where known. */
  contextTokens?: number;
}

export type ChooseProvider = (
  settings: Pick<EffectiveSettings, 'provider' | 'model'>,
) => Promise<ProviderChoice>;

/** The tracker of a `tracker:project` reference; rejects with `ChatError` when it is not connected. */
export type ChooseTracker = (project: string) => Promise<Tracker>;

export interface ComposeOptions {
  repositories: Pick<Repositories, 'tickets' | 'messages'>;
  configuration: Configuration;
  chooseProvider: ChooseProvider;
  chooseTracker: ChooseTracker;
  log: Log;
}

export interface Composed extends AnswerResult {
  provider: string;
  model: string;
}

export interface ComposeInput {
  reading: Reading;
  turnId: string;
  signal: AbortSignal;
  onProgress(text: string, status?: string): void;
}

export type Compose = (input: ComposeInput) => Promise<Composed>;

/** Labels change rarely; a new one is known within this time, in milliseconds. */
const LABELS_CACHE_MS = 60_000;

export function createCompose(options: ComposeOptions): Compose {
  const { repositories, configuration, chooseProvider, chooseTracker, log } = options;
  const labels = createCache(
    ({ tracker, project }: BoundProject) => tracker.listLabels(project),
    LABELS_CACHE_MS,
  );

  async function bindProject(settings: EffectiveSettings): Promise<BoundProject | undefined> {
    const { project, allowedProjects } = settings;
    if (!project || !allowsProject(allowedProjects, project)) return undefined;
    try {
      return { tracker: await chooseTracker(project), project: parseProjectRef(project).project };
    } catch (error) {
      log.warn('tracker-not-available', { project }, error);
      return undefined;
    }
  }

  async function labelsOf(bound: BoundProject | undefined): Promise<string[]> {
    if (!bound) return [];
    try {
      return await labels.get(`${bound.tracker.name}:${bound.project}`, bound);
    } catch (error) {
      log.warn('labels-not-available', { project: bound.project }, error);
      return [];
    }
  }

  async function openDrafts({ thread }: Reading): Promise<Ticket[]> {
    if (thread.drafts.length === 0) return [];
    const ids = thread.drafts.map(({ ticketId }) => ticketId);
    const tickets = await repositories.tickets.getTickets(thread.conversationId, ids);
    return tickets
      .filter(({ status }) => status === 'draft')
      .sort((one, other) => one.ordinal - other.ordinal);
  }

  return async function compose({ reading, turnId, signal, onProgress }) {
    const { thread } = reading;
    const requester = requesterOf(reading);
    const scope = { platform: thread.thread.platform, place: thread.place };
    const [settings, drafts] = await Promise.all([
      configuration.resolve(scope, requester.author, thread.settings),
      openDrafts(reading),
    ]);
    const [choice, bound] = await Promise.all([chooseProvider(settings), bindProject(settings)]);
    const known = await labelsOf(bound);
    const length = windowLength(choice.contextTokens);
    const window = await selectWindow(reading.messages, length, repositories.messages);
    const messages = renderPrompt(window.messages, {
      mode: settings.mode,
      language: settings.language,
      project: settings.project,
      labels: known,
      drafts: drafts.map(toPromptDraft),
      earlierMessagesOmitted: window.omitted || !reading.complete,
    });
    const board: DraftBoard = {
      conversationId: thread.conversationId,
      turnId,
      ticketCount: thread.ticketCount,
      labels: known,
      allowedProjects: settings.allowedProjects,
      requester: requester.author,
      permalink: requester.permalink,
      open: new Map(drafts.map((ticket) => [ticket.ordinal, ticket])),
      created: [],
      changed: new Map(),
    };
    const result = await answer({
      ...choice,
      system: SYSTEM_PROMPT,
      messages,
      tools: toolDefinitions({ research: bound !== undefined }),
      toolbox: createToolbox({ board, bound, signal }),
      signal,
      onProgress,
    });
    return { ...result, provider: choice.provider.name, model: choice.model };
  };
}
