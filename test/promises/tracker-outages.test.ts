/**
 * What a person reads when something else than the create goes wrong at the tracker, by each way that
 * leads there, and that it ends with everything there once. Which answer of which call is a refusal, a
 * limit or unclear is shown in `test/contracts/tracker-calls.ts`.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { TicketChanges } from '../../src/core/ticket-fields.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { CREATE_FAULTS, type Fault } from '../contracts/tracker-faults.ts';
import { ann, place, thread, useBots } from '../core/bots.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';

const FAULTS = {
  refused: CREATE_FAULTS['403'],
  limited: CREATE_FAULTS['429 with Retry-After'],
  unclear: CREATE_FAULTS['502 after creating'],
} satisfies Record<string, Fault>;
type FaultName = keyof typeof FAULTS;

const TIMING = { readMs: 20_000, writeMs: 20_000, retryMs: 1, writeGapMs: 0 };
const MANY = 99;
const never = new AbortController().signal;

/** What is kept of an issue: how many comments, and how many issues it is linked to or the epic of. */
interface Kept {
  title: string;
  comments: number;
  related: number;
}

interface FaultyServer {
  name: 'GitHub' | 'GitLab';
  project: string;
  connect(): Tracker;
  will(request: RegExp, fault: Fault): void;
  heal(): void;
  kept(): Kept[];
  stop(): Promise<void>;
}

async function onGitHub(): Promise<FaultyServer> {
  const server = await startGitHubServer();
  const auth = { kind: 'token', token: GITHUB_TOKEN } as const;
  const issues = () => server.world.projects[0]?.issues ?? [];
  return {
    ...server,
    name: 'GitHub',
    project: 'acme/shop',
    connect: () =>
      createGitHubTracker({ auth, baseUrl: server.url, timing: TIMING, attachments: true }),
    kept: () =>
      issues().map((issue) => ({
        title: issue.title,
        comments: issue.comments.length,
        related: issues().filter(({ parent }) => parent === issue).length,
      })),
  };
}

async function onGitLab(): Promise<FaultyServer> {
  const server = await startGitLabServer();
  const access = { url: server.url, token: GITLAB_TOKEN };
  return {
    ...server,
    name: 'GitLab',
    project: 'acme/web/shop',
    connect: () => createGitLabTracker({ ...access, timing: TIMING }),
    kept: () =>
      (server.world.projects[0]?.issues ?? []).map(({ title, notes, links }) => ({
        title,
        comments: notes.length,
        related: links.length,
      })),
  };
}

interface Hands {
  say(text: string, more?: Partial<IncomingMessage>): Promise<void>;
  command(command: Command): Promise<ActionOutcome>;
  edit(changes: TicketChanges, ordinal?: number): Promise<ActionOutcome>;
  approve(ordinal?: number): Promise<ActionOutcome>;
  /** Files an issue past the bot. */
  fileElsewhere(): Promise<void>;
  breakCreate(): void;
}

interface Way {
  /** The request that goes wrong. */
  request: RegExp;
  /** The fault is there from the beginning. */
  early?: true;
  private?: true;
  begin(hands: Hands): Promise<unknown>;
  act(hands: Hands): Promise<ActionOutcome>;
  says: Record<FaultName, RegExp>;
  /** In the end, also for whom it was refused once and who pressed again. */
  keeps: Kept[] | ((fault: FaultName) => Kept[]);
}

const LATER = / is approved and not filed yet\. G.* I go on by myself and never file it twice\.$/;
const FILED = { title: 'Checkout hangs', comments: 0, related: 0 };

