/** `npm run build`: the same programs in few files, for as long as the sources are the same. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopEngine } from '../../src/db/engine.ts';
import { type BuiltProject, createBuiltProject } from '../built-project.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';
import { startOllamaServer } from '../fakes/ollama-server.ts';
import { startVendor, VENDORS } from '../fakes/vendors.ts';

const RECORDER = join(import.meta.dirname, '..', 'fakes', 'record-modules.mjs');
const PROBLEM =
  'Checkout hangs on Safari 17 after you press Pay. Expected: the order goes through.';
const STALE =
  'dist/ was built from other sources and is not used; `npm run build` makes it anew.\n';

/** Loaded only where they are asked for. */
const ON_DEMAND = [
  ...['@anthropic-ai/sdk', '@google/genai', 'ollama', 'openai', '@gitbeaker/rest'],
  ...['@octokit/rest', '@slack/bolt', 'discord.js', 'sharp'],
];

describe('npm run build', () => {
  let project: BuiltProject;
  let dataDir = '';
  const manifest = () => JSON.parse(readFileSync(join(project.folder, 'dist/build.json'), 'utf8'));

  beforeAll(async () => {
    [project, dataDir] = await Promise.all([
      createBuiltProject(),
      mkdtemp(join(tmpdir(), 'build-data-')),
    ]);
  }, 60_000);
  afterAll(async () => {
    await stopEngine({ dataDir });
    await Promise.all([project.remove(), rm(dataDir, { recursive: true })]);
  });

  /** One turn in the terminal, and the modules of the project or in its build that were loaded for it. */
  async function chat(env: Record<string, string>, ...args: string[]) {
    const record = join(dataDir, 'modules.txt');
    const given = ['--prompt', PROBLEM, '--json', ...args];
    const program = ['--import', RECORDER, 'scripts/run.mjs', 'scripts/chat.ts', ...given];
    const child = spawn(process.execPath, program, {
      cwd: project.folder,
      env: {
        ...{ PATH: process.env.PATH, DATA_DIR: dataDir, LOG_LEVEL: 'silent' },
        ...{ DEFAULT_PROVIDER: 'offline', RECORD_MODULES: record, ...env },
      },
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const paths = readFileSync(record, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:'))
      .map((url) => fileURLToPath(url).replace(`${project.folder}/`, ''));
    return { paths, document: JSON.parse(stdout), stderr };
  }

  function packagesOf(paths: string[]): string[] {
    const { files } = manifest() as { files: Record<string, string[]> };
    const modules = paths.flatMap((path) => files[path.replace('dist/', '')] ?? [path]);
    return ON_DEMAND.filter((name) =>
      modules.some((module) => module.includes(`node_modules/${name}/`)),
    );
  }

  it('starts the terminal from the build, without a module of what is not asked', async () => {
    const { paths, document } = await chat({});
    expect(document.tickets).toHaveLength(1);
    expect(paths).toContain('dist/chat.js');
    expect(paths.filter((path) => path.endsWith('.ts'))).toEqual([]);
    expect(packagesOf(paths)).toEqual([]);
  });

  it.each(VENDORS)('answers with $name, and loads no other', async (vendor) => {
    const { server, env } = await startVendor(vendor);
    const { paths, document } = await chat(env);
    await server.stop();
    expect(server.requests.length).toBeGreaterThan(0);
    expect(document.messages).toHaveLength(2);
    expect(packagesOf(paths)).toEqual([vendor.sdk]);
  });

  it('scales images with what stays outside of a build', async () => {
    const image = join(dataDir, 'screen.png');
    const create = { width: 20, height: 20, channels: 3, background: '#fff' } as const;
    await sharp({ create }).png().toFile(image);
    const server = await startOllamaServer();
    const env = { OLLAMA_BASE_URL: server.url, OLLAMA_MODEL: 'llama:large' };
    const { paths } = await chat({ DEFAULT_PROVIDER: 'ollama', ...env }, '--image', image);
    await server.stop();
    expect(JSON.stringify(server.requests)).toMatch(/\/9j\/[\w+/=]{100,}/);
    expect(packagesOf(paths)).toEqual(['ollama', 'sharp']);
  });

  it.each(['github:acme/shop', 'gitlab:acme/web/shop'])('files at %s', async (ref) => {
    const [tracker = '', where = ''] = ref.split(':');
    const [github, gitlab] = await Promise.all([startGitHubServer(), startGitLabServer()]);
    const { document } = await chat(
      {
        ...{ GITHUB_API_URL: github.url, GITHUB_TOKEN },
        ...{ GITLAB_URL: gitlab.url, GITLAB_TOKEN },
      },
      ...['--approve', 'all', '--tracker', tracker, '--project', where],
    );
    await Promise.all([github.stop(), gitlab.stop()]);
    expect(document.tickets).toMatchObject([{ status: 'published', externalId: `${ref}#1` }]);
    expect([...github.problems, ...gitlab.problems]).toEqual([]);
  });

  it('starts from the sources once they are others, and in production says so', async () => {
    appendFileSync(join(project.folder, 'src/app.ts'), '// changed\n');
    const stale = await chat({});
    expect(stale.stderr).toBe('');
    expect(stale.paths).toContain('src/app.ts');
    const { stderr } = spawnSync(
      process.execPath,
      ['scripts/run.mjs', 'scripts/chat.ts', '--help'],
      {
        ...{ cwd: project.folder, encoding: 'utf8' },
        env: { PATH: process.env.PATH, NODE_ENV: 'production' },
      },
    );
    expect(stderr).toBe(STALE);
    await project.build();
    const fresh = await chat({});
    expect(fresh.stderr).toBe('');
    expect(fresh.paths).toContain('dist/chat.js');
  });

  it('keeps the files of the build before, which may still run, and none of older ones', async () => {
    const built = () => Object.keys(manifest().files).sort();
    const present = () => readdirSync(join(project.folder, 'dist')).sort();
    const generations = [built()];
    for (const change of ['// once\n', '// twice\n']) {
      // A comment is in no build; a name is.
      appendFileSync(
        join(project.folder, 'src/image-scale.ts'),
        `export const x${generations.length} = 1;${change}`,
      );
      appendFileSync(join(project.folder, 'src/app.ts'), `console.debug('${change.trim()}');\n`);
      await project.build();
      generations.push(built());
    }
    const [, second = [], third = []] = generations;
    expect(third).not.toEqual(second);
    expect(present()).toEqual([...new Set([...second, ...third, 'build.json'])].sort());
  });
});
