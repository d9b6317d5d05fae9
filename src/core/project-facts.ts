/** What a project has, as its tracker says: labels, milestones, people, templates, who can read it. */
import { createCache } from './configuration.ts';
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
}

/** A new label is known within this time, in milliseconds. */
const CACHE_MS = 60_000;
const CACHE_ENTRIES = 1_000;

export function createProjectFacts(): ProjectFacts {
  function remember<Value>(ask: (of: OpenProject) => Promise<Value>, ofTracker = false) {
    const cache = createCache(ask, CACHE_MS, CACHE_ENTRIES);
    return (of: OpenProject) =>
      cache.get(JSON.stringify([of.access, ofTracker ? of.tracker.name : of.ref]), of);
  }

  return {
    labels: remember(({ tracker, project }) => tracker.listLabels(project)),
    milestones: remember(({ tracker, project }) => tracker.listMilestones(project)),
    assignees: remember(({ tracker, project }) => tracker.listAssignees(project)),
    templates: remember(({ tracker, project }) => tracker.listTemplates(project)),
    project: remember(({ tracker, project }) => tracker.getProject(project)),
    projects: remember(({ tracker }) => tracker.listProjects(), true),
  };
}
