/** What a card tells of projects, and to whom. */
import { describe, expect, it, vi } from 'vitest';
import type { IncomingMessage } from '../../src/core/message.ts';
import { ann, eve, useBots } from './bots.ts';

const [SECRET, BOUND] = ['github:acme/plans', 'github:acme/shop'];

describe('what a card tells of a private project', () => {
  const { setUp, say, talk, command } = useBots();

  /** A draft that somebody asks for, in a thread whose project is chosen; its title is much like an issue's. */
  async function draft(
    requester: IncomingMessage['author'],
    project: string,
    other: IncomingMessage['author'] = ann,
  ) {
    const asked = { visibility: 0, issues: 0 };
    const made = await setUp({
      environment: { project: BOUND },
      tracker: {
        name: 'github',
        async getProject(name) {
          asked.visibility += 1;
          const place = { host: 'github.com', projectId: '1', visibility: 'private' } as const;
          return { project: name, name, ...place };
        },
        async searchIssues(name) {
          asked.issues += 1;
          const issue = { number: '7', title: 'Checkout hangs', url: 'https://github.com/7' };
          return [{ ...issue, project: name, state: 'open' }];
        },
      },
    });
    await talk(made.bot, say('let us talk'), say('hello', { author: other, addressed: false }));
    await command(made.bot, { kind: 'project', project });
    Object.assign(asked, { visibility: 0, issues: 0 });
    await talk(made.bot, say('draft Checkout hangs', { author: requester }));
    const duplicates = () => [...made.platform.cards.values()].flatMap((card) => card.duplicates);
    return { asked, duplicates };
  }

  it('is nothing of its issues where a guest asked, unless the place is bound to it', async () => {
    const { asked } = await draft(eve, SECRET);
    await vi.waitFor(() => expect(asked.visibility).toBeGreaterThan(0));
    expect(asked.issues).toBe(0);
    const bound = await draft(eve, BOUND);
    await vi.waitFor(() => expect(bound.duplicates()).toHaveLength(1));
  });

  it('is nothing of them where a guest only spoke, and a member asked', async () => {
    const { asked, duplicates } = await draft(ann, SECRET, eve);
    await vi.waitFor(() => expect(asked.visibility).toBeGreaterThan(0));
    for (let tick = 0; tick < 50; tick += 1) await new Promise(setImmediate);
    expect([asked.issues, duplicates()]).toEqual([0, [undefined]]);
  });

  it('is what may be the same already, among members', async () => {
    const { duplicates } = await draft(ann, SECRET);
    await vi.waitFor(() => expect(duplicates()).toMatchObject([{ issue: { number: '7' } }]));
  });

  it('is not even that there are such projects, to a guest who may choose none yet', async () => {
    const projects = ['acme/plans', 'acme/shop'].map((project) => ({
      ...{ project, name: project, host: 'github.com', projectId: project },
      visibility: 'private' as const,
    }));
    async function offer(requester: IncomingMessage['author']) {
      const { bot, platform } = await setUp({
        environment: { project: 'local:closed', allowedProjects: ['github:acme/*', 'local:open'] },
        tracker: { name: 'github', listProjects: async () => projects },
      });
      await talk(bot, say('draft Checkout hangs', { author: requester }));
      const offered = () => [...platform.cards.values()].at(-1)?.projects;
      await vi.waitFor(() => expect(offered()).toBeDefined());
      return offered();
    }
    expect(await offer(ann)).toEqual(['local:open', SECRET, BOUND]);
    expect(await offer(eve)).toEqual(['local:open']);
  });
});
