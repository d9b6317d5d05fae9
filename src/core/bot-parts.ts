/** The bot's parts and who needs whom: put together once, in two layers. */
import { createActions } from './actions.ts';
import { createAmendments } from './amendments.ts';
import { createAudit } from './audit.ts';
import type { BotOptions, BotTiming } from './bot.ts';
import { createChannelClosing } from './channel-closing.ts';
import { createCompose } from './compose.ts';
import { createConfiguration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { createErrands } from './errands.ts';
import { createFollowing } from './following.ts';
import { createHome } from './home.ts';
import { createInbox } from './inbox.ts';
import { createEventIntake, createIssueNews } from './issue-news.ts';
import { createIssueRefresh } from './issue-refresh.ts';
import { createLimits } from './limits.ts';
import { unobserved } from './observer.ts';
import { createPlaceSettings } from './place-settings.ts';
import { createProjectFacts } from './project-facts.ts';
import { createPublishing } from './publishing.ts';
import { createPace } from './relay.ts';
import { createCommentGivingUp, createCommenting, createReplyComments } from './reply-comments.ts';
import { createResumer } from './resume.ts';
import { createRetentionSweep } from './retention.ts';
import { createSharing } from './sharing.ts';
import { createSpending } from './spending.ts';
import { createStarts } from './starts.ts';
import { createSuggest } from './suggest.ts';
import type { PlatformName, ThreadRef } from './thread.ts';
import { createTrackerAccess } from './tracker-access.ts';
import { createTurns } from './turns.ts';

/** Everything the bot's methods are made of. */
export function assembleBot(options: BotOptions, timing: BotTiming) {
  const base = layBase(options, timing);
  const { repositories, turns, errands, receiveEvent, publishing, trackerAccess, facts } = base;
  const starts = createStarts({ ...base, turns });
  return {
    ...base,
    ...publishing,
    starts,
    sweep: createRetentionSweep(base),
    replyComments: createReplyComments({ ...base, errands }),
    receiveEvent,
    inbox: createInbox(base),
    amendments: createAmendments({ repositories, turns }),
    channelClosing: createChannelClosing({ repositories, turns }),
    actions: createActions({
      ...base,
      review: publishing.review,
      sharing: createSharing({ ...options, conversations: repositories.conversations }),
      following: createFollowing({ ...base, trackerAccess }),
      chooseProvider: options.chooseProvider,
      publicUrl: options.publicUrl,
    }),
    suggest: createSuggest({ ...base, trackerAccess, facts }),
    readHome: createHome(base),
    readPlaceSettings: createPlaceSettings(base),
    resumer: createResumer({
      ...base,
      starts,
      publisher: publishing.publisher,
      cardGraceMs: timing.leaseMs,
    }),
  };
}

/** What runs by itself once it is begun: turns, publications, errands. */
function layBase(options: BotOptions, timing: BotTiming) {
  const { repositories, log, markerKeys, observe = unobserved } = options;
  const flushAfterMs = timing.usageFlushMs;
  const { usage, audit: entries, trackerConfigs } = repositories;
  const { spendCapDaily, spendCapMonthly } = options.environment;
  const bounds = { spendCapDaily, spendCapMonthly, retentionDays: options.retentionDays };
  const limits = createLimits({ repositories, environment: bounds });
  const configuration = createConfiguration({ ...options, limits });
  const prices = options.prices ?? {};
  const spending = createSpending({ usage, prices, log, flushAfterMs, observe });
  const trackerAccess = createTrackerAccess({
    ...{ configuration, chooseTracker: options.chooseTracker, trackerConfigs },
    environmentUrls: options.trackerUrls ?? {},
  });
  const facts = createProjectFacts();
  const compose = createCompose({ ...options, configuration, spending, trackerAccess, facts });
  const reach = reachPlatforms(options);
  const shared = { ...reach, repositories, configuration, log, observe, timing };
  const publishing = createPublishing({
    ...{ ...shared, trackerAccess, facts, markerKeys },
    environmentTrackers: options.trackers ?? [],
  });
  const { cards } = publishing;
  const audit = createAudit({ repository: entries, limits, log, flushAfterMs });
  const parts = { ...shared, cards, audit };
  const errands = createErrands({
    ...parts,
    carryOut: {
      tell: createIssueNews(parts),
      comment: createCommenting({ ...parts, trackerAccess, facts, markerKeys }),
    },
    giveUp: createCommentGivingUp(parts),
  });
  const receiveEvent = createEventIntake(repositories, errands);
  const refresh = createIssueRefresh({ ...parts, trackerAccess, receive: receiveEvent });
  const turns = createTurns({
    ...{ ...parts, compose, pace: createPace() },
    ...(options.admission && { admission: options.admission }),
    onClosed: (thread) => refresh.look(thread.conversationId, thread),
  });
  return {
    ...parts,
    limits,
    spending,
    trackerAccess,
    facts,
    publishing,
    errands,
    receiveEvent,
    refresh,
    turns,
  };
}

/** Platforms by the threads they serve. */
function reachPlatforms({ platforms }: BotOptions) {
  const platformNamed = (wanted: PlatformName) => platforms.find(({ name }) => name === wanted);
  const find = ({ thread }: { thread: ThreadRef }) => platformNamed(thread.platform);
  return {
    platformNamed,
    serves: (thread: ThreadState) => find(thread) !== undefined,
    platformOf(thread: { thread: ThreadRef }) {
      const platform = find(thread);
      if (!platform) throw new Error(`no adapter is connected for ${thread.thread.platform}`);
      return platform;
    },
  };
}
