/** What people wrote, filed to a GitHub that notifies, closes and hides as the real one does: it must only be read. */
import { describe, expect, it } from 'vitest';
import { neutraliseMarkdown } from '../../src/core/neutralise-markdown.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTrackerText } from '../contracts/tracker-text.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';
import { readEffects } from '../fakes/text-effects.ts';
import { createRandom } from '../faults.ts';

describeTrackerText('GitHub', 256, async () => {
  const server = await startGitHubServer();
  const { effects, projects } = server.world;
  const auth = { kind: 'token', token: TOKEN } as const;
  return {
    tracker: createGitHubTracker({ auth, baseUrl: server.url, timing: { writeGapMs: 0 } }),
    project: PROJECT,
    kept() {
      const [issue] = projects[0]?.issues ?? [];
      if (!issue) throw new Error('nothing was filed');
      const { title, body, comments, state } = issue;
      return { title, body, comments: comments.map((one) => one.body), isOpen: state === 'open' };
    },
    effects: () => [...effects.pinged, ...effects.closing, ...effects.html],
    stop: server.stop,
  };
});

describe('hostile text', () => {
  it('pings, closes and hides nothing in ten thousand mixtures of fences, spans, tags and names', () => {
    const pieces = [
      ...['ask @ann', '@org/team', '&#64;ann', '&commat;all', 'fixes #1', 'Closes: acme/shop#2'],
      ...['fix **#3**', '`', '``', '```', '~~~', '```js', '<!-- x', '-->', '<div>', '</div>', ''],
      ...[
        '> x',
        '    @code',
        '- a',
        'a ` b',
        'x `y` z',
        '[a](b',
        '[@ann](@ann)',
        '|`@a|b`|',
        '*@a*',
      ],
      ...['resolves https://github.com/acme/shop/issues/1', '<https://x.io/@ann>', '\\`@ann\\`'],
    ];
    const random = createRandom(11);
    const below = (most: number) => Math.floor(random() * most);
    for (let count = 0; count < 10_000; count += 1) {
      const lines = Array.from({ length: 2 + below(9) }, () => pieces[below(pieces.length)]);
      const text = neutraliseMarkdown(lines.join(below(9) === 0 ? ' ' : '\n'));
      const none = { pinged: [], closing: [], html: [] };
      expect({ text, effects: readEffects(text) }).toEqual({ text, effects: none });
    }
  });
});
