/** The dependency rule of the README, held against every import in the tree. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface SourceFile {
  path: string;
  text: string;
  /** Project paths for relative imports, package names for the rest. */
  imports: string[];
}

function readTree(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readSource(join(entry.parentPath, entry.name)));
}

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  const imports = [...found].map(([, name = '']) =>
    name.startsWith('.') ? relative(ROOT, resolve(dirname(file), name)) : name,
  );
  return { path: relative(ROOT, file), text, imports };
}

/** `file: import` for every import of these files that the rule does not allow. */
function offenders(files: SourceFile[], allows: (name: string, path: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((name) => !allows(name, path)).map((name) => `${path}: ${name}`),
  );
}

/** What one chat product has and the other has not; everything else has the same name in both folders. */
const ONE_SIDED: Record<string, string> = {
  'slack/blocks.ts': 'Block Kit; Discord has embeds and rows',
  'slack/events.ts': 'shapes of events; discord.js types them',
  'slack/home-view.ts': 'the Home',
  'slack/install-page.ts': 'OAuth by each workspace; a Discord bot has one token everywhere',
  'slack/install-state.ts': 'OAuth',
  'slack/install.ts': 'OAuth',
  'slack/line.ts': 'tiers by method; Discord names its limits in headers',
  'slack/manifest.ts': 'the app as a manifest; Discord has its portal',
  'slack/many-workspaces.ts': 'a token for each workspace',
  'slack/moved-channels.ts': 'channels that get another id; ids of Discord stay',
  'slack/oauth.ts': 'OAuth',
  'slack/on-home.ts': 'the Home',
  'slack/on-lifecycle.ts': 'the app is removed from a workspace',
  'slack/quiet.ts': 'events are acknowledged; most concern nobody',
  'slack/reply-calls.ts': 'streams',
  'slack/reply-message.ts': 'streams',
  'slack/rotation.ts': 'tokens that rotate',
  'slack/scopes.ts': 'scopes',
  'slack/select-option.ts': 'options of selects with search; Discord has none in windows',
  'slack/settings-modal.ts': 'more than five inputs; in Discord `/ticket set` searches',
  'slack/silent-logger.ts': "Bolt's own log",
  'slack/socket.ts': 'Socket Mode',
  'slack/source.ts': 'whose installation an event came through',
  'slack/streams.ts': 'streams',
  'slack/turned-away.ts': 'what needs no token; in Discord every answer comes by the interaction',
  'slack/vault.ts': 'a token for each workspace',
  'discord/backlog.ts': 'the gateway does not deliver again',
  'discord/catch-up.ts': 'the gateway does not deliver again',
  'discord/command-registration.ts': 'commands are registered one by one',
  'discord/commands.ts': 'commands with options',
  'discord/direct.ts': 'direct messages have no threads',
  'discord/gateway.ts': 'the gateway: shards, intents, sessions',
  'discord/interaction-answer.ts':
    'interactions are acknowledged once, and written to by their token',
  'discord/invite.ts': 'permissions of roles, and the link that asks for them',
  'discord/missed-changes.ts': 'the gateway does not deliver again',
  'discord/modals.ts': 'a window that is refused is closed: what was typed is kept for the next',
  'discord/on-autocomplete.ts': 'options that search',
  'discord/pace.ts': 'limits are named in headers, channel by channel',
  'discord/request-guard.ts': 'Discord bans whoever asks in vain',
  'discord/thread-opening.ts': 'threads are opened, archived and locked',
};

const isOurs = (name: string) => /^(src|adapters|scripts|test)\//.test(name);
const src = readTree('src');
const adapters = readTree('adapters');
const within = (folder: string) => src.filter(({ path }) => path.startsWith(`${folder}/`));

describe('architecture', () => {
  it('reads a tree that is there', () => {
    expect(src.length).toBeGreaterThan(30);
    expect(adapters.length).toBeGreaterThan(2);
    expect(src.flatMap(({ imports }) => imports)).toContain('src/core/thread.ts');
  });

  it('keeps the core to itself, the schema library and hashing', () => {
    const allowed = ['zod', 'node:crypto'];
    const allows = (name: string) => name.startsWith('src/core/') || allowed.includes(name);
    expect(offenders(within('src/core'), allows)).toEqual([]);
  });

  it.each(['db', 'providers', 'trackers'])(
    'lets src/%s import the core and itself only',
    (room) => {
      const allows = (name: string) =>
        !isOurs(name) || name.startsWith('src/core/') || name.startsWith(`src/${room}/`);
      expect(offenders(within(`src/${room}`), allows)).toEqual([]);
    },
  );

  it('lets an adapter import the core and its own folder only', () => {
    const allows = (name: string, path: string) =>
      !isOurs(name) || name.startsWith('src/core/') || name.startsWith(`${dirname(path)}/`);
    expect(offenders(adapters, allows)).toEqual([]);
  });

  it('names the same thing the same in the folders of Slack and Discord', () => {
    const names = (folder: string) => readdirSync(join(ROOT, 'adapters', folder));
    const [slack, discord] = [names('slack'), names('discord')];
    const oneSided = [
      ...slack.filter((name) => !discord.includes(name)).map((name) => `slack/${name}`),
      ...discord.filter((name) => !slack.includes(name)).map((name) => `discord/${name}`),
    ];
    expect(oneSided.sort()).toEqual(Object.keys(ONE_SIDED).sort());
  });

  it('lets only the process itself import adapters', () => {
    const rest = src.filter(({ path }) => path !== 'src/main.ts');
    expect(offenders(rest, (name) => !name.startsWith('adapters/'))).toEqual([]);
  });

  it('never imports tests or scripts from the product', () => {
    const allows = (name: string) => !/^(test|scripts)\//.test(name);
    expect(offenders([...src, ...adapters], allows)).toEqual([]);
  });

  it('reads the environment in the process, the scripts and the lazy default of the table only', () => {
    const allowed = ['src/main.ts', 'src/db/index.ts'];
    const readers = [...src, ...adapters]
      .filter(({ text }) => /\bprocess\.env\b/.test(text))
      .map(({ path }) => path)
      .filter((path) => !allowed.includes(path));
    expect(readers).toEqual([]);
  });

  it('builds keys of the table nowhere but in src/db', () => {
    const literal = /['"`](?:USER|CONV|MSG|TICKET|PROVIDER|TRACKER|SHARE|PENDING|IDENTITY)#/;
    const rest = [...src, ...adapters].filter(({ path }) => !path.startsWith('src/db/'));
    const builders = rest.filter(({ text }) =>
      literal.test(text.replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, '')),
    );
    expect(builders.map(({ path }) => path)).toEqual([]);
  });
});
