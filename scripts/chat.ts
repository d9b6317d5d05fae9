/** `npm run chat`: a thread in this terminal, or with `--prompt` one turn for a script. */
import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { newThread, PLACE, toAuthor } from '../adapters/terminal/inbound.ts';
import { createTerminalPlatform } from '../adapters/terminal/platform.ts';
import { createPrompt } from '../adapters/terminal/prompt.ts';
import { renderFact } from '../adapters/terminal/render.ts';
import { createScreen, type Screen } from '../adapters/terminal/screen.ts';
import { runTerminal, type Watched, WORDS } from '../adapters/terminal/terminal.ts';
import { createUnwatchedTerminal } from '../adapters/terminal/unwatched.ts';
import { type App, createApp } from '../src/app.ts';
import { type Config, parseConfig } from '../src/config.ts';
import type { ThreadRef } from '../src/core/thread.ts';
import { createLog } from '../src/log.ts';
import { type ChatArguments, parseChatArguments, USAGE } from './chat-arguments.ts';
import { type ChatDocument, findThread, readPrompt, runOnce } from './chat-once.ts';

/** A turn that still runs when the person leaves may end within this time, in milliseconds. */
const GRACE_MS = 2_000;
/** What a shell expects of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const args = parseChatArguments(process.argv.slice(2));
const author = toAuthor(accountName());
process.stdout.on('error', leaveWithReader);

if (args.help) process.stdout.write(`${USAGE}\n`);
else if (args.prompt === undefined) await chat(args);
else await once(args, args.prompt);

async function once(given: ChatArguments, prompt: string): Promise<void> {
  const text = await readPrompt(prompt);
  const { stdout } = process;
  const watched: Watched = { thread: newThread() };
  const screen = given.json ? undefined : createScreen({ output: stdout });
  const app = await start(given, watched, screen);
  process.on(
    'SIGINT',
    createInterrupt(app, watched, () => void app.close(0).then(() => process.exit(INTERRUPTED))),
  );
  try {
    watched.thread = await findThread(app, given.conversation);
    app.bot.startResuming();
    const { thread } = watched;
    const { document, problem } = await runOnce({ ...given, app, author, prompt: text, thread });
    if (given.json) stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    else if (screen) showEnd(screen, document, problem);
    if (problem) {
      process.stderr.write(`${problem}\n`);
      process.exitCode = 1;
    }
  } finally {
    await app.close(GRACE_MS);
  }
}

/** What a person reads below the cards; a problem goes to standard error. */
function showEnd(screen: Screen, document: ChatDocument, problem: string | undefined): void {
  const { approval, conversation } = document;
  if (approval && !problem) screen.write(`\n${approval.message}\n`);
  screen.write(`\n${screen.style('dim', `--conversation ${conversation.id}`)}\n`);
}

async function chat(given: ChatArguments): Promise<void> {
  const watched: Watched = { thread: newThread() };
  const { stdin: input, stdout: output } = process;
  let interrupt = () => prompt.close();
  const prompt = createPrompt({ input, output, words: WORDS, onInterrupt: () => interrupt() });
  const screen = createScreen({ output, giveWay: prompt.giveWay });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, prompt.close);
  let app: App | undefined;
  try {
    app = await start(given, watched, screen);
    interrupt = createInterrupt(app, watched, prompt.close);
    watched.thread = await findThread(app, given.conversation);
    app.bot.startResuming();
    for (const line of app.describe()) screen.write(`${renderFact(line, screen)}\n`);
    screen.write('\nWhat is wrong, or what is wanted? /help lists the commands.\n');
    await runTerminal({ ...app, author, screen, prompt, watched, opens: given.conversation });
  } finally {
    prompt.close();
    await app?.close(GRACE_MS);
  }
}

/** The first Ctrl-C stops what runs; the second one, or one with nothing running, leaves. */
function createInterrupt({ bot }: App, watched: Watched, leave: () => void): () => void {
  let isStopping = false;
  return () => {
    if (isStopping || !bot.busy()) return leave();
    isStopping = true;
    const { thread } = watched;
    const command = { kind: 'stop' } as const;
    const stopped = bot.handleAction({ thread, place: PLACE, actor: author, command });
    void stopped.then(bot.idle).finally(() => {
      isStopping = false;
    });
  };
}

function start(
  { project, provider }: ChatArguments,
  watched: Watched,
  screen: Screen | undefined,
): Promise<App> {
  const config = parseConfig({ LOG_LEVEL: 'error', ...process.env });
  // What a dead process left in other threads is finished here too, and not shown.
  const watches = ({ threadId }: ThreadRef) => threadId === watched.thread.threadId;
  return createApp({
    config,
    log: createLog({ level: config.logLevel, ...(isWatched(screen) && { write: keepIn(config) }) }),
    platforms: [screen ? createTerminalPlatform({ watches, screen }) : createUnwatchedTerminal()],
    settings: { ...(project && { project }), ...(provider && { provider }) },
  });
}

/** A line of the log would tear what is on the screen; only who debugs wants to see it there. */
function isWatched(screen: Screen | undefined): boolean {
  return screen !== undefined && Boolean(process.stderr.isTTY) && process.env.LOG_LEVEL !== 'debug';
}

/** The reference that a person is told is found there. */
function keepIn({ dataDir }: Config): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(join(dataDir, 'chat.log'), line, { mode: 0o600 });
    } catch {
      process.stderr.write(line);
    }
  };
}

/** A reader that closes its end early, such as `head`, and a window that closes are no failures of ours. */
function leaveWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  process.exit();
}

/** In a container, the account may have no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'you';
  }
}