const WAYS: Record<string, Way> = {
  'the rest of a long text': {
    request: /^POST .*\/(?:comments|notes)$/,
    async begin({ say, edit }) {
      await say('draft Checkout hangs');
      const acceptanceCriteria = Array.from({ length: 30 }, (_, n) => `${n} ${'x'.repeat(900)}`);
      await edit({ acceptanceCriteria });
    },
    act: ({ approve }) => approve(),
    says: {
      refused: /^Filed .* The rest of the text could not be added: G.* said: Forbidden\./,
      limited: LATER,
      unclear: LATER,
    },
    keeps: (fault) => [{ ...FILED, comments: fault === 'refused' ? 0 : 1 }],
  },
  'a draft that is added to an issue': {
    request: /^POST .*\/(?:comments|notes)$/,
    async begin({ say, fileElsewhere }) {
      await fileElsewhere();
      await say('draft Checkout hangs');
    },
    act: ({ command }) => command({ kind: 'add-to', target: { ordinal: 1 }, issue: '#1' }),
    says: {
      refused:
        /^Draft 1 was not filed: It could not be added: G.* said: Forbidden\. .* It is a draft again\.$/,
      limited: LATER,
      unclear: LATER,
    },
    keeps: [{ title: 'Was there before', comments: 1, related: 0 }],
  },
  'a child of an epic': {
    request: /^POST .*\/(?:sub_issues|links)$/,
    async begin({ say, edit, approve }) {
      await say('draft Checkout hangs');
      await say('draft A child');
      await edit({ type: 'epic' });
      await edit({ parent: 1 }, 2);
      await approve(1);
    },
    act: ({ approve }) => approve(2),
    says: {
      refused: /^Filed .* It could not be (?:made a sub-issue of|linked to) #1: G.*: Forbidden\./,
      limited: LATER,
      unclear: LATER,
    },
    keeps: (fault) => [
      { ...FILED, related: fault === 'refused' ? 0 : 1 },
      { ...FILED, title: 'A child', related: expect.any(Number) },
    ],
  },
  'a screenshot': {
    request: /^(?:PUT .*\/contents\/|POST .*\/uploads$)/,
    begin: ({ say }) => {
      const picture = { id: 'F1', name: 'screen.png', mimeType: 'image/png', bytes: 3, url: 'x' };
      return say('draft Checkout hangs', { attachments: [picture] });
    },
    act: ({ approve }) => approve(),
    says: {
      refused: /^Filed .* The file screen\.png was left out: G.* said: Forbidden\./,
      limited: LATER,
      unclear: /^Filed .* The file screen\.png was left out: G.* failed \(502\)\.$/,
    },
    keeps: [FILED],
  },
  'the labels of the project': {
    request: /^GET .*\/labels$/,
    async begin({ say, edit }) {
      await say('draft Checkout hangs');
      await edit({ labels: ['bug'] });
    },
    act: ({ approve }) => approve(),
    says: {
      refused: /^Draft 1 was not filed: G.* said: Forbidden\. .* It is a draft again\.$/,
      limited: LATER,
      unclear: LATER,
    },
    keeps: [FILED],
  },
  'asking whether it was filed': {
    request: /^GET .*\/issues$/,
    begin: ({ say, breakCreate }) => say('draft Checkout hangs').then(breakCreate),
    act: ({ approve }) => approve(),
    says: { refused: LATER, limited: LATER, unclear: LATER },
    keeps: [FILED],
  },
  'an issue to be followed': {
    request: /^GET .*\/issues\/1$/,
    async begin({ say, fileElsewhere }) {
      await fileElsewhere();
      await say('hello');
    },
    act: ({ command }) => command({ kind: 'follow', issue: '#1' }),
    says: {
      refused:
        /^(?:GitLab at .* said: Forbidden\.|There is no issue 1 in acme\/shop, or I may not)/,
      limited: /^G.* takes no more requests for a while\.$/,
      unclear: /^G.* failed \(502\)\.$/,
    },
    keeps: [{ title: 'Was there before', comments: 0, related: 0 }],
  },
  'words from a private channel': {
    request: /^GET \/(?:repos|projects)\/acme\/(?:web\/)?shop$/,
    early: true,
    private: true,
    begin: ({ say }) => say('draft Checkout hangs'),
    async act({ approve, command }) {
      const outcome = await approve();
      return outcome.confirm ? command(outcome.confirm) : outcome;
    },
    says: {
      refused:
        /^I could not see who can read g.*: G.* said: Forbidden\. .* Try again in a while\.$/,
      limited: /^I could not see who can read g.* takes no more .* Try again in a while\.$/,
      unclear: /^I could not see who can read g.* failed \(502\)\. Try again in a while\.$/,
    },
    keeps: [FILED],
  },
};

describe.each([
  ['GitHub', onGitHub],
  ['GitLab', onGitLab],
] as const)('at a %s that does not do what it is asked', (_, on) => {
  const { setUp, say, talk, readTickets } = useBots();
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => void (await Promise.all(stops.splice(0).map((stop) => stop()))));

  async function start({ private: isPrivate }: Way) {
    const server = await on();
    stops.push(server.stop);
    let tracker = server.connect();
    const made = await setUp({
      environment: { project: `${server.name.toLowerCase()}:${server.project}` },
      more: {
        chooseTracker: async () => tracker,
        timing: { leaseMs: 20_000, renewMs: 5_000, settleMs: 10 },
      },
    });
    made.platform.files.set('F1', Uint8Array.of(1, 2, 3));
    const here = { ...place, ...(isPrivate && { visibility: 'private' as const }) };
    const command = (what: Command) =>
      made.bot.handleAction({ thread, place: here, actor: ann, command: what });
    const hands: Hands = {
      say: (text, more) => talk(made.bot, say(text, { place: here, ...more })),
      command,
      edit: (changes, ordinal = 1) => command({ kind: 'edit', target: { ordinal }, changes }),
      approve: (ordinal = 1) => command({ kind: 'approve', target: { ordinal } }),
      async fileElsewhere() {
        const text = { title: 'Was there before', body: 'x', rest: [], marker: 'none' };
        const issue = { ...text, project: server.project, labels: [], assignees: [] };
        await server.connect().createIssue(issue, never);
      },
      breakCreate: () => server.will(/^POST .*\/issues$/, FAULTS.unclear),
    };
    /** The time the tracker asked for is over, and the next process looks at what was left. */
    async function goOn(): Promise<void> {
      tracker = server.connect();
      for (const ticket of await readTickets(made.repositories)) {
        if (ticket.status !== 'publishing') continue;
        const over = { ...ticket.claim, expiresAt: Date.now() };
        await made.repositories.tickets.renewPublishing(ticket, over.token, over);
      }
      await made.bot.resumePending();
      await made.bot.idle();
    }
    return { server, hands, goOn };
  }

  it.each(Object.keys(WAYS))('%s', async (name) => {
    const way = WAYS[name] as Way;
    for (const [fault, planned] of Object.entries(FAULTS) as [FaultName, Fault][]) {
      const { server, hands, goOn } = await start(way);
      const plan = () => server.will(way.request, { ...planned, times: MANY });
      if (way.early) plan();
      await way.begin(hands);
      if (!way.early) plan();
      const outcome = await way.act(hands);
      expect(outcome.message, fault).toMatch(way.says[fault]);
      await goOn();
      server.heal();
      await goOn();
      if (outcome.kind === 'refused') {
        expect((await way.act(hands)).kind, fault).toBe('done');
      }
      const keeps = typeof way.keeps === 'function' ? way.keeps(fault) : way.keeps;
      expect({ fault, kept: server.kept() }).toEqual({ fault, kept: keeps });
    }
  });
});
