/** The selects of a window that search while somebody types: labels, people, milestones and projects of the tracker. */
import { describe, expect, it } from 'vitest';
import type { Tracker, TrackerProject } from '../../../src/core/tracker.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';
import { eventually, RECEIVERS, useSlack } from './bots.ts';
import { buttonFor, draftIn, openView } from './drafts.ts';

const LONG = 'area: the part of the shop where people pay, and what comes before and after it';
const PROJECTS = ['acme/shop', 'acme/web', 'evil/shop'].map(
  (project): TrackerProject => ({
    ...{ project, name: project, projectId: project, host: 'github.com' },
    visibility: 'private',
  }),
);
const ALLOWED = {
  project: 'github:acme/api',
  allowedProjects: ['github:acme/*', 'gitlab:group/*'],
};

describe.each(RECEIVERS)('selects that search in Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  async function openEdit(parts: Partial<Tracker>) {
    const setting = await setUp();
    const tracker = createIdleTracker({
      ...{ name: 'github', listLabels: async () => ['ui', 'a11y bug', 'bug', LONG] },
      ...{ listAssignees: async () => [{ username: 'dlee', name: 'Dana Lee' }] },
      ...{ listMilestones: async () => ['v1', 'v2'], listProjects: async () => PROJECTS },
      ...parts,
    });
    const more = { chooseTracker: async () => tracker, environment: ALLOWED };
    const running = await draftIn(setting, run, { receiver, more });
    const { people, card } = running;
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-edit'));
    const view = await openView(setting, 'Edit');
    /** What Slack shows under the select while this is typed into it. */
    async function offered(field: string, typed: string) {
      const { ok, body, tookMs } = await people.suggest(view, `suggest:${field}`, typed);
      const { options } = body as { options: { text: { text: string }; value: string }[] };
      return { ok, tookMs, options, texts: options.map(({ text }) => text.text) };
    }
    return { ...running, setting, view, offered };
  }

  it('offer what the project has and where this place may file, and what is chosen is kept', async () => {
    const { setting, people, view, offered } = await openEdit({});
    expect((await offered('labels', 'bug')).texts).toEqual(['bug', 'a11y bug']);
    const [person] = (await offered('assignees', 'dana')).options;
    expect(person?.text.text).toBe('Dana Lee (dlee)');
    const [milestone] = (await offered('milestone', '2')).options.slice(-1);
    expect((await offered('project', '')).texts).not.toContain('github:evil/shop');
    const [project] = (await offered('project', 'shop')).options.slice(-1);
    const [bug] = (await offered('labels', 'bug')).options;
    const [area] = (await offered('labels', 'area')).options;
    const chosen = { labels: [bug, area], assignees: [person], milestone, project };
    await people.submit(view, chosen);
    expect(view.open).toBe(false);
    await eventually(async () => {
      const user = await setting.repositories.users.getUserByIdentity('slack:T1:UANN');
      const { items } = await setting.repositories.tickets.listOpenDrafts(user?.id ?? '');
      const [draft] = items;
      expect(draft).toMatchObject({
        ...{ labels: ['bug', LONG], assignees: ['dlee'], milestone: 'v2' },
        project: 'github:acme/shop',
      });
    });
  });

  it('take a project of another tracker that is typed in full', async () => {
    const { setting, people, view, offered } = await openEdit({});
    const [project] = (await offered('project', 'gitlab:group/web')).options.slice(-1);
    await people.submit(view, { project });
    expect(view.open).toBe(false);
    await eventually(async () => {
      const user = await setting.repositories.users.getUserByIdentity('slack:T1:UANN');
      const { items } = await setting.repositories.tickets.listOpenDrafts(user?.id ?? '');
      const [draft] = items;
      expect(draft).toMatchObject({ project: 'gitlab:group/web' });
    });
  });

  it('are answered within three seconds, with nothing, while the tracker is silent', async () => {
    const silence = Promise.withResolvers<TrackerProject[]>();
    const { offered } = await openEdit({ listProjects: () => silence.promise });
    const { ok, options, tookMs } = await offered('project', 'web');
    silence.resolve([]);
    expect({ ok, options }).toEqual({ ok: true, options: [] });
    expect(tookMs).toBeLessThan(3_000);
  });
});
