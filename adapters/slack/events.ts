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

/** A block, or a part of one. */
export interface LaidOut {
  type?: string | undefined;
  text?: string | { text?: string | undefined } | undefined;
  fields?: LaidOut[] | undefined;
  elements?: LaidOut[] | undefined;
  url?: string | undefined;
  user_id?: string | undefined;
  channel_id?: string | undefined;
  name?: string | undefined;
}

/** Apps write what they like: what is no text is left out. */
const words = z.string().optional().catch(undefined);
const laidOutSchema: z.ZodType<LaidOut> = z.object({
  type: words,
  text: z.union([z.string(), z.object({ text: words })]).optional(),
  get fields() {
    return z.array(laidOutSchema).optional();
  },
  get elements() {
    return z.array(laidOutSchema).optional();
  },
  ...{ url: words, user_id: words, channel_id: words, name: words },
});
/** What is laid out otherwise is not read. */
const blocksSchema = z.array(laidOutSchema).optional().catch(undefined);

const attachmentSchema = z.object({
  ...{ pretext: words, title: words, title_link: words, text: words, fallback: words },
  fields: z.array(z.object({ title: words, value: words })).optional(),
  blocks: blocksSchema,
  files: z.array(fileSchema).optional(),
  /** Of what a message forwards, or a link leads to. */
  ...{ author_name: words, bot_id: words, from_url: words, original_url: words },
  message_blocks: z
    .array(z.object({ message: z.object({ blocks: blocksSchema }).optional() }))
    .optional(),
  is_share: z.boolean().optional(),
  is_msg_unfurl: z.boolean().optional(),
  is_app_unfurl: z.boolean().optional(),
});
export type ShownAttachment = z.infer<typeof attachmentSchema>;

/** What somebody said. Hidden and derived messages have another `subtype`. */
export const messageSchema = z.object({
  ts: z.string(),
  channel: z.string(),
  channel_type: z.string().optional(),
  subtype: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  /** Of an app: the name that it goes by in this message, or always. */
  username: z.string().nullish(),
  bot_profile: z.object({ name: words }).nullish(),
  text: z.string().nullish(),
  thread_ts: z.string().optional(),
  files: z.array(fileSchema).optional(),
  blocks: blocksSchema,
  attachments: z.array(attachmentSchema).optional().catch(undefined),
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

/** What an app posts, under its own name or its bot's. */
const POSTED = [...SPOKEN, 'bot_message'];

export function isPosted({ subtype, bot_id }: Partial<SaidMessage>): boolean {
  return POSTED.includes(subtype) && Boolean(bot_id);
}
