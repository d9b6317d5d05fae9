/**
 * A chat platform in a process of its own that keeps its messages whatever happens to the bot.
 * Posting is not idempotent: two posts are two messages. Prints its port, ends with its input.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';

/** A reply, a card or a notice, with every text it ever showed. */
export interface PostedMessage {
  id: string;
  thread: string;
  kind: 'root' | 'reply' | 'card' | 'notice';
  /** The turn's id of a reply, the ticket's of a card, the start's of a root. */
  about: string;
  state: string;
  texts: string[];
}

type Post = Pick<PostedMessage, 'thread' | 'kind' | 'about' | 'state'> & { text: string };

const messages: PostedMessage[] = [];

function post({ text, ...message }: Post): PostedMessage {
  const posted = { ...message, id: `chat-${messages.length + 1}`, texts: [text] };
  messages.push(posted);
  return posted;
}

function edit(
  id: string,
  { text, state }: Pick<Post, 'text' | 'state'>,
): PostedMessage | undefined {
  const found = messages.find((message) => message.id === id);
  found?.texts.push(text);
  if (found) found.state = state;
  return found;
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://chat');
  if (request.method === 'GET') {
    return messages.filter(({ thread }) => thread === searchParams.get('thread'));
  }
  const body = (await json(request)) as Post;
  const id = pathname.split('/')[2];
  return id ? edit(id, body) : post(body);
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => {
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    },
    () => response.writeHead(400).end(),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address ? address.port : 0}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
