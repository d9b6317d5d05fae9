/**
 * Every outside call of a tracker but the create, against every fault there is: what the bot is told,
 * and in which words people read it. A call that only reads is repeated a little; one that changes
 * something is sent once, and doing it again afterwards does nothing twice.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type NewIssue,
  type Tracker,
  TrackerError,
  type TrackerErrorKind,
} from '../../src/core/tracker.ts';
import { CREATE_FAULTS, type Fault, type FaultName } from './tracker-faults.ts';

export interface FaultyCalls {
  /** As a process of its own would have it. `deadlineMs` is for each request. */
  connect(deadlineMs: number): Tracker;
  /** `acme/shop`; has the label `bug`, a file `README.md` and no issue yet. */
  project: string;
  /** For the next requests that this matches; what was planned before is forgotten. */
  plan(request: RegExp, fault: Fault): void;
  heal(): void;
  countSent(request: RegExp): number;
  /** Comments on an issue that contain this. */
  countComments(number: string, text: string): number;
  /** Children or links of an issue. */
  countChildren(number: string): number;
  stop(): Promise<void>;
}

/** What a fault means, for a call that only reads, and the tracker's sentence about it. */
export type Meaning = [kind: TrackerErrorKind, says: RegExp];

interface Situation {
  tracker: Tracker;
  under: FaultyCalls;
  /** Two issues that are there. */
  first: string;
  second: string;
  /** Different each time. */
  marker: string;
}

interface Call {
  does: 'reads' | 'writes';
  run(situation: Situation): Promise<unknown>;
  /** How often it is done in the end; for what writes and can be asked. */
  count?(situation: Situation): number;
}

/** Milliseconds for a request that is answered, and for one that is not. */
const PATIENT_MS = 20_000;
const IMPATIENT_MS = 300;
const MOST_TRIES = 3;
const MANY = 9;

const never = new AbortController().signal;
const since = new Date(0).toISOString();
const toIssue = ({ under, marker }: Situation, more: Partial<NewIssue>): NewIssue => ({
  ...{ project: under.project, title: 'Checkout hangs', body: 'It hangs.', marker },
  ...{ labels: [], assignees: [], rest: [] },
  ...more,
});
const toCreated = ({ under }: Situation, number: string) => ({
  ...{ project: under.project, number, url: '', host: '', projectId: '' },
  dropped: [],
});
const FILE = { name: 'a.png', mimeType: 'image/png', content: Uint8Array.of(1, 2, 3) };

const CALLS = {
  'labels before a create': {
    does: 'reads',
    run: (at) => at.tracker.createIssue(toIssue(at, { labels: ['bug'] }), never),
  },
  'the list of our issues': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.findIssueByMarker(under.project, 'none', since, never),
  },
  'the rest of a long text': {
    does: 'writes',
    run: (at) =>
      at.tracker.finishIssue(toIssue(at, { rest: ['More.'] }), toCreated(at, at.second), never),
    count: ({ under, second, marker }) => under.countComments(second, marker),
  },
  'a link to the epic': {
    does: 'writes',
    run: (at) =>
      at.tracker.finishIssue(toIssue(at, { parent: at.first }), toCreated(at, at.second), never),
    count: ({ under, first }) => under.countChildren(first),
  },
  'a comment': {
    does: 'writes',
    async run({ tracker, under, first, marker }) {
      if (await tracker.hasComment(under.project, first, marker, never)) return;
      await tracker.comment(under.project, first, `Hello <!-- ${marker} -->`, never);
    },
    count: ({ under, first, marker }) => under.countComments(first, marker),
  },
  'an upload': {
    does: 'writes',
    run: async ({ tracker, under, marker }) => {
      await tracker.uploadFile(under.project, { ...FILE, name: `${marker}.png` }, never);
    },
  },
  'our comments': {
    does: 'reads',
    run: ({ tracker, under, first }) => tracker.hasComment(under.project, first, 'none', never),
  },
  'an issue': {
    does: 'reads',
    run: ({ tracker, under, first }) => tracker.getIssue(under.project, first, never),
  },
  'a search for issues': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.searchIssues(under.project, 'checkout', 5, never),
  },
  'a search in code': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.searchCode(under.project, 'shop', 5, never),
  },
  'a file': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.readFile(under.project, 'README.md', never),
  },
  'a folder': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.listTree(under.project, '', never),
  },
  'a search for changes': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.searchPullRequests(under.project, 'checkout', 5, never),
  },
  'a change': {
    does: 'reads',
    run: ({ tracker, under }) => tracker.getPullRequest(under.project, '1', never),
  },
  'the test of the token': { does: 'reads', run: ({ tracker }) => tracker.testConnection() },
  'a project': { does: 'reads', run: ({ tracker, under }) => tracker.getProject(under.project) },
  'all projects': { does: 'reads', run: ({ tracker }) => tracker.listProjects() },
  labels: { does: 'reads', run: ({ tracker, under }) => tracker.listLabels(under.project) },
  milestones: { does: 'reads', run: ({ tracker, under }) => tracker.listMilestones(under.project) },
  people: { does: 'reads', run: ({ tracker, under }) => tracker.listAssignees(under.project) },
  templates: { does: 'reads', run: ({ tracker, under }) => tracker.listTemplates(under.project) },
} satisfies Record<string, Call>;

