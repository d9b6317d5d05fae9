/**
 * What the benches `stream-slack` and `stream-discord` measure against: the model's stream read with its SDK for each
 * request, and nothing shown, stored or checked. For the product's SDK, hence not in `scripts/bench`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { ask } from './bare-model.ts';

const server = createServer(async (request, response) => {
  request.resume();
  await once(request, 'end');
  response.end();
  if (request.method === 'POST') await read();
});

async function read(): Promise<string> {
  let text = '';
  for await (const { choices } of await ask('tell me.')) text += choices[0]?.delta.content ?? '';
  return text;
}

server.listen(Number(process.env.PORT), '127.0.0.1');
