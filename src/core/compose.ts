/** Puts one turn's context together and lets the provider answer. Writes nothing. */
import { type AnswerResult, answer, describeFailure } from './answer.ts';
import { budgetOf } from './budget.ts';
import type { AppliedSettings, Configuration } from './configuration.ts';
import type { DraftSources } from './draft-evidence.ts';
import type { DraftBoard } from './drafting.ts';
import type { ScaleImage } from './images.ts';
import type { Log } from './log.ts';
import { createGathering, type Material, materialLength, toSources } from './material.ts';
import { createPersistentStream, DEFAULT_PERSISTENCE } from './persistence.ts';
import type { ChatPlatform } from './platform.ts';
import { createProjectBinding } from './project-binding.ts';
import type { ProjectFacts } from './project-facts.ts';
import { type PromptState, renderPrompt, SYSTEM_PROMPT, toPromptDraft } from './prompt.ts';
import type { ProviderChoice, ProviderError } from './provider.ts';
import { type Reading, requesterOf } from './reading.ts';
import type { Repositories } from './repositories.ts';
import type { EffectiveSettings } from './settings.ts';
import type { Spending } from './spending.ts';
import type { TrackerConfig } from './stored-config.ts';
import type { Ticket } from './ticket.ts';
import { createToolbox } from './toolbox.ts';
import { toolDefinitions } from './tools.ts';
import type { Tracker } from './tracker.ts';
import type { TrackerAccess } from './tracker-access.ts';

/** The provider that the settings name and then, where there is one, the fallback. */
export type ChooseProvider = (
  settings: Pick<AppliedSettings, 'provider' | 'model' | 'providerConfig'>,
) => Promise<[ProviderChoice, ...ProviderChoice[]]>;

/**
 * The tracker of a `tracker:project` reference, reached with a stored access or, without one, with the
 * environment's; rejects with `ChatError` when it is not connected.
 */
export type ChooseTracker = (project: string, config?: TrackerConfig) => Promise<Tracker>;

export interface ComposeOptions {
  repositories: Pick<Repositories, 'tickets' | 'messages' | 'contexts'>;
  configuration: Configuration;
  chooseProvider: ChooseProvider;
  trackerAccess: Pick<TrackerAccess, 'open'>;
  facts: Pick<ProjectFacts, 'labels' | 'project' | 'templates'>;
  spending: Spending;
  scaleImage?: ScaleImage | undefined;
  log: Log;
}

export interface Composed extends AnswerResult {
  provider: string;
  model: string;
  /** To be done once the turn is closed and its claim is free. */
  afterwards?(): Promise<void>;
}

export interface ComposeInput {
  reading: Reading;
  platform: ChatPlatform;
  turnId: string;
  signal: AbortSignal;
  /** As `AnswerOptions` has it. */
  onProgress(readText: () => string, status?: string): void;
}

export type Compose = (input: ComposeInput) => Promise<Composed>;

