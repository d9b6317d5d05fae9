import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenAddressError } from '../src/core/errors.ts';
import { createOutboundFetch } from '../src/outbound.ts';

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }];
const METADATA = [{ address: '169.254.169.254', family: 4 }];
const PUBLIC = { address: '93.184.215.14', family: 4 };

/** What kept the request from being sent, wherever fetch put it. */
async function refusalOf(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ForbiddenAddressError) return cause;
  }
  return error;
}

describe('the door for addresses that people enter', () => {
  let server: Server;
  let port: number;
  let connections: number;
  let requests: IncomingMessage[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request);
      if (request.url === '/away') {
        response.writeHead(302, { location: `http://inside.example:${port}/secret` }).end();
      } else response.end('hello');
    });
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(0);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  beforeEach(() => {
    connections = 0;
    requests = [];
  });
  afterAll(() => server.close());

  const closed = createOutboundFetch({ allowPrivateAddresses: false });

  it.each([
    '127.0.0.1',
    '127.1',
    '0',
    '0.0.0.0',
    '2130706433',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    'localhost',
    'LOCALHOST',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '10.0.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ])('opens no connection to %s', async (host) => {
    const answer = closed(`http://${host}:${port}/v1`, { headers: { authorization: 'k' } });
    const refusal = await refusalOf(answer);
    expect(refusal).toBeInstanceOf(ForbiddenAddressError);
    expect((refusal as Error).message).toMatch(/private network.*ALLOW_PRIVATE_ADDRESSES=true/);
    expect(connections).toBe(0);
  });

  it.each([
    'file:///etc/passwd',
    'data:text/plain,hello',
    'ftp://example.com/',
    'http://ana:secret@example.com/',
  ])('refuses %s', async (url) => {
    const refusal = await refusalOf(closed(url));
    expect(refusal).toBeInstanceOf(ForbiddenAddressError);
    expect((refusal as Error).message).not.toContain('secret');
  });

  it('knows no address with a zone', async () => {
    await expect(closed(`http://[fe80::1%25eth0]:${port}/`)).rejects.toThrow(/Invalid URL/);
  });

  it('opens no connection to a name that leads inside, even by one address of several', async () => {
    for (const found of [LOOPBACK, [PUBLIC, ...LOOPBACK]]) {
      const fetch = createOutboundFetch({
        allowPrivateAddresses: false,
        resolve: async () => found,
      });
      const refusal = await refusalOf(fetch(`http://inside.example:${port}/`));
      expect(refusal).toEqual(new ForbiddenAddressError('inside.example'));
    }
    expect(connections).toBe(0);
  });

  it('asks where a name leads once for each connection, and goes there and nowhere else', async () => {
    const answers = [LOOPBACK, METADATA];
    const fetch = createOutboundFetch({
      allowPrivateAddresses: true,
      resolve: async () => answers.shift() ?? [],
    });
    const headers = { connection: 'close' };
    const first = await fetch(`http://moves.example:${port}/`, { headers });
    expect(await first.text()).toBe('hello');
    const refusal = await refusalOf(fetch(`http://moves.example:${port}/`, { headers }));
    expect(refusal).toEqual(new ForbiddenAddressError('moves.example'));
    expect(answers).toEqual([]);
    expect(connections).toBe(1);
  });

  it('reaches them where the operator allows it, but no metadata service', async () => {
    const open = createOutboundFetch({ allowPrivateAddresses: true });
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await (await open(`http://${host}:${port}/`)).text()).toBe('hello');
    }
    const refusal = await refusalOf(open('http://169.254.169.254/latest/meta-data/'));
    expect(refusal).toBeInstanceOf(ForbiddenAddressError);
  });

  it('checks where a redirect leads', async () => {
    const fetch = createOutboundFetch({
      allowPrivateAddresses: true,
      resolve: async (hostname) => (hostname === 'inside.example' ? METADATA : LOOPBACK),
    });
    const refusal = await refusalOf(fetch(`http://outside.example:${port}/away`));
    expect(refusal).toEqual(new ForbiddenAddressError('inside.example'));
    expect(requests.map(({ url }) => url)).toEqual(['/away']);
  });

  it('sends what it was given, also as a Request, under the name that was entered', async () => {
    const fetch = createOutboundFetch({
      allowPrivateAddresses: true,
      resolve: async () => LOOPBACK,
    });
    const request = new Request(`http://outside.example:${port}/v1`, {
      method: 'POST',
      body: 'hi',
      headers: { authorization: 'Bearer k' },
    });
    expect(await (await fetch(request)).text()).toBe('hello');
    expect(requests[0]).toMatchObject({
      method: 'POST',
      headers: { host: `outside.example:${port}`, authorization: 'Bearer k' },
    });
  });

  it('says what the resolver says of a name that does not exist', async () => {
    const unknown = Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
    const fetch = createOutboundFetch({
      allowPrivateAddresses: false,
      resolve: () => Promise.reject(unknown),
    });
    await expect(fetch('http://nowhere.example/')).rejects.toMatchObject({ cause: unknown });
  });
});
