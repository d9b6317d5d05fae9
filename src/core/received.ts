/** An incoming message made fit to be stored: well-formed, within the limit, without secrets. */
import { ChatError } from './errors.ts';
import { type IncomingMessage, MAX_MESSAGE_BYTES, type Message } from './message.ts';
import { redactSecrets } from './redact.ts';
import { conversationIdOf } from './thread.ts';

export function toMessage(incoming: IncomingMessage): Message {
  const { id, sentAt, thread, author, attachments, permalink } = incoming;
  // A lone surrogate would reach the table as a server error.
  const text = redactSecrets(incoming.text.toWellFormed());
  return {
    id,
    conversationId: conversationIdOf(thread),
    sentAt,
    role: 'user',
    text,
    author: { ...author, name: author.name.toWellFormed() },
    ...(attachments?.length && { attachments }),
    ...(permalink && { permalink }),
  };
}

/** Throws `ChatError` when the message is longer than can be stored. */
export function checkLength({ text }: Pick<IncomingMessage, 'text'>): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  const [has, most] = [bytes, MAX_MESSAGE_BYTES].map((size) => Math.ceil(size / 1024));
  throw new ChatError(
    `That message is too long: ${has} KB, and ${most} KB is the most. Send less.`,
  );
}
