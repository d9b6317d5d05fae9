/**
 * Messages as items. `MSG#` holds at most 16 KB of text, the rest lies in `BODY#` items of the same
 * partition. Nested names are one or two letters: the tail is read on every turn.
 *
 * | Attribute | Meaning |
 * | --- | --- |
 * | `role`, `text`, `permalink`, `blanked` | as in `Message`; `text` is the beginning only where `rest` is present |
 * | `rest` | number of `BODY#` items that hold the rest |
 * | `author` | `i` identity, `n` name, `s` standing |
 * | `attachments` | as in `Message` |
 * | `answer` | `i` turn id, `r` the reply's id on its platform, `c` covers, `o` outcome, `u` tokens [input, cached input, output], `p` provider, `m` model, `s` stop reason |
 * | `by` | on a reply: the claim's token that closed the turn, so that a lost answer is recognised |
 */
import { z } from 'zod';
import type { StoredMessage } from '../core/conversation.ts';
import { type Answer, type Message, messageKeyOf } from '../core/message.ts';
import { bodyKey, type Key, messageKey } from './keys.ts';
import type { Item } from './requests.ts';

/** Bytes of UTF-8 kept in the message's own item. */
export const MAX_HEAD_BYTES = 16_384;
/** Bytes of UTF-8 in one body item; DynamoDB's limit for a whole item is 400 KB. */
export const MAX_BODY_BYTES = 350_000;

const authorSchema = z
  .object({ i: z.string(), n: z.string(), s: z.enum(['member', 'guest', 'bot']) })
  .transform(({ i, n, s }) => ({ identity: i, name: n, standing: s }));

const answerSchema = z
  .object({
    i: z.string(),
    r: z.string().optional(),
    c: z.array(z.string()),
    o: z.enum(['answered', 'stopped', 'failed', 'gave-up']),
    u: z.tuple([z.number(), z.number(), z.number()]).optional(),
    p: z.string().optional(),
    m: z.string().optional(),
    s: z.enum(['end', 'tools', 'length', 'refused']).optional(),
  })
  .transform(
    ({ i, r, c, o, u, p, m, s }): Answer => ({
      turnId: i,
      ...(r !== undefined && { replyId: r }),
      covers: c,
      outcome: o,
      ...(u && { usage: { inputTokens: u[0], cachedInputTokens: u[1], outputTokens: u[2] } }),
      ...(p !== undefined && { provider: p }),
      ...(m !== undefined && { model: m }),
      ...(s && { stopReason: s }),
    }),
  );

export const attachmentSchema = z.object({
  id: z.string(),
  name: z.string(),
  mimeType: z.string(),
  bytes: z.number(),
  url: z.string(),
});

const itemSchema = z.object({
  PK: z.string(),
  SK: z.string(),
  v: z.literal(1),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  rest: z.number().optional(),
  author: authorSchema.optional(),
  attachments: z.array(attachmentSchema).optional(),
  permalink: z.string().optional(),
  answer: answerSchema.optional(),
  blanked: z.boolean().optional(),
  by: z.string().optional(),
});

const bodySchema = z.object({ text: z.string() });

/** The message's item first, then its bodies. `token` marks a reply as written under that claim. */
export function toMessageItems(message: Message, token?: string): [Key & Item, ...(Key & Item)[]] {
  const [head = '', ...rest] = splitText(message.text);
  const { role, author, attachments, permalink, answer, blanked } = message;
  const item = {
    ...messageKey(message.conversationId, messageKeyOf(message)),
    v: 1,
    role,
    text: head,
    ...(rest.length > 0 && { rest: rest.length }),
    ...(author && { author: { i: author.identity, n: author.name, s: author.standing } }),
    ...(attachments && { attachments }),
    ...(permalink !== undefined && { permalink }),
    ...(answer && { answer: toAnswerMap(answer) }),
    ...(blanked && { blanked }),
    ...(token !== undefined && { by: token }),
  };
  const bodies = rest.map((text, n) => ({
    ...bodyKey(message.conversationId, message.id, n),
    v: 1,
    text,
  }));
  return [item, ...bodies];
}

/** The message as its own item has it: `cut` while its rest is not read. */
export function fromMessageItem(item: Item): StoredMessage {
  const { PK, SK, v: _, rest, by: __, ...fields } = itemSchema.parse(item);
  const [, sentAt = '', id = ''] = SK.split('#');
  return {
    ...fields,
    id,
    sentAt,
    conversationId: PK.slice('CONV#'.length),
    ...(rest && { cut: true as const }),
  };
}

/** How many `BODY#` items hold the rest of this message's text. */
export function countBodies(item: Item): number {
  return itemSchema.parse(item).rest ?? 0;
}

/** The text of one `BODY#` item. */
export function fromBodyItem(item: Item): string {
  return bodySchema.parse(item).text;
}

/** Under which claim and turn a reply was written. */
export function authorshipOf(item: Item): {
  token: string | undefined;
  turnId: string | undefined;
} {
  const { by, answer } = itemSchema.parse(item);
  return { token: by, turnId: answer?.turnId };
}

function toAnswerMap(answer: Answer) {
  const { turnId, replyId, covers, outcome, usage, provider, model, stopReason } = answer;
  return {
    i: turnId,
    ...(replyId !== undefined && { r: replyId }),
    c: covers,
    o: outcome,
    ...(usage && { u: [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens] }),
    ...(provider !== undefined && { p: provider }),
    ...(model !== undefined && { m: model }),
    ...(stopReason && { s: stopReason }),
  };
}

function splitText(text: string): string[] {
  let bytes = Buffer.from(text);
  const parts: string[] = [];
  for (let most = MAX_HEAD_BYTES; parts.length === 0 || bytes.length > 0; most = MAX_BODY_BYTES) {
    const end = boundaryAt(bytes, most);
    parts.push(bytes.toString('utf8', 0, end));
    bytes = bytes.subarray(end);
  }
  return parts;
}

/** The greatest length of at most `most` bytes that does not cut a character in two. */
export function boundaryAt(bytes: Buffer, most: number): number {
  let end = Math.min(most, bytes.length);
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
