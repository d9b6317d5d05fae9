/** What people wrote, filed to a GitLab that obeys and notifies as the real one does: it must only be read. */
import { describe, expect, it } from 'vitest';
import { neutraliseMarkdown } from '../../src/core/neutralise-markdown.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { describeTrackerText } from '../contracts/tracker-text.ts';
import { extractQuickActions, findMentions } from '../fakes/gitlab-quick-actions.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';
import { readEffects } from '../fakes/text-effects.ts';

describeTrackerText('GitLab', 255, async () => {
  const server = await startGitLabServer();
  const { world } = server;
  const issues = () => world.projects[0]?.issues ?? [];
  return {
    tracker: createGitLabTracker({ url: server.url, token: TOKEN }),
    project: 'acme/web/shop',
    kept() {
      const [issue] = issues();
      if (!issue) throw new Error('nothing was filed');
      const { title, description: body, notes, state, confidential } = issue;
      const comments = notes.map((note) => note.body);
      return { title, body, comments, isOpen: state === 'opened' && !confidential };
    },
    effects() {
      const texts = issues().flatMap(({ title, description, notes }) => [
        ...[title, description],
        ...notes.map(({ body }) => body),
      ]);
      const taken = texts.map(readEffects).flatMap(({ closing, html }) => [...closing, ...html]);
      return [...world.executed, ...world.pinged, ...taken];
    },
    stop: server.stop,
  };
});

describe('hostile text', () => {
  it('runs nothing in ten thousand mixtures of fences, spans, tags and commands', () => {
    const pieces = [
      ...['/close', '/assign @ann', '`', '``', '```', '````', '```js', '~~~', '<div>', '</div>'],
      ...['>>>', '> x', '', '', 'ask @ann', '    code', '- a', '\f/close', '  /close', 'a ` b'],
      ...['\t/close', 'x `y` z', '<!-- x', '-->', '[a](b', '|`a|b`|'],
    ];
    const random = createRandom(7);
    for (let count = 0; count < 10_000; count += 1) {
      const lines = Array.from({ length: 2 + random(9) }, () => pieces[random(pieces.length)]);
      const text = neutraliseMarkdown(lines.join(random(9) === 0 ? '\r' : '\n'));
      expect({ text, run: extractQuickActions(text).commands }).toEqual({ text, run: [] });
      expect({ text, pinged: findMentions(text) }).toEqual({ text, pinged: [] });
    }
  });
});

/** The same numbers every time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state >> 8) % below;
  };
}
