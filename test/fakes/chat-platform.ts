/** The ChatPlatform port over the chat stand-in, and the stand-in's process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ChatError } from '../../src/core/errors.ts';
import type { ChatPlatform, ReplyView } from '../../src/core/platform.ts';
import { formatThreadRef, type ThreadRef } from '../../src/core/thread.ts';
import type { PostedMessage } from './chat-server.ts';

export interface ChatStandIn {
  url: string;
  stop(): Promise<void>;
}

export async function startChat(): Promise<ChatStandIn> {
  const program = join(import.meta.dirname, 'chat-server.ts');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return {
    url: `http://127.0.0.1:${String(port).trim()}`,
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** What people see in the thread. */
export async function readChat(url: string, thread: ThreadRef): Promise<PostedMessage[]> {
  const response = await fetch(
    `${url}/messages?thread=${encodeURIComponent(formatThreadRef(thread))}`,
  );
  return (await response.json()) as PostedMessage[];
}

export function createStandInPlatform({ url }: { url: string }): ChatPlatform {
  async function send(path: string, body: object): Promise<string> {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the chat said ${response.status}`);
    return ((await response.json()) as PostedMessage).id;
  }

  async function find(thread: ThreadRef, kind: string, about: string): Promise<string | undefined> {
    const messages = await readChat(url, thread);
    return messages.find((message) => message.kind === kind && message.about === about)?.id;
  }

  return {
    name: 'terminal',
    editIntervalMs: (_, { workspace }) => 20 * workspace,
    openReply({ thread, turnId, replyId, resumed }) {
      let id = replyId;
      return {
        async show({ text, state }: ReplyView) {
          id ??= resumed ? await find(thread, 'reply', turnId) : undefined;
          const view = { text, state };
          if (id !== undefined) return send(`/messages/${id}`, view);
          const reply = { ...view, thread: formatThreadRef(thread), kind: 'reply', about: turnId };
          id = await send('/messages', reply);
          return id;
        },
      };
    },
    async showCard({ thread, ticket, resumed }) {
      const known = ticket.cardId ?? (resumed ? await find(thread, 'card', ticket.id) : undefined);
      const view = { text: ticket.title, state: ticket.status };
      if (known !== undefined) return send(`/messages/${known}`, view);
      const card = { ...view, thread: formatThreadRef(thread), kind: 'card', about: ticket.id };
      return send('/messages', card);
    },
    async postNotice({ thread, text }) {
      const notice = {
        thread: formatThreadRef(thread),
        kind: 'notice',
        about: '',
        state: '',
        text,
      };
      await send('/messages', notice);
    },
    readThread: async () => ({ messages: [], omitted: false }),
    async openThread({ id, place, text, givenAt }, resumed) {
      const { workspaceId, channelId } = place;
      const thread = { platform: 'terminal' as const, workspaceId, channelId, threadId: id };
      const known = resumed ? await find(thread, 'root', id) : undefined;
      const root = { thread: formatThreadRef(thread), kind: 'root', about: id, state: '', text };
      return { thread, messageId: known ?? (await send('/messages', root)), sentAt: givenAt };
    },
    readAttachment: async () => {
      throw new ChatError('That file is not there any more.');
    },
  };
}