export type CallName = keyof typeof CALLS;

export interface CallTable {
  faults: Record<FaultName, Meaning>;
  /** The request of each call that goes wrong. */
  requests: Record<CallName, RegExp>;
  /** Kinds that a call turns into an answer: that there is nothing. */
  quiet: Partial<Record<CallName, Partial<Record<TrackerErrorKind, unknown>>>>;
}

type Outcome = { answer: unknown } | { error: unknown };
type Heard = { as: string; says?: unknown; answer?: unknown };

const SAID = /^(?:The rest of the text could not be added|It could not be [^:]+): /;

/** What a person would hear of it, and by which way. */
function hear(outcome: Outcome): Heard {
  if ('error' in outcome) {
    const { error } = outcome;
    if (!(error instanceof TrackerError)) throw error;
    return { as: error.kind, says: error.message };
  }
  const { answer } = outcome;
  const [sentence] = Array.isArray(answer) ? answer : [];
  if (SAID.test(sentence)) return { as: 'said', says: sentence.replace(SAID, '') };
  const isCheck = typeof answer === 'object' && answer !== null && 'ok' in answer;
  return isCheck ? { as: 'check', says: Reflect.get(answer, 'message') } : { as: 'answer', answer };
}

const CERTAIN: TrackerErrorKind[] = ['refused', 'unauthorised', 'not-found'];
const FINISHES: CallName[] = ['the rest of a long text', 'a link to the epic'];

function expectation(callName: CallName, [kind, sentence]: Meaning, table: CallTable): Heard {
  const quiet = table.quiet[callName] ?? {};
  if (kind in quiet) return { as: 'answer', answer: quiet[kind] };
  const says = expect.stringMatching(sentence);
  if (callName === 'the test of the token') return { as: 'check', says };
  if (FINISHES.includes(callName) && CERTAIN.includes(kind)) return { as: 'said', says };
  const isUnclear = CALLS[callName].does === 'writes' && kind === 'unreachable';
  return { as: isUnclear ? 'ambiguous' : kind, says };
}

export function describeTrackerCalls(
  name: string,
  start: () => Promise<FaultyCalls>,
  table: CallTable,
): void {
  describe(`whatever ${name} answers, people hear what it means, and nothing is done twice`, () => {
    let under: FaultyCalls;
    let count = 0;

    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    async function prepare(deadlineMs: number): Promise<Situation> {
      count += 1;
      const marker = `prompt-to-issue:${String(count).padStart(32, '0')}`;
      const patient = under.connect(PATIENT_MS);
      const at = { tracker: patient, under, first: '', second: '', marker };
      const file = async () => (await patient.createIssue(toIssue(at, {}), never)).number;
      const [first, second] = [await file(), await file()];
      return { ...at, first, second, tracker: under.connect(deadlineMs) };
    }

    async function meet(call: Call, request: RegExp, fault: FaultName) {
      const at = await prepare(fault.startsWith('silence') ? IMPATIENT_MS : PATIENT_MS);
      const before = under.countSent(request);
      under.plan(request, { ...CREATE_FAULTS[fault], times: MANY });
      const outcome: Outcome = await call.run(at).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      const sent = under.countSent(request) - before;
      under.heal();
      if (call.count) await call.run({ ...at, tracker: under.connect(PATIENT_MS) });
      return { heard: hear(outcome), sent, done: call.count?.(at) };
    }

    it.each(Object.keys(CALLS) as CallName[])('%s', async (callName) => {
      const call: Call = CALLS[callName];
      for (const [fault, meaning] of Object.entries(table.faults) as [FaultName, Meaning][]) {
        const { heard, sent, done } = await meet(call, table.requests[callName], fault);
        const expected = expectation(callName, meaning, table);
        expect({ fault, ...heard }).toEqual({ fault, ...expected });
        expect(sent, fault).toBeGreaterThan(0);
        expect(sent, fault).toBeLessThanOrEqual(call.does === 'writes' ? 1 : MOST_TRIES);
        if (call.count) expect(done, fault).toBe(1);
      }
    });
  });
}
