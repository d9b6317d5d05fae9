/** What people change at the same moment: neither takes back what the other said. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, thread, useBots } from './bots.ts';

describe('at the same moment', () => {
  const { setUp, say, command, talk, readThread } = useBots();

  it('a conversation gets both settings that two people choose', async () => {
    const shared = 'both-settings';
    const one = await setUp({ shared });
    await talk(one.bot, say('hello'));
    await command(one.bot, { kind: 'mode', mode: 'ticket' });
    const { threads } = one.repositories;
    const other = await setUp({
      shared,
      more: {
        repositories: {
          ...one.repositories,
          threads: {
            ...threads,
            async saveSettings(conversationId, settings) {
              await command(one.bot, { kind: 'mode', mode: 'assistant' });
              return threads.saveSettings(conversationId, settings);
            },
          },
        },
      },
    });
    await command(other.bot, { kind: 'project', project: 'local:web' });
    const state = await readThread(one.repositories);
    expect(state?.settings).toEqual({ mode: 'assistant', project: 'local:web' });
  });

  it('a person who turned out to be another one begins a conversation as that one', async () => {
    const shared = 'linked-elsewhere';
    const one = await setUp({ shared });
    const other = await setUp({ shared });
    const { users, conversations } = one.repositories;
    // Both processes know the account by now.
    await talk(one.bot, say('hello'));
    await talk(other.bot, say('hello'));
    const former = await users.ensureUser(ann);
    const made = await users.createUser({ name: 'Ann' });
    if (made.kind !== 'created') throw new Error('there is no other user');
    await users.linkUsers(former.id, made.user.id);
    const elsewhere = { ...thread, threadId: 't2' };
    await talk(other.bot, say('hello again', { thread: elsewhere }));
    const { items } = await conversations.listConversations(made.user.id);
    expect(items.map(({ id }) => id)).toContain(conversationIdOf(elsewhere));
  });
});
