/** What a project has, as its tracker says: labels, milestones, people, templates, who can read it. */
import { createCache } from './cache.ts';
import type { IssueTemplate, Tracker, TrackerPerson, TrackerProject } from './tracker.ts';

/** One project, seen with one access. */
export interface OpenProject {
  /** `tracker:project`. */
  ref: string;
  tracker: Tracker;
  /** As the tracker calls it. */
  project: string;
  /** Whose token asks: what one may see is not shown to another. */
  access: string;
}

/** Answers are up to a minute old; failures are not remembered. */
export interface ProjectFacts {
  labels(of: OpenProject): Promise<string[]>;
  milestones(of: OpenProject): Promise<string[]>;
  assignees(of: OpenProject): Promise<TrackerPerson[]>;
  templates(of: OpenProject): Promise<IssueTemplate[]>;
  /** `undefined` when there is none, or it cannot be seen. */
  project(of: OpenProject): Promise<TrackerProject | undefined>;
  /** All that this access sees at the tracker. */
  projects(of: OpenProject): Promise<TrackerProject[]>;
  /** A label or milestone was made: what was heard of them before counts no more. */
  forgetNames(): void;
}

/** A new label is known within this time, in milliseconds. */
const CACHE_MS = 60_000;
const CACHE_ENTRIES = 1_000;

export function createProjectFacts(): ProjectFacts {
  function remember<Value>(ask: (of: OpenProject) => Promise<Value>, ofTracker = false) {
    const cache = createCache(ask, CACHE_MS, CACHE_ENTRIES);
    const get = (of: OpenProject) =>
      cache.get(JSON.stringify([of.access, ofTracker ? of.tracker.name : of.ref]), of);
    return { get, clear: cache.clear };
  }

  const labels = remember(({ tracker, project }) => tracker.listLabels(project));
  const milestones = remember(({ tracker, project }) => tracker.listMilestones(project));
  return {
    labels: labels.get,
    milestones: milestones.get,
    assignees: remember(({ tracker, project }) => tracker.listAssignees(project)).get,
    templates: remember(({ tracker, project }) => tracker.listTemplates(project)).get,
    project: remember(({ tracker, project }) => tracker.getProject(project)).get,
    projects: remember(({ tracker }) => tracker.listProjects(), true).get,
    forgetNames() {
      labels.clear();
      milestones.clear();
    },
  };
}
