/** Windows on a draft in Discord, and files where a text fits no window: nothing that was typed is lost. */
import { describe, expect, it } from 'vitest';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import type { DiscordMessage } from '../../fakes/discord-world.ts';
import { eventually, useDiscord } from './bots.ts';
import { draftIn, draftOne, editAtOnce, filing, idOf, inputsOf, told } from './drafts.ts';

describe('a draft in the windows of Discord', () => {
  const { setUp, run } = useDiscord();

  it('is edited in windows for text, details and lists, only where something was changed', async () => {
    const setting = await setUp();
    const { card, press } = await draftIn(setting, run);
    const text = await press(setting.ann, 'Edit text');
    expect(text.callback?.type).toBe(9);
    await setting.people.submit(text, { title: 'Export drops two rows' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('drops two rows'));
    const details = await press(setting.ann, 'Details');
    await setting.people.submit(details, { priority: ['critical'], estimate: '3 days' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('critical priority'));
    const criteria = await press(setting.ann, 'Criteria');
    await setting.people.submit(criteria, {
      'acceptanceCriteria-0': 'All rows are there\n- The file opens',
    });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('☐ The file opens'));
    expect(JSON.stringify(card.embeds)).toContain('3 days');
  });

  it('keeps what was typed when it is refused, and tells the second of two editors', async () => {
    const setting = await setUp();
    const draft = await draftIn(setting, run);
    const { card } = draft;
    const theirs = { title: 'Theirs, carefully written' };
    const refusal = await editAtOnce(setting, draft, { title: 'Mine' }, theirs);
    expect(JSON.stringify(refusal.components)).toContain('Open again');
    expect(JSON.stringify(card.embeds)).not.toContain('Theirs');
    const openAgain = JSON.stringify(refusal.components).match(/"custom_id":"([^"]+)"/)?.[1] ?? '';
    const again = await setting.people.click(setting.owner.id, refusal, openAgain);
    expect(JSON.stringify(again.callback)).toContain('Theirs, carefully written');
    await setting.people.submit(again, {});
    await eventually(() =>
      expect(JSON.stringify(card.embeds)).toContain('Theirs, carefully written'),
    );
  });

  it('gives a long text back that was refused, for whoever keeps it may be gone', async () => {
    const setting = await setUp();
    const draft = await draftIn(setting, run);
    const long = `It took me an hour to write this. ${'A sentence. '.repeat(30)}`.trim();
    const theirs = { 'description-0': long };
    const refusal = await editAtOnce(setting, draft, { title: 'Mine' }, theirs);
    expect(refusal.files.map(({ name, content }) => [name, String(content)])).toEqual([
      ['what-you-typed.md', long],
    ]);
  });

  it('does not bring back what somebody else changed meanwhile, when a refused edit is sent again', async () => {
    const setting = await setUp();
    const draft = await draftIn(setting, run);
    const { card, press } = draft;
    const anns = { 'description-0': 'What Ann found out.' };
    await editAtOnce(setting, draft, anns, { title: 'A better title' });
    await setting.people.submit(await press(setting.owner, 'Edit text'), {});
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('A better title'));
    expect(JSON.stringify(card.embeds)).toContain('What Ann found out.');
  });

  it('keeps a description of 12,000 characters to the letter while only its title is edited', async () => {
    const setting = await setUp();
    const paragraph = 'The export drops rows when the file is large. 行が消える。 🧾 ';
    const description = Array.from({ length: 190 }, (_, n) => `${n}. ${paragraph}`).join('\n\n  ');
    expect(description.length).toBeGreaterThan(12_000);
    const { card, press, root } = await draftIn(setting, run, draftOne({ description }));
    const opened = await press(setting.ann, 'Edit text');
    await setting.people.submit(opened, { title: 'Export drops many rows' });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('many rows'));
    const id = conversationIdOf(threadRefOf(root.id));
    const { items } = await setting.repositories.tickets.listTickets(id);
    expect(items[0]?.description).toBe(description.trim());
    expect(items[0]?.editedFields).toEqual(['title']);
  });

  it('takes what its template asks for, several fields at once, also in another process than showed the window', async () => {
    const setting = await setUp();
    const fields = ['Version', 'Browser', 'Steps', 'Logs', 'Operating system', 'Contact'];
    const { card, press, ticket, running } = await draftIn(setting, run, draftOne(), fields);
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('Operating system'));
    const opened = await press(setting.ann, 'Fill in');
    const [version, browser, ...more] = inputsOf(opened);
    expect([version, browser, ...more].map((one) => one?.label)).toEqual(fields.slice(0, 5));
    await running.adapter.stop();
    await run(setting, { script: draftOne(), ...filing([], fields) });
    await setting.people.submit(opened, {
      [version?.id ?? '']: '2.4',
      [browser?.id ?? '']: 'Safari 17',
    });
    await eventually(async () => {
      const { description } = await ticket();
      expect(description).toContain('## Version\n\n2.4');
      expect(description).toContain('## Browser\n\nSafari 17');
    });
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('"Steps, Logs, '));
    const next = await press(setting.ann, 'Fill in');
    expect(inputsOf(next).map(({ label }) => label)).toEqual(fields.slice(2));
  });

  it('with a description longer than any window is edited as a file, and nothing of it is lost', async () => {
    const setting = await setUp();
    const { people, ann, discord } = setting;
    const long = Array.from({ length: 900 }, (_, n) => `${n}. It fails für 日本 🧾 again.`).join(
      '\n',
    );
    expect(long.length).toBeGreaterThan(20_000);
    const { press, ticket } = await draftIn(setting, run, draftOne({ description: long }));
    const offered = await press(ann, 'Edit text');
    const message = offered.original ?? expect.unreachable();
    const [file] = message.files;
    expect([file?.name, file?.content.toString()]).toEqual(['draft-1-description.md', long]);
    const back = async (from: DiscordMessage, label: string) =>
      people.click(ann.id, from, idOf(from, label));
    const opened = await back(message, 'Bring it back');
    const broken = people.file('draft.md', Buffer.from([0xff, 0xfe, 0x00]));
    await people.submit(opened, { title: 'Never', description: broken });
    await eventually(() => expect(told(setting)).toContain('no text in UTF-8'));
    expect((await ticket()).title).toBe('Export drops the last row');
    const changed = people.file('draft.md', `${long.replaceAll('\n', '\r\n')}\r\nThe end.`);
    await people.submit(opened, { title: 'Mine', description: changed });
    await eventually(async () => expect((await ticket()).description).toBe(`${long}\nThe end.`));
    expect((await ticket()).title).toBe('Mine');
    // A file of before is refused until its owner, who was told so, brings it again.
    const late = await back(message, 'Bring it back');
    await people.submit(late, { description: people.file('draft.md', 'Of before.') });
    await eventually(() => expect(told(setting)).toContain('changed in the meantime'));
    const refusal = discord.world.ephemerals.at(-1)?.message ?? expect.unreachable();
    const again = await back(refusal, 'Open again');
    await people.submit(again, { description: people.file('draft.md', 'Decided.') });
    await eventually(async () => expect((await ticket()).description).toBe('Decided.'));
  });

  it('with criteria that fit no window is edited as a file too, one criterion a line', async () => {
    const setting = await setUp();
    const { people, ann } = setting;
    const sentence = 'The export holds every row that the list has, in the same order. '.repeat(5);
    const acceptanceCriteria = Array.from({ length: 48 }, (_, n) => `${n}. ${sentence}`.trim());
    const { press, ticket, running, root } = await draftIn(setting, run, draftOne());
    await running.bot.handleAction({
      thread: threadRefOf(root.id),
      place: { workspaceId: setting.guild.id, channelId: setting.general.id, visibility: 'public' },
      actor: { identity: `discord::${ann.id}`, name: 'Ann', standing: 'member' },
      command: { kind: 'edit', target: { ordinal: 1 }, changes: { acceptanceCriteria } },
    });
    expect((await ticket()).acceptanceCriteria).toEqual(acceptanceCriteria);
    const offered = await press(ann, 'Criteria');
    const message = offered.original ?? expect.unreachable();
    const [file] = message.files;
    expect(file?.name).toBe('draft-1-acceptanceCriteria.md');
    expect(String(file?.content)).toBe(acceptanceCriteria.join('\n'));
    const opened = await people.click(ann.id, message, idOf(message, 'Bring it back'));
    const kept = acceptanceCriteria.slice(1).map((line) => `- ${line}`);
    const text = ['- The file opens', '', ...kept].join('\r\n');
    await people.submit(opened, { acceptanceCriteria: people.file('mine.md', text) });
    await eventually(async () =>
      expect((await ticket()).acceptanceCriteria).toEqual([
        'The file opens',
        ...acceptanceCriteria.slice(1),
      ]),
    );
  });
});
