/** How Discord says no, sorted by what it means for us, and the sentences people get. */
import { DiscordAPIError, HTTPError, RateLimitError, RESTJSONErrorCodes } from 'discord.js';
import { ChatError } from '../../src/core/errors.ts';

/** Discord's own code; `undefined` when it was not Discord that said no. */
export function refusalOf(error: unknown): number | undefined {
  return error instanceof DiscordAPIError ? Number(error.code) : undefined;
}

/** The answer was lost, or says nothing: what was asked may have been done. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof HTTPError) return error.status >= 500;
  return !(error instanceof DiscordAPIError || error instanceof RateLimitError);
}

/** The token is not valid any more: nothing will work until an operator acts. */
export function isUnauthorized(error: unknown): boolean {
  const isOurs = refusalOf(error) !== RESTJSONErrorCodes.InvalidWebhookToken;
  return error instanceof DiscordAPIError && error.status === 401 && isOurs;
}

/** The message or the channel it was in is gone: another one takes its place, or none. */
export const GONE = [RESTJSONErrorCodes.UnknownMessage, RESTJSONErrorCodes.UnknownChannel];

/** The interaction was answered by another process, or too late: whoever gave it has been told, or sees it. */
export const SETTLED = [
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
  RESTJSONErrorCodes.InvalidWebhookToken,
  RESTJSONErrorCodes.UnknownWebhook,
];

/** It is the words that are refused, not who says them or where. */
export const BLOCKED = [
  RESTJSONErrorCodes.MessageWasBlockedByAutomaticModeration,
  RESTJSONErrorCodes.MessageBlockedByHarmfulLinksFilter,
];

export const THREAD_EXISTS = RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage;
export const THREAD_ARCHIVED = RESTJSONErrorCodes.InvalidActionOnArchivedThread;
export const THREAD_LOCKED = RESTJSONErrorCodes.ThreadLocked;

const SENTENCES: Record<number, string> = {
  [RESTJSONErrorCodes.MissingAccess]:
    'I cannot see that channel. Give my role View Channel there, then say it again.',
  [RESTJSONErrorCodes.MissingPermissions]:
    'Discord does not let me do that here. Give my role View Channel, Send Messages, Send Messages in Threads, Create Public Threads, Read Message History, Embed Links and Attach Files in this channel.',
  [RESTJSONErrorCodes.UnknownChannel]:
    'That channel or thread is not there any more. Mention me in another one.',
  [RESTJSONErrorCodes.UnknownMessage]: 'That message is not there any more.',
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser]:
    'You do not take direct messages from members of this server, so I could not write to you. Allow them in the privacy settings of the server, then try again.',
  [RESTJSONErrorCodes.CannotExecuteActionOnThisChannelType]:
    'There are no threads in this kind of channel. Ask me in a text channel or a forum.',
  [THREAD_ARCHIVED]: 'That thread is archived. Write in it to open it again.',
  [THREAD_LOCKED]: 'That thread is locked. Ask a moderator to unlock it.',
  [RESTJSONErrorCodes.MaximumActiveThreads]:
    'This server has as many open threads as Discord allows. Close some, then ask me again.',
  [RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached]:
    'Discord lets me edit old messages only so often. Try again in a few minutes.',
  [RESTJSONErrorCodes.MessageWasBlockedByAutomaticModeration]:
    "This server's AutoMod blocked what I wanted to write. Ask a moderator to let my messages through.",
  [RESTJSONErrorCodes.MessageBlockedByHarmfulLinksFilter]:
    'Discord blocked a link in what I wanted to write.',
};

/** What Discord refuses wherever the bot would write: nothing of ours helps against it. */
export function describeRefusal(error: unknown): string | undefined {
  return SENTENCES[refusalOf(error) ?? -1];
}

/** The same error, as one for people where there is something to tell them. */
export function toChatError(error: unknown): unknown {
  const sentence = describeRefusal(error);
  return sentence ? new ChatError(sentence, { cause: error }) : error;
}
