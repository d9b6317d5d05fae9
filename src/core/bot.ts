/** The platform-neutral core object that adapters call, put together from its parts. */
import type { Action, ActionOutcome, Handled } from './action.ts';
import type { Admission } from './admission.ts';
import type { MessageEdit, MessageRef } from './amendments.ts';
import type { AuditedChange } from './audit.ts';
import { assembleBot } from './bot-parts.ts';
import { parseCommand } from './commands.ts';
import type { ChooseProvider, ChooseTracker } from './compose.ts';
import type { Beginnings, Scope } from './configuration.ts';
import { StoreUnavailableError } from './errors.ts';
import { describeError } from './failure-text.ts';
import type { Home } from './home.ts';
import type { ScaleImage } from './images.ts';
import type { IssueEvent } from './issue-event.ts';
import type { EventOutcome } from './issue-news.ts';
import type { Log } from './log.ts';
import type { Author, IncomingMessage } from './message.ts';
import type { Observe } from './observer.ts';
import { describeOutcome } from './outcome-text.ts';
import type { ReadPlaceSettings } from './place-settings.ts';
import type { ChatPlatform } from './platform.ts';
import type { PublishTiming } from './publish.ts';
import { checkLength } from './received.ts';
import type { Repositories } from './repositories.ts';
import type { TurnTiming } from './running-turn.ts';
import type { Settings } from './settings.ts';
import type { StartOutcome, ThreadStart } from './start.ts';
import type { SuggestAsk, Suggestion } from './suggest.ts';
import { type ChannelRef, conversationIdOf, type ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';
import { carryOutOnce } from './typed-command.ts';
import type { Prices } from './usage.ts';

/** All in milliseconds. */
export interface BotTiming extends TurnTiming, PublishTiming {
  /** A message not stored by then is not acknowledged; Slack and Discord wait 3 s. */
  storeDeadlineMs: number;
  /** A typed command that takes longer counts as left behind; Slack delivers it again after a minute. */
  commandMs: number;
  resumeEveryMs: number;
  /** What turns used is written this long after, together. */
  usageFlushMs: number;
}

export const DEFAULT_TIMING: BotTiming = {
  leaseMs: 20_000,
  renewMs: 5_000,
  turnMs: 300_000,
  settleMs: 5_000,
  storeDeadlineMs: 2_500,
  commandMs: 45_000,
  resumeEveryMs: 5_000,
  usageFlushMs: 5_000,
};

export interface BotOptions {
  repositories: Repositories;
  platforms: ChatPlatform[];
  chooseProvider: ChooseProvider;
  chooseTracker: ChooseTracker;
  /** Base URLs of the environment's trackers, by their names; absent: the vendor's own. */
  trackerUrls?: Partial<Record<string, string>>;
  /** Names of the trackers that the environment has an access to. */
  trackers?: string[];
  /** Settings of the environment: the last level. */
  environment: Settings;
  /** Names of the providers that the environment connects. */
  providers?: string[];
  /** Keys of the draft marker's HMAC: the current one, then those of before a rotation. */
  markerKeys: [Uint8Array, ...Uint8Array[]];
  /** What models cost; of others only the tokens are counted. */
  prices?: Prices;
  /** Absent: images in threads are named to the model, and not shown. */
  scaleImage?: ScaleImage;
  /** Conversations untouched for longer are deleted; absent: none is. */
  retentionDays?: number | undefined;
  /** Where people reach the product's HTTP server. */
  publicUrl?: string | undefined;
  log: Log;
  /** Told what happens, in numbers. Default: nobody. */
  observe?: Observe | undefined;
  timing?: Partial<BotTiming>;
  /** Which turns may begin. Default: as this process keeps up. */
  admission?: Admission;
}

export interface Bot {
  /**
   * Resolves when the message is stored (the turn runs on). Rejects with `StoreUnavailableError`
   * when the table fails or takes longer than 2.5 s: do not acknowledge, the platform delivers again.
   * Rejects with `ChatError` when the message cannot be taken; its message is for the person.
   */
  handleMessage(message: IncomingMessage): Promise<Handled>;
  /** What a person did wrong is a `refused` outcome; rejects with `StoreUnavailableError` only. */
  handleAction(action: Action): Promise<ActionOutcome>;
  /** Resolves when the start is stored; rejects as `handleMessage` does. */
  handleStart(start: ThreadStart): Promise<StartOutcome>;
  /** A message was changed on the platform: one that waits is answered as it now reads. */
  handleEdit(edit: MessageEdit): Promise<void>;
  /** A message was deleted on the platform. */
  handleDeletion(message: MessageRef): Promise<void>;
  /** The whole thread was deleted on the platform: what runs there stops, and it is put away. */
  handleThreadGone(thread: ThreadRef): Promise<void>;
  /**
   * A channel was archived or deleted on the platform: its conversations are put away. Rejects as
   * `handleMessage` does when that takes longer; the work goes on, and beginning again does no harm.
   */
  handleChannelGone(channel: ChannelRef): Promise<void>;
  /** An archived channel is open again: what was put away with it comes back. */
  handleChannelBack(channel: ChannelRef): Promise<void>;
  /**
   * Something happened to an issue. Resolves when that is stored for every thread that follows it;
   * rejects with `StoreUnavailableError`: do not acknowledge, the tracker delivers again.
   */
  handleIssueEvent(event: IssueEvent): Promise<EventOutcome>;
  /** For a modal or a card; `undefined` when there is no such ticket. */
  readTicket(thread: ThreadRef, ticketId: string): Promise<Ticket | undefined>;
  /** Where this ticket would be filed, the conversation's default included. */
  findProject(thread: ThreadRef, ticket: Ticket): Promise<string | undefined>;
  /** Required fields of its project's template that nothing answers, in the template's order. */
  readMissing(thread: ThreadRef, ticket: Ticket): Promise<string[]>;
  /** What begins a conversation there besides speaking to the bot. */
  readBeginnings(scope: Scope): Promise<Beginnings>;
  /** Names for selects with search: what the ticket's project has, and projects that may be filed to. */
  suggest(ask: SuggestAsk): Promise<Suggestion[]>;
  /** What a person finds at the bot's own place. */
  readHome(actor: Author): Promise<Home>;
  /** Somebody changed something over the API: kept with what people did in the chat. */
  recordChange(change: AuditedChange): void;
  /** Usage and entries of the audit that wait in this process are written now. */
  flushRecords(): Promise<void>;
  /** A channel's own settings, to be changed; `undefined` for who may not. */
  readPlaceSettings: ReadPlaceSettings;
  /** Settings or connections were changed by somebody else: they count at once. */
  forgetConfiguration(): void;
  /** Takes over what dead processes left: turns, publications, cards, deletions. Returns how many. */
  resumePending(): Promise<number>;
  /** Looks for such work now and at intervals, until `close`. */
  startResuming(): void;
  /** Whether a turn runs in this process. */
  busy(): boolean;
  /** Resolves when none does, and nothing that came from a tracker is under way. */
  idle(): Promise<void>;
  /** Lets running turns end for `graceMs`, then hands the rest over to whoever resumes them. */
  close(graceMs: number): Promise<void>;
}

/** Retention is counted in days: an hour later is early enough. */
const SWEEP_EVERY_MS = 3_600_000;
/** Newest conversations whose issues are looked at when their owner comes Home. */
const LOOKED_AT_FROM_HOME = 3;

export function createBot(options: BotOptions): Bot {
  const { log } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const parts = assembleBot(options, timing);
  const { actions, inbox, starts, amendments, turns, resumer, spending, platformOf } = parts;
  const { audit, channelClosing } = parts;
  let resuming: NodeJS.Timeout | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  async function handleMessage(message: IncomingMessage): Promise<Handled> {
    checkLength(message);
    const command = message.addressed ? parseCommand(message.text) : undefined;
    if (!command) return withDeadline(receive(message), timing.storeDeadlineMs);
    const { thread, place, author: actor } = message;
    const { marks } = options.repositories;
    const { commandMs } = timing;
    const outcome = await carryOutOnce({ marks, commandMs }, message, () =>
      handleAction({ thread, place, actor, command }),
    );
    if (!outcome) return { kind: 'duplicate', conversationId: conversationIdOf(thread) };
    const notice = { thread, text: describeOutcome(outcome), to: actor };
    await platformOf({ thread }).postNotice({ ...notice, ...pickSecret(outcome) });
    return { kind: 'command', outcome };
  }

  /** The turn runs on beside; what becomes a comment is stored before the message is acknowledged. */
  async function receive(message: IncomingMessage): Promise<Handled> {
    const handled = await inbox.receive(message);
    await parts.replyComments.note(message, handled);
    return handled;
  }

  async function handleAction(action: Action): Promise<ActionOutcome> {
    try {
      const outcome = await actions.perform(action);
      audit.recordAction(action, outcome);
      if (action.thread.threadId) parts.refresh.look(conversationIdOf(action.thread));
      return outcome;
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      const message = describeError(error, () =>
        log.error('action-failed', { command: action.command.kind }, error),
      );
      const outcome: ActionOutcome = { kind: 'refused', message, tickets: [] };
      audit.recordAction(action, outcome);
      return outcome;
    }
  }

  async function readHome(actor: Author): Promise<Home> {
    const home = await parts.readHome(actor);
    for (const { id } of home.conversations.slice(0, LOOKED_AT_FROM_HOME)) parts.refresh.look(id);
    return home;
  }

  function startResuming(): void {
    const look = () =>
      resumer.resumePending().catch((error: unknown) => log.warn('resume-failed', {}, error));
    resuming ??= setInterval(look, timing.resumeEveryMs);
    void look();
    const sweep = () =>
      parts.sweep().catch((error: unknown) => log.warn('retention-failed', {}, error));
    sweeping ??= setInterval(sweep, SWEEP_EVERY_MS).unref();
    void sweep();
  }

  async function idle(): Promise<void> {
    await turns.idle();
    await parts.refresh.idle();
    await parts.errands.idle();
  }

  async function close(graceMs: number): Promise<void> {
    clearInterval(resuming);
    clearInterval(sweeping);
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([idle(), grace]);
    await turns.handOver();
    parts.cards.close();
    await flushRecords();
  }

  async function flushRecords(): Promise<void> {
    await Promise.all([spending.flush(), audit.flush()]);
  }

  return {
    handleMessage,
    handleAction,
    handleStart: (start) => withDeadline(starts.begin(start), timing.storeDeadlineMs),
    handleEdit: amendments.edit,
    handleDeletion: amendments.remove,
    handleThreadGone: amendments.leave,
    handleChannelGone: (channel) =>
      withDeadline(channelClosing.close(channel), timing.storeDeadlineMs),
    handleChannelBack: (channel) =>
      withDeadline(channelClosing.reopen(channel), timing.storeDeadlineMs),
    handleIssueEvent: parts.receiveEvent,
    readTicket: (thread, ticketId) =>
      options.repositories.tickets.getTicket(conversationIdOf(thread), ticketId),
    findProject: async (thread, ticket) => {
      const state = await options.repositories.threads.get(conversationIdOf(thread));
      return state && parts.projectOf(state, ticket);
    },
    readMissing: async (thread, ticket) => {
      const state = await options.repositories.threads.get(conversationIdOf(thread));
      return state ? parts.missingOf(state, ticket) : [];
    },
    readBeginnings: parts.configuration.beginnings,
    suggest: parts.suggest,
    readHome,
    recordChange: audit.recordChange,
    flushRecords,
    readPlaceSettings: parts.readPlaceSettings,
    forgetConfiguration: parts.configuration.forget,
    resumePending: resumer.resumePending,
    startResuming,
    busy: turns.busy,
    idle,
    close,
  };
}

const pickSecret = ({ secret }: ActionOutcome) => (secret ? { secret } : {});

/** The work itself goes on: when it ends well after all, the redelivery finds the message stored. */
function withDeadline<Value>(work: Promise<Value>, deadlineMs: number): Promise<Value> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () =>
      reject(new StoreUnavailableError('store', new Error(`no answer in ${deadlineMs} ms`)));
    timer = setTimeout(giveUp, deadlineMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
