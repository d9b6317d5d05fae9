/**
 * How requests and answers become JSON. What the SDK holds of an item is already what goes over the wire, but for
 * binary values, which no item of ours has: it is written and read as it is, where the SDK walks every value of
 * every item beside its schema. Errors are still read by the SDK.
 */
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import { toWellFormed } from './well-formed.ts';

/** JSON escapes a surrogate only where it stands alone. A text that spells such an escape is walked in vain. */
const LONE_SURROGATE = /\\ud[89a-f]/;

/** For the client's `protocol`, which makes it with its own settings. */
export class WireProtocol extends AwsJson1_0Protocol {
  protected override serializer = createSerializer();
  protected override deserializer = { setSerdeContext() {}, read: readJson };
}

/** Nothing comes between a `write` and its `flush`. */
function createSerializer() {
  let body = '';
  return {
    setSerdeContext() {},
    write(_schema: unknown, input: unknown): void {
      body = JSON.stringify(input);
      if (LONE_SURROGATE.test(body)) body = JSON.stringify(toWellFormed(input));
    },
    flush: () => body,
  };
}

async function readJson(_schema: unknown, body: string | Uint8Array) {
  if (typeof body === 'string') return JSON.parse(body);
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
}
