/** `npm run chat` as a person and a script run it: the real process, engine, drafter and tracker. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../src/core/message.ts';
import { stopEngine } from '../../src/db/engine.ts';

const LAUNCHER = new URL('../../scripts/run.mjs', import.meta.url).pathname;
const CHAT = new URL('../../scripts/chat.ts', import.meta.url).pathname;
const PROBLEM =
  'Checkout hangs on Safari 17 after you press Pay. Expected: the order goes through.';

let dataDir: string;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chat-'));
});

afterAll(async () => {
  await stopEngine({ dataDir });
  rmSync(dataDir, { recursive: true });
});

/** Starts it in an empty folder, so that no `.env` of this checkout is read. */
function start(args: string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [LAUNCHER, CHAT, ...args], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, DEFAULT_PROVIDER: 'offline', ...env },
  });
}

async function run(args: string[], { input = '', env = {} } = {}) {
  const child = start(args, env);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

async function runJson(...args: string[]) {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('chat --prompt', () => {
  it('drafts, and says so in one JSON document', async () => {
    const document = await runJson('--prompt', PROBLEM);
    expect(Object.keys(document)).toEqual(['conversation', 'messages', 'tickets']);
    expect(document.conversation).toMatchObject({ id: expect.any(String), status: 'active' });
    expect(document.messages).toMatchObject([
      { role: 'user', text: PROBLEM },
      { role: 'assistant', outcome: 'answered' },
    ]);
    expect(document.tickets).toMatchObject([
      { number: 1, status: 'draft', type: 'bug', title: expect.stringContaining('Safari 17') },
    ]);
    expect(document.tickets[0]).not.toHaveProperty('externalId');
  });

  it('files what it is told to, where it says, and goes on without filing it again', async () => {
    const first = await runJson('--prompt', PROBLEM, '--approve', 'all', '--project', 'local:shop');
    const [ticket] = first.tickets;
    expect(ticket).toMatchObject({ status: 'published', externalId: 'local:shop#1' });
    const file = readFileSync(fileURLToPath(ticket.externalUrl), 'utf8');
    expect(file).toContain(`title: ${ticket.title}`);

    const again = ['--prompt', 'Add an export of all orders as CSV.', '--approve', 'all'];
    const { id } = first.conversation;
    const second = await runJson(...again, '--conversation', id, '--project', 'local:shop');
    expect(second.conversation.id).toBe(id);
    expect(second.messages).toHaveLength(4);
    expect(second.tickets).toMatchObject([
      { id: ticket.id, externalId: 'local:shop#1' },
      { status: 'published', externalId: 'local:shop#2' },
    ]);
  });

  it('approves one draft only when told its number', async () => {
    const { tickets } = await runJson('--prompt', PROBLEM, '--approve', '1');
    expect(tickets[0]).toMatchObject({ number: 1, status: 'published' });
    const missing = await run(['--prompt', PROBLEM, '--json', '--approve', '7']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^There is no ticket 7 here\..*\n$/);
    expect(JSON.parse(missing.stdout).tickets[0].status).toBe('draft');
  });

  it('reads standard input, and shows the reply and the cards to a person', async () => {
    const { code, stdout, stderr } = await run(['--prompt', '-'], { input: PROBLEM });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('offline drafter');
    expect(stdout).toMatch(/╭─ 1 · bug · \w+ ─+ draft ─╮/);
    expect(stdout).not.toContain('\u001b');
  });

  it('files two issues when two are asked for at once', async () => {
    const file = () =>
      runJson('--prompt', PROBLEM, '--approve', 'all', '--project', 'local:at-once');
    const documents = await Promise.all([file(), file()]);
    const ids = documents.map(({ tickets }) => tickets[0].externalId).sort();
    expect(ids).toEqual(['local:at-once#1', 'local:at-once#2']);
    expect(readdirSync(join(dataDir, 'issues', 'at-once')).sort()).toEqual(['0001.md', '0002.md']);
  });

  it('works after one that was killed', async () => {
    const killed = start(['--prompt', '-']);
    killed.stdin.write(PROBLEM);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect((await runJson('--prompt', PROBLEM)).tickets).toHaveLength(1);
  });

  it('does not complain about a reader that leaves early', async () => {
    const child = start(['--prompt', PROBLEM, '--json']);
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('a mistake', () => {
  it.each([
    [['--prompt', ' '], /^--prompt: is empty/],
    [['--promt', 'x'], /^Unknown option '--promt'/],
    [['stray'], /^Unexpected argument 'stray'/],
    [['--json'], /--json needs --prompt/],
    [['--approve', 'all'], /--approve needs --prompt/],
    [['--image', 'a.png'], /--image needs --prompt/],
    [['--prompt', 'x', '--image', 'notes.txt'], /^notes\.txt is no image/],
    [['--prompt', 'x', '--image', 'missing.png'], /^missing\.png cannot be read/],
    [['--prompt', 'x', '--approve', 'some'], /--approve takes all or the number of a draft/],
    [['--prompt', 'approve all'], /is a command/],
    [['--prompt', 'x', '--conversation', 'nope'], /there is no conversation nope/],
    [['--conversation', 'nope'], /there is no conversation nope/],
    [['--prompt', 'x', '--project', 'shop'], /--project must look like local:name/],
    [['--prompt', 'x', '--provider', 'nobody'], /--provider takes one of offline/],
    [['--prompt', 'x', '--project', 'local:a', '--tracker', 'github'], /different trackers/],
  ])('is one sentence on standard error: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });

  it('is a prompt that is too long, said with the limit', async () => {
    const outcome = await run(['--prompt', '-', '--json'], {
      input: 'x'.repeat(MAX_MESSAGE_BYTES + 1),
    });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^That message is too long: [^\n]*256 KB[^\n]*\n$/);
  });

  it('is a data directory nobody can write to', async () => {
    const inTheWay = join(dataDir, 'in-the-way');
    writeFileSync(inTheWay, '');
    const env = { DATA_DIR: join(inTheWay, 'data') };
    const outcome = await run(['--prompt', PROBLEM, '--json'], { env });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^Cannot write to the data directory [^\n]+\n$/);
  });

  it('is a tracker that is not connected: the draft stays', async () => {
    const args = ['--prompt', PROBLEM, '--approve', 'all', '--project', 'github:o/r', '--json'];
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Draft 1: GitHub is not connected here[^\n]+\n$/);
    expect(JSON.parse(stdout).tickets).toMatchObject([{ status: 'draft' }]);
  });
});

describe('chat', () => {
  it('explains its arguments', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of ['--prompt', '--json', '--approve', '--conversation', '--project']) {
      expect(stdout).toContain(name);
    }
  });

  it('says what it runs on, and takes a problem from draft to issue', async () => {
    const lines = [
      PROBLEM,
      '/edit 1 title: Checkout hangs after Pay',
      '/foo',
      '/approve 1',
      '/list',
      '/open 1',
      '/quit',
    ];
    const { code, stdout, stderr } = await run(['--project', 'local:typed'], {
      input: `${lines.join('\n')}\n`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^engine {4}.*^provider {2}.*^tracker {3}local:typed/ms);
    expect(stdout).toContain('Changed draft 1.');
    expect(stdout).toContain('There is no command /foo; /help lists them.');
    expect(stdout).toContain('Filed typed#1: issues/typed/0001.md');
    expect(stdout).toContain('Your conversations, newest first:');
    const file = readFileSync(join(dataDir, 'issues', 'typed', '0001.md'), 'utf8');
    expect(file).toContain('title: Checkout hangs after Pay\n');
  });

  it('goes on with a conversation that it is given', async () => {
    const { conversation } = await runJson('--prompt', PROBLEM);
    const { stdout } = await run(['--conversation', conversation.id], { input: '/approve 1\n' });
    expect(stdout).toContain(PROBLEM.slice(0, 40));
    expect(stdout).toContain('Filed issues#');
  });
});
