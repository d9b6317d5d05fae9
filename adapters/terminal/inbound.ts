/** From what is typed to what the core takes. */
import { randomUUID } from 'node:crypto';
import type { Action } from '../../src/core/action.ts';
import { parseCommand } from '../../src/core/commands.ts';
import type { Author, IncomingMessage } from '../../src/core/message.ts';
import type { Place, ThreadRef } from '../../src/core/thread.ts';
import { identityOf } from '../../src/core/user.ts';

/** One machine is one workspace. */
const WORKSPACE = 'local';
const CHANNEL = 'terminal';

/** Nobody else reads along. */
export const PLACE: Place = { workspaceId: WORKSPACE, channelId: CHANNEL, visibility: 'dm' };

export function newThread(): ThreadRef {
  return {
    platform: 'terminal',
    workspaceId: WORKSPACE,
    channelId: CHANNEL,
    threadId: randomUUID(),
  };
}

/** The person at the keyboard, by the name the operating system knows. */
export function toAuthor(username: string): Author {
  const identity = identityOf('terminal', WORKSPACE, username);
  return { identity, name: username, standing: 'member' };
}

export function toIncoming(text: string, thread: ThreadRef, author: Author): IncomingMessage {
  return {
    id: randomUUID(),
    sentAt: new Date(nextMoment()).toISOString(),
    thread,
    place: PLACE,
    author,
    text,
    addressed: true,
    // A terminal thread begins with the message that opens it.
    topLevel: true,
  };
}

let lastMoment = 0;

/** What is said in the same millisecond keeps its order: each message has a moment of its own. */
function nextMoment(): number {
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  return lastMoment;
}

/** What a line is: something to say, a verb of the core, or a verb of the terminal alone. */
export type Line =
  | { kind: 'nothing' }
  | { kind: 'say'; text: string }
  | { kind: 'act'; command: Action['command'] }
  | { kind: 'new' }
  | { kind: 'open'; which: string }
  | { kind: 'edit'; ordinal: number | undefined }
  | { kind: 'retry' }
  | { kind: 'quit' }
  | { kind: 'unknown'; text: string };

/** Commands begin with `/`; a line that only looks like a path is something to say. */
export function parseLine(line: string): Line {
  const text = line.trim();
  if (text === '') return { kind: 'nothing' };
  if (!/^\/[a-z]+(\s|$)/i.test(text)) return { kind: 'say', text };
  const typed = text.slice(1);
  return parseOwn(typed) ?? parseShared(typed);
}

function parseOwn(typed: string): Line | undefined {
  if (/^(new|retry)$/i.test(typed)) return { kind: typed.toLowerCase() as 'new' | 'retry' };
  if (/^(quit|exit)$/i.test(typed)) return { kind: 'quit' };
  const which = /^open\s+(\S+)$/i.exec(typed)?.[1];
  if (which) return { kind: 'open', which };
  const edit = /^edit(?:\s+(\d{1,6}))?$/i.exec(typed);
  return edit ? { kind: 'edit', ordinal: edit[1] ? Number(edit[1]) : undefined } : undefined;
}

function parseShared(typed: string): Line {
  const command = parseCommand(typed);
  return command ? { kind: 'act', command } : { kind: 'unknown', text: `/${typed}` };
}