export function createCompose(options: ComposeOptions): Compose {
  const { repositories, configuration, chooseProvider, spending, log } = options;
  const { gather, fold } = createGathering(options);
  const { bindProject, labelsOf, formsOf } = createProjectBinding(options);

  async function openDrafts({ thread }: Reading): Promise<Ticket[]> {
    if (thread.drafts.length === 0) return [];
    const ids = thread.drafts.map(({ ticketId }) => ticketId);
    const tickets = await repositories.tickets.getTickets(thread.conversationId, ids);
    return tickets
      .filter(({ status }) => status === 'draft')
      .sort((one, other) => one.ordinal - other.ordinal);
  }

  return async function compose({ reading, platform, turnId, signal, onProgress }) {
    const { thread } = reading;
    const requester = requesterOf(reading);
    const scope = { platform: thread.thread.platform, place: thread.place };
    const [settings, user, drafts] = await Promise.all([
      configuration.resolve(scope, requester.author, thread.settings),
      configuration.userOf(requester.author),
      openDrafts(reading),
    ]);
    await using meter = spending.meter({ ...scope, userId: user.id, caps: settings.spendCaps });
    const [choices, bound] = await Promise.all([
      chooseProvider(settings).then((all) => meter.admit(all, materialLength(reading, all[0]))),
      bindProject(reading, settings),
    ]);
    const [labels, forms, material] = await Promise.all([
      labelsOf(bound),
      formsOf(bound),
      gather({ reading, choice: choices[0], platform, signal }),
    ]);
    const { messages, context, omitted } = material;
    const state = toState(settings, reading, drafts, labels, omitted);
    // What a form offers to choose from was said by nobody: it is no source.
    const shown = { ...state, ...(forms.length > 0 && { forms }) };
    const headings = forms.flatMap(({ fields }) => fields.map(({ title }) => title));
    const sources = { ...toSources(material, [JSON.stringify(state)]), labels, headings };
    const board = createBoard(reading, turnId, settings, sources, drafts);
    const notices = noticesOf(reading, material, choices[0]);
    const asked = ask(choices, log, notices);
    const result = await answer({
      stream: asked.stream,
      system: SYSTEM_PROMPT,
      messages: renderPrompt(messages, shown, context?.summary, material.files),
      tools: toolDefinitions({ research: bound !== undefined }),
      budget: budgetOf(choices[0].contextTokens),
      toolbox: createToolbox({ board, bound, signal }),
      signal,
      onProgress: (readText, status) => onProgress(() => asked.withNotices(readText()), status),
    });
    const choice = asked.answering();
    return {
      ...result,
      text: asked.withNotices(result.text),
      provider: choice.provider.name,
      model: choice.model,
      ...(omitted && { afterwards: () => fold({ thread, window: messages, choice }) }),
    };
  };
}

function toState(
  { mode, language, project }: EffectiveSettings,
  { thread }: Reading,
  drafts: Ticket[],
  labels: string[] | undefined,
  earlierMessagesOmitted: boolean,
): PromptState {
  return {
    mode,
    language,
    project,
    ...(labels && { labels }),
    drafts: drafts.map(toPromptDraft),
    nextNumber: thread.ticketCount + 1,
    earlierMessagesOmitted,
  };
}

const UNREAD = '_I could not read what was said here before me; I know only what came since._';

/** What the model does not see. That the window was passed is said once in a conversation. */
function noticesOf(
  { unread }: Reading,
  { messages, omitted, cutTo, context }: Material,
  { summarises }: ProviderChoice,
): string[] {
  const rest = summarises === false ? 'What came before is left out.' : 'I keep notes of the rest.';
  return [
    ...(unread ? [UNREAD] : []),
    ...(omitted && !context
      ? [
          `_This thread is longer than I can read at once: I see its newest ${messages.length} messages as they were said. ${rest}_`,
        ]
      : []),
    ...(cutTo
      ? [`_This message is longer than I can read at once: I see its first ${cutTo} characters._`]
      : []),
  ];
}

/** Asks the choices in turn; who had to step in is said at the beginning of the answer. */
function ask(choices: [ProviderChoice, ...ProviderChoice[]], log: Log, notices: string[]) {
  let answering: ProviderChoice = choices[0];
  const stream = createPersistentStream({
    ...DEFAULT_PERSISTENCE,
    choices,
    onFallback(from, to, error) {
      answering = to;
      log.warn('provider-fallback', { from: from.provider.name, to: to.provider.name }, error);
      notices.push(describeFallback(to, error));
    },
  });
  const withNotices = (text: string) => [...notices, text].filter(Boolean).join('\n\n');
  return { stream, withNotices, answering: () => answering };
}

function describeFallback({ provider }: ProviderChoice, error: ProviderError): string {
  return `_${describeFailure(error)} ${provider.name} answers instead._`;
}

function createBoard(
  reading: Reading,
  turnId: string,
  { allowedProjects }: EffectiveSettings,
  sources: DraftSources,
  drafts: Ticket[],
): DraftBoard {
  const { conversationId, ticketCount } = reading.thread;
  const { author: requester, permalink } = requesterOf(reading);
  const open = new Map(drafts.map((ticket) => [ticket.ordinal, ticket]));
  const empty = { created: [], changed: new Map(), sentBack: false };
  return {
    conversationId,
    turnId,
    ticketCount,
    sources,
    allowedProjects,
    requester,
    permalink,
    open,
    ...empty,
  };
}
