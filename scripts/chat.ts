/** `npm run chat`: a thread in this terminal, or with `--prompt` one turn for a script. */
import { userInfo } from 'node:os';
import { newThread, PLACE, toAuthor } from '../adapters/terminal/inbound.ts';
import { createTerminalPlatform } from '../adapters/terminal/platform.ts';
import { createPrompt, type Prompt } from '../adapters/terminal/prompt.ts';
import { createScreen } from '../adapters/terminal/screen.ts';
import { runTerminal, type Watched, WORDS } from '../adapters/terminal/terminal.ts';
import { type App, createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { ChatPlatform } from '../src/core/platform.ts';
import type { ThreadRef } from '../src/core/thread.ts';
import { createLog } from '../src/log.ts';
import { type ChatArguments, parseChatArguments, USAGE } from './chat-arguments.ts';
import { findThread, readPrompt, runOnce } from './chat-once.ts';

/** A turn that still runs when the person leaves may end within this time, in milliseconds. */
const GRACE_MS = 2_000;

const args = parseChatArguments(process.argv.slice(2));
const author = toAuthor(userInfo().username);
// A reader that closes its end early, such as `head`, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

if (args.help) process.stdout.write(`${USAGE}\n`);
else if (args.prompt === undefined) await chat(args);
else await once(args, args.prompt);

async function once(given: ChatArguments, prompt: string): Promise<void> {
  const text = await readPrompt(prompt);
  const { stdout } = process;
  const screen = given.json ? undefined : createScreen({ output: stdout });
  const app = await start(given, createTerminalPlatform({ ...(screen && { screen }) }));
  try {
    const thread = await findThread(app, given.conversation);
    const { document, problem } = await runOnce({ ...given, app, author, prompt: text, thread });
    if (given.json) stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    else for (const line of filedLines(document.tickets)) stdout.write(`${line}\n`);
    if (problem) {
      process.stderr.write(`${problem}\n`);
      process.exitCode = 1;
    }
  } finally {
    await app.close(GRACE_MS);
  }
}

function filedLines(tickets: Record<string, unknown>[]): string[] {
  return tickets
    .filter(({ externalUrl }) => externalUrl)
    .map(({ externalId, externalUrl }) => `${externalId}  ${externalUrl}`);
}

async function chat(given: ChatArguments): Promise<void> {
  const watched: Watched = { thread: newThread() };
  const { stdin: input, stdout: output } = process;
  let app: App | undefined;
  const prompt = createPrompt({
    input,
    output,
    words: WORDS,
    onInterrupt: () => interrupt(app, watched, prompt),
  });
  const screen = createScreen({ output, giveWay: prompt.giveWay });
  const watches = ({ threadId }: ThreadRef) => threadId === watched.thread.threadId;
  process.once('SIGTERM', prompt.close);
  try {
    app = await start(given, createTerminalPlatform({ screen, watches }));
    if (given.conversation) watched.thread = await findThread(app, given.conversation);
    app.bot.startResuming();
    for (const line of app.describe()) screen.write(`${screen.style('dim', line)}\n`);
    screen.write('\nWhat is wrong, or what is wanted? /help lists the commands.\n');
    await runTerminal({ ...app, author, screen, prompt, watched });
  } finally {
    prompt.close();
    await app?.close(GRACE_MS);
  }
}

/** Ctrl-C stops what runs; with nothing running, it leaves. */
function interrupt(app: App | undefined, { thread }: Watched, prompt: Prompt): void {
  if (!app?.bot.busy()) prompt.close();
  else
    void app.bot.handleAction({ thread, place: PLACE, actor: author, command: { kind: 'stop' } });
}

function start({ project, provider }: ChatArguments, platform: ChatPlatform): Promise<App> {
  const config = parseConfig({ LOG_LEVEL: 'error', ...process.env });
  const settings = { ...(project && { project }), ...(provider && { provider }) };
  return createApp({
    config,
    log: createLog({ level: config.logLevel }),
    platforms: [platform],
    settings,
  });
}
