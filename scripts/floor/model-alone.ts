/**
 * What the benches `stream-slack` and `stream-discord` measure against: the model's stream read with its SDK for each
 * request, and nothing shown, stored or checked. For the product's SDK, hence not in `scripts/bench`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import OpenAI from 'openai';

const env = process.env;
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL });

const server = createServer(async (request, response) => {
  request.resume();
  await once(request, 'end');
  response.end();
  if (request.method === 'POST') await read();
});

async function read(): Promise<string> {
  const stream = await openai.chat.completions.create({
    ...{ model: env.OPENAI_MODEL ?? '', stream: true, stream_options: { include_usage: true } },
    messages: [{ role: 'user', content: 'tell me.' }],
  });
  let text = '';
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
  return text;
}

server.listen(Number(env.PORT), '127.0.0.1');
