/**
 * Events that concern nobody, told without a request: other apps' messages, joins, what Slack derives from our
 * own edits, and what people say to one another, change and delete in a channel that is no intake.
 */
import { isPosted, isSpoken, type SaidMessage } from './events.ts';
import type { IsQuiet } from './receiver.ts';
import type { Receiving } from './receiving.ts';

type Said = Partial<SaidMessage>;
/** An event of a message, before anybody has looked at it. */
interface Told extends Said {
  type?: string;
  message?: Said;
  previous_message?: Said;
}

const SHARED = ['channel', 'group', 'mpim'];

export function createQuiet(receiving: () => Receiving | undefined): IsQuiet {
  return async function isQuiet({ event, authorizations, context_team_id, team_id }) {
    const told = event as Told | undefined;
    if (told?.type !== 'message') return false;
    const versions = versionsOf(told);
    if (versions.length === 0) return true;
    const { channel_type = '', channel = '' } = told;
    if (!SHARED.includes(channel_type) || versions.some(isInThread)) return false;
    const [first] = (authorizations ?? []) as { team_id?: string | null }[];
    // `team_id` may be the workspace of whoever wrote.
    const workspaceId = String(first?.team_id ?? context_team_id ?? team_id);
    const known = receiving();
    if (!known || (await mentionsUs(known, workspaceId, versions))) return false;
    const place = { workspaceId, channelId: channel, visibility: 'private' } as const;
    return !(await known.bot.readBeginnings({ platform: 'slack', place })).intake;
  };
}

/**
 * What was said, as it is and as it was. None: nobody said it, or nothing of it changed. What is not told stands
 * as if it were in a thread, where only the table knows.
 */
function versionsOf(told: Told): Said[] {
  const { message, previous_message: before } = told;
  switch (told.subtype) {
    case 'message_changed':
      return message?.subtype === 'tombstone' ? [UNKNOWN] : versionsOfChange(message, before);
    case 'message_deleted':
      if (!before) return [UNKNOWN];
      if (!isSpoken(before) && !isPosted(before)) return [];
      return [before.thread_ts ? UNKNOWN : before];
    default:
      return isSpoken(told) ? [told] : [];
  }
}

/** Slack says the same when it has looked at a link; then nobody edited anything. */
function versionsOfChange(message: Said = {}, before: Said = UNKNOWN): Said[] {
  if (!isSpoken(message) || message.text === before.text) return [];
  return message.thread_ts ? [UNKNOWN] : [message, before];
}

/** Also what had replies: it may have been read with them. */
const UNKNOWN: Said = { thread_ts: 'unknown' };

const isInThread = ({ thread_ts, ts }: Said) => thread_ts !== undefined && thread_ts !== ts;

async function mentionsUs(
  { clients }: Receiving,
  workspaceId: string,
  versions: Said[],
): Promise<boolean> {
  const mentioning = versions.filter(({ text }) => text?.includes('<@'));
  if (mentioning.length === 0) return false;
  // Where the app is not installed, or that cannot be told, whoever locates the installation says so.
  const known = await clients.installationOf(workspaceId).catch(() => undefined);
  return !known || mentioning.some(({ text }) => text?.includes(`<@${known.botUserId}`));
}
