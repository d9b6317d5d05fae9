/**
 * The door for base URLs that people enter. Where a connection leads is checked at the connection
 * itself, on every address that the name has at that moment: neither a redirect nor a name that
 * changes its mind gets past it. The addresses of the operator's own environment need no door.
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { type Reach, reachOf } from './address-reach.ts';
import { ForbiddenAddressError } from './core/errors.ts';

type LookUp = (hostname: string) => Promise<LookupAddress[]>;

export interface OutboundOptions {
  /** The operator's word: private networks and this machine may be reached. Metadata services still may not. */
  allowPrivateAddresses: boolean;
  /** All addresses of a name. Default: the system's resolver. */
  resolve?: LookUp;
}

/**
 * A `fetch` that reaches the allowed addresses only. Else it rejects before anything is sent, with
 * `ForbiddenAddressError` or an error that has one among its causes.
 */
export function createOutboundFetch(options: OutboundOptions): typeof globalThis.fetch {
  const { allowPrivateAddresses, resolve = resolveBySystem } = options;
  const allowed: Reach[] = allowPrivateAddresses ? ['public', 'private'] : ['public'];
  let dispatcher: Promise<Dispatcher> | undefined;

  async function lookUp(hostname: string): Promise<LookupAddress[]> {
    const family = isIP(hostname);
    const found = family ? [{ address: hostname, family }] : await resolve(hostname);
    if (found.every(({ address }) => allowed.includes(reachOf(address)))) return found;
    throw new ForbiddenAddressError(hostname);
  }

  return async function fetchOutside(input, init) {
    checkUrl(new URL(input instanceof Request ? input.url : input));
    dispatcher ??= createDispatcher(lookUp);
    // The two packages' types of the same thing differ.
    return fetch(input, { ...init, dispatcher: await dispatcher } as RequestInit);
  };
}

function checkUrl({ protocol, username, password, host }: URL): void {
  const plain = /^https?:$/.test(protocol) && username === '' && password === '';
  if (!plain) throw new ForbiddenAddressError(host);
}

async function createDispatcher(lookUp: LookUp): Promise<Dispatcher> {
  const { Agent, buildConnector, Dispatcher1Wrapper } = await import('undici');
  const connect = buildConnector({ lookup: toLookupFunction(lookUp) });
  const agent = new Agent({
    connect(target, callback) {
      const { hostname } = target;
      if (!isIP(hostname)) return connect(target, callback);
      // The system connects to an address without looking it up.
      return lookUp(hostname).then(
        () => connect(target, callback),
        (error) => callback(error, null),
      );
    },
  });
  // Node's own fetch speaks the language of an older undici.
  return new Dispatcher1Wrapper(agent);
}

function resolveBySystem(hostname: string): Promise<LookupAddress[]> {
  return dns.lookup(hostname, { all: true });
}

function toLookupFunction(lookUp: LookUp): LookupFunction {
  return (hostname, { all }, callback) => {
    lookUp(hostname).then(
      (found) => {
        const [first] = found;
        if (all) callback(null, found);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error) => callback(error, []),
    );
  };
}
