/** Files of a thread on their way into its issue. */
import { describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../../src/core/message.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { thread } from './bots.ts';
import { approve, useTrackerBots } from './tracker-bots.ts';

describe('screenshots of a thread', () => {
  const { setUp, say, command, talk, hub, onTracker, onGitHub, onGitLab, shop, web } =
    useTrackerBots();

  const picture = { id: 'F1', name: 'screen.png', mimeType: 'image/png', bytes: 3, url: 'x' };
  const withPicture: Partial<IncomingMessage> = { attachments: [picture] };

  it.each([
    ['GitLab', () => onGitLab(), () => web().issues[0]?.description],
    [
      'a branch of GitHub',
      () => onTracker('github:acme/shop', hub({ attachments: true })),
      () => shop().issues[0]?.body,
    ],
  ])('puts screenshots of the thread on %s and into the issue', async (_, on, bodyOf) => {
    const { bot, platform } = await on();
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('draft Checkout hangs', withPicture));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    expect(bodyOf()).toMatch(/!\[screen.*\]\(.+\)/);
  });

  it('puts the screenshot of a long thread into the issue, however much was said before', async () => {
    const { bot, repositories, platform, issues } = await setUp({
      tracker: { uploadFile: async (_, { name }) => `![${name}](https://files.example.com/1)` },
    });
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('hello'));
    const conversationId = conversationIdOf(thread);
    await repositories.messages.putMessages(
      Array.from({ length: 450 }, (_, n) => {
        const { id, sentAt, author, text } = say(`said ${n}`);
        return { id, sentAt, author, text, conversationId, role: 'user' as const };
      }),
    );
    await talk(bot, say('draft Checkout hangs', withPicture));
    await command(bot, approve());
    expect(issues[0]?.body).toContain('![screen.png]');
  });

  it('puts a screenshot in once, though a request to draft brings it along again', async () => {
    const { bot, platform, issues } = await setUp({
      tracker: { uploadFile: async (_, { name }) => `![${name}](https://files.example.com/1)` },
    });
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    platform.earlier = { messages: [say('look at this', withPicture)], omitted: false };
    await talk(bot, say('draft Checkout hangs', withPicture));
    await command(bot, approve());
    expect(issues[0]?.body.split('![screen.png]')).toHaveLength(2);
  });

  it('says that a screenshot was left out where files are not allowed, or it is gone', async () => {
    const { bot, platform } = await onGitHub();
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('draft Checkout hangs', withPicture));
    const outcome = await command(bot, approve());
    expect(outcome.message).toContain('The file screen.png was left out: this project keeps no');
    expect(shop().issues).toHaveLength(1);
  });
});
