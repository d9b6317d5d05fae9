/** A request that is signed wrongly is refused by AWS, and no local engine looks: the SDK's own signer is the judge. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createRequestSigner } from '../../src/db/request-signer.ts';

const region = 'eu-central-1';
const PLAIN = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const OF_A_ROLE = {
  ...PLAIN,
  accessKeyId: 'ASIAEXAMPLE',
  sessionToken: 'FwoGZXIvYXdzE//token+with/=',
};
/** What either may leave unsigned: the SDK's own retries and agents. */
const UNSIGNED = new Set(['amz-sdk-invocation-id', 'amz-sdk-request', 'content-length']);

function requestOf(body: string | Uint8Array) {
  return {
    ...{
      method: 'POST',
      protocol: 'https:',
      hostname: `dynamodb.${region}.amazonaws.com`,
      path: '/',
    },
    ...{ query: {}, body },
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      host: `dynamodb.${region}.amazonaws.com`,
      'amz-sdk-invocation-id': '5f2a',
      'amz-sdk-request': 'attempt=1; max=2',
      'content-length': String(body.length),
    } as Record<string, string>,
  };
}

/** The SDK adds a digest of the body, which DynamoDB does not ask for: it is there before either signs. */
async function bySdk(
  credentials: typeof PLAIN,
  request: ReturnType<typeof requestOf>,
  signingDate: Date,
) {
  const { config } = new DynamoDBClient({ region, credentials });
  const signer = await config.signer({
    name: 'sigv4',
    signingName: 'dynamodb',
    signingRegion: region,
    properties: {},
  });
  const signed = await signer.sign(request, { signingDate, unsignableHeaders: UNSIGNED });
  return signed.headers;
}

describe('signing a request', () => {
  it.each([
    ['keys of a person', PLAIN, '{"TableName":"t"}'],
    ['keys of a role, which come with a token', OF_A_ROLE, '{"TableName":"t"}'],
    ['a text that is not ASCII', PLAIN, '{"text":"Grüße, 🚀 \\u0000"}'],
    ['a body of bytes', PLAIN, new TextEncoder().encode('{"text":"ß"}')],
  ])('gives the signature that the SDK gives: %s', async (_, credentials, body) => {
    const signer = createRequestSigner({ region, credentials: async () => credentials });
    for (const day of [
      '2026-01-02T03:04:05.678Z',
      '2026-01-02T23:59:59.999Z',
      '2026-01-03T00:00:00Z',
    ]) {
      const signingDate = new Date(day);
      const theirs = await bySdk(credentials, requestOf(body), signingDate);
      const ours = requestOf(body);
      ours.headers['x-amz-content-sha256'] = theirs['x-amz-content-sha256'] ?? '';
      await signer.sign(ours, { signingDate });
      expect(ours.headers.authorization).toBe(theirs.authorization);
      expect(ours.headers['x-amz-date']).toBe(theirs['x-amz-date']);
      expect(ours.headers['x-amz-security-token']).toBe(theirs['x-amz-security-token']);
    }
  });

  it('takes new credentials as soon as there are some', async () => {
    let current: typeof PLAIN = PLAIN;
    const signer = createRequestSigner({ region, credentials: async () => current });
    const signingDate = new Date('2026-01-02T03:04:05Z');
    await signer.sign(requestOf('{}'), { signingDate });
    current = { ...OF_A_ROLE, secretAccessKey: 'another' };
    const ours = requestOf('{}');
    const theirs = await bySdk(current, requestOf('{}'), signingDate);
    ours.headers['x-amz-content-sha256'] = theirs['x-amz-content-sha256'] ?? '';
    await signer.sign(ours, { signingDate });
    expect(ours.headers.authorization).toBe(theirs.authorization);
  });
});
