/**
 * The terminal while nobody sits at one: what a closed terminal left unanswered is finished and stored all the same.
 * It loads nothing that draws.
 */
import { ChatError } from '../../src/core/errors.ts';
import type { ChatPlatform } from '../../src/core/platform.ts';
import { readAttachedFile } from './attachment.ts';

/** A screen keeps nothing, so ids are derived: the same reply or card has the same id in any process. */
export function createUnwatchedTerminal(): ChatPlatform {
  return {
    name: 'terminal',
    editIntervalMs: () => 0,
    openReply: ({ turnId }) => ({ show: async () => turnId }),
    showCard: async ({ ticket }) => `card-${ticket.id}`,
    postNotice: async () => undefined,
    readThread: async () => ({ messages: [], omitted: false }),
    openThread: async () => {
      throw new ChatError('The terminal is one thread already.');
    },
    readAttachment: (_thread, attachment, maxBytes, signal) =>
      readAttachedFile(attachment, maxBytes, signal),
  };
}
