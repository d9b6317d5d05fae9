/** A link by which anybody can read a conversation, until its owner takes it back. */
import { randomBytes } from 'node:crypto';
import type { ConversationKey } from './conversation.ts';
import { ChatError } from './errors.ts';
import type { Repositories } from './repositories.ts';

/** 128 bits: nobody guesses it. */
const SHARE_ID_BYTES = 16;

export interface SharingOptions {
  conversations: Pick<Repositories['conversations'], 'getConversation' | 'share' | 'unshare'>;
  /** Where people reach the product's HTTP server; absent: nothing can be shared. */
  publicUrl?: string | undefined;
}

export interface Sharing {
  /** The link; the same one while it is shared already. */
  share(key: ConversationKey): Promise<string>;
  unshare(key: ConversationKey): Promise<void>;
}

export function createSharing({ conversations, publicUrl }: SharingOptions): Sharing {
  async function share(key: ConversationKey): Promise<string> {
    if (!publicUrl) {
      throw new ChatError('Nothing can be shared here: whoever runs me has to set PUBLIC_URL.');
    }
    const known = (await conversations.getConversation(key))?.shareId;
    const shareId = known ?? randomBytes(SHARE_ID_BYTES).toString('base64url');
    if (!known && !(await conversations.share(key, shareId))) throw gone();
    return `${publicUrl.replace(/\/+$/, '')}/shared/${shareId}`;
  }

  async function unshare(key: ConversationKey): Promise<void> {
    if (!(await conversations.unshare(key))) throw gone();
  }

  return { share, unshare };
}

const gone = () => new ChatError('This conversation was deleted.');
