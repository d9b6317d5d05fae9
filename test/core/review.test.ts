/** Reviewing drafts through the bot's own front door. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import { readPrompt } from '../../src/core/prompt.ts';
import { TrackerError } from '../../src/core/tracker.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';
import { ann, echo, eve, USAGE, useBots } from './bots.ts';

describe('reviewing drafts', () => {
  const { setUp, say, command, talk, readThread, readTickets } = useBots();

  it('drafts, lets a person edit and approve, and files once', async () => {
    const { bot, repositories, platform, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    expect([...platform.cards.values()][0]?.ticket).toMatchObject({
      title: 'Checkout hangs',
      ordinal: 1,
      status: 'draft',
    });
    const target = { ordinal: 1 };
    const edit: Command = { kind: 'edit', target, changes: { title: 'Checkout hangs on pay' } };
    expect(await command(bot, edit)).toMatchObject({ kind: 'done' });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => command(bot, { kind: 'approve', target })),
    );
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ title: 'Checkout hangs on pay', project: 'issues' });
    const [ticket] = await readTickets(repositories);
    expect(ticket).toMatchObject({
      status: 'published',
      editedFields: ['title'],
      issue: { externalUrl: 'https://tracker.example.com/1' },
      approval: { by: ann, project: 'local:issues' },
    });
    expect(platform.cards.size).toBe(1);
    expect([...platform.cards.values()][0]?.ticket.status).toBe('published');
    expect((await readThread(repositories))?.drafts).toEqual([]);
  });

  it('refuses to approve what the person has not seen, and shows the card again', async () => {
    const { bot, repositories, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    const [ticket] = await readTickets(repositories);
    const seen = { ticketId: ticket?.id ?? '', revision: 1 };
    await command(bot, { kind: 'edit', target: seen, changes: { priority: 'low' } });
    const outcome = await command(bot, { kind: 'approve', target: seen });
    expect(outcome).toMatchObject({ kind: 'refused', tickets: [{ revision: 2 }] });
    expect(issues).toEqual([]);
  });

  it('lets only those approve who may', async () => {
    const { bot, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } }, eve);
    expect(outcome.kind).toBe('refused');
    expect(issues).toEqual([]);
  });

  it('files nowhere but where this place may file', async () => {
    const { bot, issues } = await setUp({ environment: { allowedProjects: ['github:acme/*'] } });
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(outcome.message).toContain('local:issues');
    expect(issues).toEqual([]);
  });

  it('makes a refused issue a draft again, with the reason', async () => {
    const { bot, repositories, faults, issues } = await setUp();
    faults.push(new TrackerError('local', 'refused', 'Issues are disabled in this project.'));
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(outcome.message).toContain('Issues are disabled in this project.');
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'draft' });
    expect(await command(bot, { kind: 'approve', target: { ordinal: 1 } })).toMatchObject({
      kind: 'done',
    });
    expect(issues).toHaveLength(1);
  });

  it('asks the tracker before it creates again when nobody knows what happened', async () => {
    const { bot, repositories, faults, issues } = await setUp();
    faults.push(new TrackerError('local', 'ambiguous', 'no answer'));
    await talk(bot, say('draft Checkout hangs'));
    await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(issues).toHaveLength(1);
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'published' });
  });

  it('drops its own change of a draft when a person was faster, and says so', async () => {
    let slowed: (() => Promise<void>) | undefined;
    const { bot, repositories, platform } = await setUp({
      async *script(request) {
        const { state } = readPrompt(request.messages);
        if (!state?.drafts.length || request.messages.at(-1)?.role === 'tool') {
          yield* echo(request);
          return;
        }
        await slowed?.();
        const keep = Object.fromEntries(Object.keys(DRAFT).map((name) => [name, null]));
        const changes = { ...keep, title: 'From the model' };
        const input = { ticket: 1, changes, clear: [] };
        yield { type: 'toolCall', call: { id: '2', name: 'revise_ticket', input } };
        yield { type: 'end', stopReason: 'tools', usage: USAGE };
      },
    });
    await talk(bot, say('draft Checkout hangs'));
    slowed = async () => {
      const changes = { title: 'By hand' };
      await command(bot, { kind: 'edit', target: { ordinal: 1 }, changes });
    };
    await talk(bot, say('shorter please'));
    expect((await readTickets(repositories))[0]).toMatchObject({ title: 'By hand', revision: 2 });
    expect(platform.replies.at(-1)?.views.at(-1)?.text).toContain('my change was dropped');
  });

  it('tells everybody by name what is open when a number is needed', async () => {
    const { bot } = await setUp();
    await talk(bot, say('draft One thing'), say('draft Another thing'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: undefined } });
    expect(outcome.kind).toBe('refused');
    expect(outcome.message).toBe('Which one? Open drafts: 1 (One thing), 2 (Another thing).');
  });
});
