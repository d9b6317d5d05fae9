/** `docs/slack.md` says what the product does: every permission, and commands that are commands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BOT_SCOPES } from '../../../adapters/slack/scopes.ts';
import { parseCommand } from '../../../src/core/commands.ts';
import { settingsSchema } from '../../../src/core/settings.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'slack.md'), 'utf8');

describe('the guide to Slack', () => {
  it('explains every permission that is asked for, and no other', () => {
    const [, table = ''] = GUIDE.split('## What each permission is for');
    const explained = (table.split('\n## ')[0] ?? '').matchAll(/`([a-z_]+:[a-z]+|commands)`/g);
    expect([...new Set([...explained].map(([, scope]) => scope))].sort()).toEqual(BOT_SCOPES);
  });

  it('shows settings that are settings, with values they take', () => {
    const shown = [...GUIDE.matchAll(/^\| `(set channel [^`]+)`/gm)].map(([, words = '']) => words);
    expect(shown.length).toBeGreaterThan(8);
    for (const words of shown) {
      const command = parseCommand(words);
      if (command?.kind !== 'configure') throw new Error(`not a command: ${words}`);
      expect(() => settingsSchema.parse(command.changes), words).not.toThrow();
    }
  });
});
