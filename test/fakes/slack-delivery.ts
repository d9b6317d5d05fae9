/**
 * How the stand-in Slack reaches an app: signed requests over HTTP, or envelopes over one of its
 * sockets; three seconds for an answer, and events again when there is none.
 */
import { createHmac } from 'node:crypto';
import type { SlackServer } from './slack-server.ts';

/** Slack's own, in milliseconds. */
const ACK_DEADLINE_MS = 3_000;
/** Slack waits nothing, a minute and five minutes; the stand-in is in a hurry. */
const RETRY_DELAYS_MS = [0, 20, 60];

export interface Acknowledgement {
  /** 2xx over HTTP, or an acknowledged envelope. */
  ok: boolean;
  status: number;
  /** What the app answered with: a modal's errors, options, a message. */
  body: unknown;
  tookMs: number;
  /** 1 for the first delivery. */
  deliveries: number;
}

export type Envelope =
  | { kind: 'event'; body: Record<string, unknown> }
  | { kind: 'command'; body: Record<string, unknown> }
  | { kind: 'interaction'; body: Record<string, unknown> };

export interface SlackDelivery {
  /** Delivers an event until it is acknowledged or the retries are used up; the rest once. */
  deliver(envelope: Envelope): Promise<Acknowledgement>;
  /** Delivers once, as a redelivery when `retry` is given. */
  deliverOnce(envelope: Envelope, retry?: number): Promise<Acknowledgement>;
  /** Every last acknowledgement, in order. */
  acknowledgements: Acknowledgement[];
}

export interface DeliveryOptions {
  slack: SlackServer;
  /** The app's endpoint; absent: over its sockets. */
  requestUrl?: string;
}

export function createDelivery({ slack, requestUrl }: DeliveryOptions): SlackDelivery {
  const acknowledgements: Acknowledgement[] = [];
  let next = 0;

  async function deliverOnce(envelope: Envelope, retry = 0): Promise<Acknowledgement> {
    const startedAt = performance.now();
    const send = requestUrl ? overHttp(requestUrl) : overSocket;
    const answered = await send(envelope, retry);
    const ok = answered.status >= 200 && answered.status < 300;
    return { ...answered, ok, tookMs: performance.now() - startedAt, deliveries: retry + 1 };
  }

  const overHttp = (url: string) => async (envelope: Envelope, retry: number) => {
    const { body, type } = encode(envelope);
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signBody(slack.world.signingSecret, timestamp, body),
      ...(retry > 0 && { 'x-slack-retry-num': `${retry}`, 'x-slack-retry-reason': 'http_error' }),
    };
    try {
      const signal = AbortSignal.timeout(ACK_DEADLINE_MS);
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      return { status: response.status, body: parse(await response.text()) };
    } catch {
      return { status: 0, body: undefined };
    }
  };

  async function overSocket({ kind, body }: Envelope, retry: number) {
    const open = [...slack.sockets];
    const socket = open[next++ % Math.max(1, open.length)];
    if (!socket) return { status: 0, body: undefined };
    const envelopeId = slack.world.nextId('E');
    const type = { event: 'events_api', command: 'slash_commands', interaction: 'interactive' }[
      kind
    ];
    const answered = Promise.withResolvers<{ status: number; body: unknown }>();
    const onMessage = (data: Buffer) => {
      const { envelope_id, payload } = JSON.parse(String(data));
      if (envelope_id === envelopeId) answered.resolve({ status: 200, body: payload });
    };
    const lost = () => answered.resolve({ status: 0, body: undefined });
    const timer = setTimeout(lost, ACK_DEADLINE_MS);
    socket.on('message', onMessage).once('close', lost);
    const about = retry > 0 ? { retry_attempt: retry, retry_reason: 'timeout' } : {};
    socket.send(JSON.stringify({ envelope_id: envelopeId, type, payload: body, ...about }));
    const result = await answered.promise;
    clearTimeout(timer);
    socket.off('message', onMessage).off('close', lost);
    return result;
  }

  async function deliver(envelope: Envelope): Promise<Acknowledgement> {
    let acknowledged = await deliverOnce(envelope);
    const retries = envelope.kind === 'event' ? RETRY_DELAYS_MS : [];
    for (const [index, delayMs] of retries.entries()) {
      if (acknowledged.ok) break;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      acknowledged = await deliverOnce(envelope, index + 1);
    }
    acknowledgements.push(acknowledged);
    return acknowledged;
  }

  return { deliver, deliverOnce, acknowledgements };
}

export function signBody(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** Events as JSON, commands as a form, interactions as JSON in a form's `payload`. */
export function encode({ kind, body }: Envelope): { body: string; type: string } {
  if (kind === 'event') return { body: JSON.stringify(body), type: 'application/json' };
  const fields =
    kind === 'command' ? (body as Record<string, string>) : { payload: JSON.stringify(body) };
  return {
    body: new URLSearchParams(fields).toString(),
    type: 'application/x-www-form-urlencoded',
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
