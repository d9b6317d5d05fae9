/** The way of a draft from its card to its issue, put together from its parts. */
import { createAdvisor } from './advisor.ts';
import { type Cards, createCards } from './cards.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { createEpics } from './epic.ts';
import type { FilingOptions } from './filing.ts';
import type { Log } from './log.ts';
import type { Observe } from './observer.ts';
import type { ChatPlatform } from './platform.ts';
import type { ProjectFacts } from './project-facts.ts';
import { createPublisher, type Publisher, type PublishTiming } from './publish.ts';
import type { Repositories } from './repositories.ts';
import { createReview, type Review } from './review.ts';
import { projectFor } from './routing.ts';
import { createScreenshots } from './screenshots.ts';
import type { ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';

export interface PublishingOptions {
  repositories: Repositories;
  configuration: Configuration;
  trackerAccess: TrackerAccess;
  facts: ProjectFacts;
  environmentTrackers: string[];
  platformOf(thread: { thread: ThreadRef }): ChatPlatform;
  markerKeys: FilingOptions['markerKeys'];
  log: Log;
  observe: Observe;
  timing: PublishTiming;
}

export interface Publishing {
  cards: Cards;
  publisher: Publisher;
  review: Review;
  /** Where a ticket would be filed, defaults included. */
  projectOf(thread: ThreadState, ticket: Ticket): Promise<string | undefined>;
  /** Required fields of its project's template that nothing answers; none where it has no project. Rejects as the tracker does. */
  missingOf(thread: ThreadState, ticket: Ticket): Promise<string[]>;
}

export function createPublishing(options: PublishingOptions): Publishing {
  const { repositories, configuration } = options;
  const { tickets } = repositories;
  const advisor = createAdvisor(options);

  function settingsOf({ thread, place, settings }: ThreadState, { origin }: Ticket) {
    const scope = { platform: thread.platform, place };
    return configuration.resolve(scope, origin.requester, settings);
  }

  const projectOf = async (thread: ThreadState, ticket: Ticket) =>
    projectFor(await settingsOf(thread, ticket), ticket);

  async function styleOf(thread: ThreadState, ticket: Ticket, opened: OpenedProject) {
    const [{ issueNotice: notice }, poured] = await Promise.all([
      settingsOf(thread, ticket),
      advisor.pour(ticket, opened),
    ]);
    if (!poured) return { notice };
    const { description, level, presets } = poured;
    return { notice, description, level, ...(presets && { presets }) };
  }

  const cards = createCards({
    ...options,
    tickets,
    adviseOn: advisor.adviseOn,
    aheadOf: (ticketId) => publisher.aheadOf(ticketId),
    projectOf,
  });
  const publisher: Publisher = createPublisher({
    ...options,
    tickets,
    epics: createEpics(repositories),
    screenshots: createScreenshots(options),
    styleOf,
    onQueued: (thread, ticketId) => cards.show(thread, ticketId, { resumed: true }),
  });
  const missingFields = async (ticket: Ticket, opened: OpenedProject) =>
    (await advisor.pour(ticket, opened))?.missing ?? [];

  async function missingOf(thread: ThreadState, ticket: Ticket): Promise<string[]> {
    const project = await projectOf(thread, ticket);
    if (project === undefined) return [];
    const scope = { platform: thread.thread.platform, place: thread.place };
    const { requester } = ticket.origin;
    return missingFields(ticket, await options.trackerAccess.open(project, scope, requester));
  }

  const review = createReview({ ...options, cards, publisher, missingFields });
  return { cards, publisher, review, projectOf, missingOf };
}
