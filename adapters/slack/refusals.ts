/** How Slack says no, sorted by what it means for us, and the sentences people get. */
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { ChatError } from '../../src/core/errors.ts';

/** Slack's own code; `undefined` when it was not Slack that said no. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof WebAPIPlatformError ? error.data.error : undefined;
}

/** How long Slack asks to wait, in milliseconds; `undefined` when it does not. Nothing was done. */
export function retryAfterOf(error: unknown): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return error.retryAfter * 1_000;
  return refusalOf(error) === 'ratelimited' ? 1_000 : undefined;
}

/** Codes of Slack's own trouble: it may or may not have done what was asked. */
const TROUBLE = ['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable'];

/** The answer was lost, or says nothing: what was asked may have been done. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof WebAPIRequestError) return true;
  if (error instanceof WebAPIHTTPError) return error.statusCode >= 500;
  return TROUBLE.includes(refusalOf(error) ?? '');
}

/** The message is not there: another one takes its place. */
export const LOST_MESSAGE = ['message_not_found'];

/** The message is there and cannot be edited any more, by the workspace's rules: another one takes its place. */
export const FIXED_MESSAGE = ['cant_update_message', 'edit_window_closed'];

/** The message cannot be deleted, by the workspace's rules. */
export const KEPT_MESSAGE = ['cant_delete_message', 'compliance_exports_prevent_deletion'];

/** The stream has ended, by its time or by a person. */
export const ENDED_STREAM = ['message_not_in_streaming_state', 'stopped_by_user'];

/** What is wrong with one person, thread or channel: it says nothing of the workspace. */
export const OF_ONE_PLACE = [
  'user_not_found',
  'user_not_in_channel',
  'missing_recipient_user_id',
  'missing_recipient_team_id',
  'channel_type_not_supported',
  'invalid_arguments',
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'thread_not_found',
  'message_not_found',
];

export const TOO_LONG = ['msg_too_long', 'msg_blocks_too_long', 'msg_blocks_too_many'];

const INVITE =
  'I am not in that channel. Invite me there (`/invite` and my name), then say it again.';
const UNSEEN =
  'I cannot see that channel: it is gone, or I am not in it. Invite me there (`/invite` and my name), then say it again.';
const REINSTALL =
  "Slack does not let me in any more. Ask whoever manages this workspace's apps to install me again.";

const LATE = 'That took too long for Slack. Try again.';

const SENTENCES: Record<string, string> = {
  expired_trigger_id: LATE,
  exchanged_trigger_id: LATE,
  not_enabled: 'The Home of this app is switched off. Ask whoever manages it.',
  not_in_channel: INVITE,
  channel_not_found: UNSEEN,
  is_archived: 'That channel is archived, so I cannot write there. Mention me in another one.',
  thread_not_found: 'That thread is not there any more. Mention me in another one.',
  restricted_action:
    "This workspace's rules do not let me write there. Mention me in another channel, or ask an admin.",
  restricted_action_read_only_channel:
    'Only some people may write in that channel, and I may not. Mention me in another one, or ask an admin.',
  restricted_action_thread_only_channel:
    'In that channel, only replies in threads are allowed. Mention me in a thread there.',
  restricted_action_non_threadable_channel:
    'That channel does not allow threads. Mention me in another one.',
  restricted_action_thread_locked:
    'That thread is locked. Mention me in another one, or ask an admin to unlock it.',
  missing_scope:
    "I lack a permission in Slack for that. Ask whoever manages this workspace's apps to install me again with the current manifest.",
  account_inactive: REINSTALL,
  invalid_auth: REINSTALL,
  not_authed: REINSTALL,
  token_expired: REINSTALL,
  token_revoked: REINSTALL,
};

/** What Slack refuses wherever the bot would write: nothing of ours helps against it. */
export function describeRefusal(error: unknown): string | undefined {
  return SENTENCES[refusalOf(error) ?? ''];
}

/** The same error, as one for people where there is something to tell them. */
export function toChatError(error: unknown): unknown {
  const sentence = describeRefusal(error);
  return sentence ? new ChatError(sentence, { cause: error }) : error;
}
