/** Tickets over the API: lists that page, and what the document says must be sent. */
import { describe, expect, it } from 'vitest';
import { newPublishClaim } from '../db/samples.ts';
import { useAdmin } from './server.ts';

interface Operation {
  parameters?: { name: string; required?: boolean }[];
}

describe('the open drafts of a user', () => {
  const { setUp, say, talk } = useAdmin();

  it('come in pages that are full, past those on their way to the tracker', async () => {
    const { bot, repositories, ask, newUser } = await setUp();
    for (const title of ['One', 'Two', 'Three', 'Four']) await talk(bot, say(`draft ${title}`));
    const { id } = (await repositories.users.getUserByIdentity(say('').author.identity)) ?? {};
    const { items } = await repositories.tickets.listOpenDrafts(id ?? '');
    const [first, ...open] = items.sort((one, other) => (one.id < other.id ? -1 : 1));
    if (!first) throw new Error('nothing was drafted');
    const approval = {
      by: say('').author,
      ...{ at: new Date().toISOString(), revision: 1, digest: 'd', project: 'local:issues' },
    };
    await repositories.tickets.claimPublishing(first, approval, newPublishClaim());
    const boss = await newUser('admin');
    const found: string[] = [];
    for (let query: string | undefined = '?limit=1'; query !== undefined; ) {
      const { body } = await ask(boss, 'GET', `/users/${id}/drafts${query}`);
      expect(body.items).toHaveLength(1);
      found.push(body.items[0].id);
      query = body.cursor && `?limit=1&cursor=${body.cursor}`;
    }
    expect(found).toEqual(open.map((draft) => draft.id));
  });
});

describe('the document', () => {
  const { setUp } = useAdmin();

  async function readOperations() {
    const admin = await setUp();
    const document = (await (await admin.app.request('/openapi.json')).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const isNeeded = (path: string, method: string, name: string) =>
      document.paths[path]?.[method]?.parameters?.find((one) => one.name === name)?.required;
    return { ...admin, document, isNeeded };
  }

  it('asks for If-Match where nothing is done without it', async () => {
    const { document, isNeeded } = await readOperations();
    const needing = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => isNeeded(path, method, 'if-match'))
        .map((method) => `${method} ${path}`),
    );
    const ticket = '/conversations/{conversationId}/tickets/{ticketId}';
    expect(needing.sort()).toEqual(
      [
        'patch /users/{userId}',
        'patch /users/{userId}/providers/{name}',
        'patch /users/{userId}/trackers/{name}',
        'patch /workspaces/{platform}/{workspaceId}/providers/{name}',
        'patch /workspaces/{platform}/{workspaceId}/trackers/{name}',
        `patch ${ticket}`,
        ...['add-to', 'approve', 'create-name', 'discard'].map((verb) => `post ${ticket}/${verb}`),
      ].sort(),
    );
  });

  it("asks for the platform of a user's usage, in words of that route", async () => {
    const { isNeeded, ask, newUser } = await readOperations();
    expect(isNeeded('/users/{userId}/usage', 'get', 'platform')).toBe(true);
    expect(isNeeded('/usage', 'get', 'platform')).toBe(false);
    const { status, text } = await ask(
      await newUser('member'),
      'GET',
      '/users/me/usage?month=2026-03',
    );
    expect(status).toBe(400);
    expect(text).toContain('"field":"platform"');
    expect(text).not.toContain('by=');
  });

  it('is told without If-Match what is missing', async () => {
    const { ask, newUser } = await readOperations();
    const boss = await newUser('admin');
    const answer = await ask(boss, 'PATCH', `/users/${boss.id}`, { body: { name: 'Boss' } });
    expect(answer.status).toBe(428);
  });
});
