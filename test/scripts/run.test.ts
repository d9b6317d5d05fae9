import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LAUNCHER = new URL('../../scripts/run.mjs', import.meta.url).pathname;

function run(program: string, { args = [], env = {}, files = {} }: RunOptions = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'run-'));
  for (const [name, text] of Object.entries({ 'program.ts': program, ...files })) {
    writeFileSync(join(cwd, name), text);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [LAUNCHER, 'program.ts', ...args],
    { cwd, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

interface RunOptions {
  args?: string[];
  env?: Record<string, string>;
  files?: Record<string, string>;
}

describe('run.mjs', () => {
  it('runs TypeScript with its arguments and without a warning', () => {
    const program = 'const args: string[] = process.argv.slice(2); console.log(args.join("|"));';
    const outcome = run(program, { args: ['--json', 'two words'] });
    expect(outcome).toEqual({ status: 0, stdout: '--json|two words\n', stderr: '' });
  });

  it('loads .env.local over .env, and neither over what is set', () => {
    const program = 'console.log([process.env.A, process.env.B, process.env.C].join());';
    const files = { '.env.local': 'A=local\nB=local\n', '.env': 'A=env\nB=env\nC=env\n' };
    expect(run(program, { env: { A: 'set' }, files }).stdout).toBe('set,local,env\n');
  });

  it.each([
    ['throws', 'await 0; throw'],
    ['throws later', 'setTimeout(() => { throw error }, 1); const error ='],
    [
      'rejects and nobody listens',
      'setTimeout(() => void Promise.reject(error), 1); const error =',
    ],
  ])('says one sentence when the program %s', (_, failing) => {
    const known = `${failing} Object.assign(new Error('port 8000 is taken'), { name: 'EngineError' });`;
    expect(run(known)).toEqual({ status: 1, stdout: '', stderr: 'port 8000 is taken\n' });
    const unknown = `${failing} new TypeError('x is not a function');`;
    expect(run(unknown).stderr).toBe(
      'It failed unexpectedly: x is not a function (TypeError; LOG_LEVEL=debug shows where).\n',
    );
    expect(run(unknown, { env: { LOG_LEVEL: 'debug' } }).stderr).toContain('program.ts:1');
  });

  it('explains a program that has no help of its own by what its file begins with', () => {
    const program = [
      '/**\n * `npm run x`: does it.\n * `--one N` does one.\n */',
      "import { parseArgs } from 'node:util';",
      "parseArgs({ options: { one: { type: 'string' } } });",
    ].join('\n');
    const explained = '`npm run x`: does it.\n`--one N` does one.\n';
    expect(run(program, { args: ['--help'] })).toEqual({
      status: 0,
      stdout: explained,
      stderr: '',
    });
    expect(run(program, { args: ['--two'] })).toMatchObject({ status: 1, stdout: '' });
  });

  it('says what is missing', () => {
    const { status, stderr } = spawnSync(process.execPath, [LAUNCHER, 'nowhere.ts'], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^There is no nowhere\.ts here; [^\n]*\n$/);
  });
});
