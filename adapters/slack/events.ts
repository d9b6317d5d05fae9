/** Slack's events as far as they are read: parsed once, at the door. */
import { z } from 'zod';

const fileSchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  url_private: z.string().nullish(),
  url_private_download: z.string().nullish(),
});

/** What somebody said. Hidden and derived messages have another `subtype`. */
export const messageSchema = z.object({
  ts: z.string(),
  channel: z.string(),
  channel_type: z.string().optional(),
  subtype: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  text: z.string().nullish(),
  thread_ts: z.string().optional(),
  files: z.array(fileSchema).optional(),
});
export type SaidMessage = z.infer<typeof messageSchema>;

/** A message as it stands within another event. */
const inner = messageSchema.omit({ channel: true });

export const changedSchema = z.object({
  channel: z.string(),
  channel_type: z.string().optional(),
  message: inner,
  previous_message: inner.optional(),
});

export const deletedSchema = z.object({
  channel: z.string(),
  deleted_ts: z.string(),
  previous_message: inner.optional(),
});

export const reactionSchema = z.object({
  user: z.string(),
  reaction: z.string(),
  item: z.object({ type: z.string(), channel: z.string().optional(), ts: z.string().optional() }),
  event_ts: z.string(),
});

/** A message as an interaction or the Web API brings it. */
export const interactionMessageSchema = inner;

/** What people themselves write; every other subtype is Slack's, an app's, or hidden (docs.slack.dev/reference/events/message). */
const SPOKEN = [undefined, 'file_share', 'thread_broadcast'];

export function isSpoken({ subtype, bot_id, user }: Partial<SaidMessage>): boolean {
  return SPOKEN.includes(subtype) && !bot_id && user !== undefined;
}
