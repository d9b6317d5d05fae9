/**
 * Signature Version 4 for requests to DynamoDB: as the SDK's own, for this one kind of request, with the day's key kept
 * and each digest one call (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
import { createHmac, hash } from 'node:crypto';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type Signer = Extract<DynamoDBClientConfig['signer'], { sign: unknown }>;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface RequestSignerOptions {
  region: string;
  /** Asked for each request; whoever gives them keeps and renews them. */
  credentials(): Promise<Credentials>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'dynamodb';
const END = 'aws4_request';
/** Those that must be signed where they are there; the rest tells nothing that a forger could use. */
const SIGNED = /^(?:host|content-type|x-amz-.+)$/;

export function createRequestSigner({ region, credentials }: RequestSignerOptions): Signer {
  let kept: { id: string; key: Buffer } | undefined;

  /** Changes with the day and the credentials. */
  function keyOf(day: string, where: string, secret: string): Buffer {
    const id = `${day} ${where} ${secret}`;
    if (kept?.id !== id) {
      const parts = [day, where, SERVICE, END];
      kept = { id, key: parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)) };
    }
    return kept.key;
  }

  return {
    async sign(request, { signingDate = new Date(), signingRegion = region } = {}) {
      const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
      const moment = new Date(signingDate).toISOString().replace(/[-:]|\.\d{3}/g, '');
      const day = moment.slice(0, 8);
      const scope = `${day}/${signingRegion}/${SERVICE}/${END}`;
      const { headers } = request;
      headers['x-amz-date'] = moment;
      if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
      const { names, canonical } = canonicalise(request);
      const signed = `${ALGORITHM}\n${moment}\n${scope}\n${hash('sha256', canonical)}`;
      const signature = hmac(keyOf(day, signingRegion, secretAccessKey), signed).toString('hex');
      headers.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
      return request;
    },
  };
}

type Request = Parameters<Signer['sign']>[0];

/** Every request is a POST without a query, to the root of an address that is not escaped. */
function canonicalise({ headers, body, path }: Request): { names: string; canonical: string } {
  const signed = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .filter(([name]) => SIGNED.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  return { names, canonical: `POST\n${path}\n\n${lines}\n${names}\n${hash('sha256', body)}` };
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
