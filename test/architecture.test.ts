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
