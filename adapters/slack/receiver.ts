/**
 * The door for what Slack sends, over HTTP or over Socket Mode, in front of Bolt. Bolt acknowledges
 * events before its listeners run; here an event is acknowledged once they are done, that is, when
 * what was said is stored: while the table is away, Slack delivers again.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type App, isValidSlackRequest, type Receiver, type ReceiverEvent } from '@slack/bolt';
import type { AdapterRoute } from '../../src/core/adapter.ts';
import { createAdmission } from '../../src/core/admission.ts';
import type { Log } from '../../src/core/log.ts';
import { readAtMost } from '../../src/core/read-at-most.ts';
import { createUnverifiedLog, type Unverified } from '../../src/core/unverified.ts';
import { NotInstalledError } from './clients.ts';
import { EVENTS_PATH } from './manifest.ts';
import { sentenceOf } from './receiving.ts';
import { isAmbiguous, refusalOf, retryAfterOf } from './refusals.ts';
import { turnAway } from './turned-away.ts';

/** Whether an event concerns nobody, so that Bolt need not hear of it. */
export type IsQuiet = (body: Record<string, unknown>) => boolean | Promise<boolean>;

export interface SlackReceiver extends Receiver {
  /**
   * Awaits the listeners, then acknowledges. Rejects when an event could not be taken, and with
   * `ForgedRequestError` when it concerns somebody and is not genuine.
   */
  process(event: ReceiverEvent, isGenuine?: () => boolean): Promise<void>;
}

/** Slack's own verifier does not know it. */
export class ForgedRequestError extends Error {
  override name = 'ForgedRequestError';
}

export interface ReceiverOptions {
  isQuiet: IsQuiet;
  /** What Slack sent, as the product names things. */
  translate(body: ReceiverEvent['body']): Promise<ReceiverEvent['body']>;
  log: Log;
  connect?(process: SlackReceiver['process']): {
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
  };
}

/** Slack said no, and will say it again. */
const isFinal = (error: unknown): boolean =>
  refusalOf(error) !== undefined && retryAfterOf(error) === undefined && !isAmbiguous(error);

/** Events that are looked after at once, however busy the process is; the others wait in line. */
const ALWAYS = 8;

/** What Bolt is given as its receiver. */
export function createReceiver({
  isQuiet,
  translate,
  connect,
  log,
}: ReceiverOptions): SlackReceiver {
  let app: App | undefined;
  const connection = connect?.(process);
  const admission = createAdmission({ always: ALWAYS });

  async function process(given: ReceiverEvent, isGenuine = () => true): Promise<void> {
    const event = { ...given, body: await translate(given.body) };
    const isEvent = event.body.type === 'event_callback';
    if (isEvent && (await isQuiet(event.body))) return event.ack();
    if (!isGenuine()) throw new ForgedRequestError();
    if (!isEvent) return pass(event);
    await take({ ...event, ack: async () => undefined });
    await event.ack();
  }

  async function take(event: ReceiverEvent): Promise<void> {
    await admission.enter();
    try {
      await pass(event);
    } finally {
      admission.leave();
    }
  }

  /**
   * Where the app is not installed any more, or Slack refuses what was to be done, again would not help.
   * Whoever gave a command, pressed a button or sent a window off is told, and decides about again.
   */
  async function pass(event: ReceiverEvent): Promise<void> {
    let isAnswered = false;
    const ack: ReceiverEvent['ack'] = async (...answer) => {
      isAnswered = true;
      await event.ack(...answer);
    };
    try {
      if (!app) throw new Error('the bot has not started yet');
      await app.processEvent({ ...event, ack });
    } catch (error) {
      const reason = error instanceof Error && 'original' in error ? error.original : error;
      const isSettled = reason instanceof NotInstalledError || isFinal(reason);
      const about = { type: String(event.body.type ?? 'command'), code: refusalOf(reason) };
      log.warn(isSettled ? 'slack-refused' : 'slack-not-taken', about, reason);
      if (event.body.type !== 'event_callback') {
        if (isAnswered) return;
        const told = await turnAway(event.body, sentenceOf({ log }, reason));
        if (told) return event.ack(told.acknowledgement);
      }
      if (!isSettled) throw error;
      await event.ack();
    }
  }

  return {
    process,
    init(bolt) {
      app = bolt;
    },
    start: async () => connection?.start(),
    stop: async () => connection?.stop(),
  };
}

// --- Over HTTP -----------------------------------------------------------------------------------

/** Slack's own, in seconds (docs.slack.dev/authentication/verifying-requests-from-slack). */
const MAX_AGE_S = 300;
/** Bytes; Bolt's own receivers take as much. */
const MAX_BODY_BYTES = 4_194_304;
const OVERDUE_MS = 3_000;

export interface HttpRouteOptions {
  signingSecret: string;
  process: SlackReceiver['process'];
  log: Log;
}

/** `/slack/events`: events, commands, interactions and options, all to one address. */
export function createHttpRoute(options: HttpRouteOptions): AdapterRoute {
  const door = {
    ...options,
    key: createSecretKey(options.signingSecret, 'utf8'),
    notVerified: createUnverifiedLog({ log: options.log, event: 'slack-not-verified' }),
  };
  return { method: 'POST', path: EVENTS_PATH, handle: (request) => handle(door, request) };
}

interface Door extends HttpRouteOptions {
  key: KeyObject;
  notVerified(reason: Unverified): void;
}

async function handle(options: Door, request: Request): Promise<Response> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > MAX_BODY_BYTES) return new Response(null, { status: 413 });
  const raw = declared > 0 ? await request.text() : await readText(request);
  if (raw === undefined) return new Response(null, { status: 413 });
  if (!isFromSlack(options.key, raw, request.headers)) {
    options.notVerified(whyNot(request.headers));
    return new Response(null, { status: 401 });
  }
  const body = parseBody(raw, request.headers.get('content-type') ?? '');
  if (!body) return new Response(null, { status: 400 });
  if (body.type === 'url_verification') return Response.json({ challenge: body.challenge });
  if (body.ssl_check !== undefined) return new Response(null);
  const isGenuine = () => isKnownToSlack(options, raw, request.headers);
  return answer(options, body, request.headers, isGenuine);
}

/** A body that does not say how long it is; `undefined` when it is too long. */
async function readText({ body }: Request): Promise<string | undefined> {
  const bytes = await readAtMost(body, MAX_BODY_BYTES);
  return bytes && Buffer.from(bytes).toString('utf8');
}

/**
 * As Slack describes it, at the door. Most of what comes concerns nobody and is only acknowledged, and Slack's own check,
 * which draws a random key and two more digests for each comparison, costs as much as all the rest of that.
 */
export function isFromSlack(key: KeyObject, body: string, headers: Headers): boolean {
  const timestamp = headers.get('x-slack-request-timestamp') ?? '';
  if (!isNow(timestamp)) return false;
  const given = Buffer.from(headers.get('x-slack-signature') ?? '');
  const digest = createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex');
  const expected = Buffer.from(`v0=${digest}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** What is no number is as far from now as can be; requests from the future are refused too. */
const isNow = (timestamp: string) => Math.abs(Number(timestamp) - Date.now() / 1_000) <= MAX_AGE_S;

function whyNot(headers: Headers): Unverified {
  const timestamp = headers.get('x-slack-request-timestamp');
  if (timestamp === null || !headers.has('x-slack-signature')) return 'no signature';
  return isNow(timestamp) ? 'another secret' : 'clock';
}

/** Slack's own verdict, for whatever has an effect. */
function isKnownToSlack({ signingSecret }: Door, body: string, headers: Headers): boolean {
  return isValidSlackRequest({
    signingSecret,
    body,
    headers: {
      'x-slack-signature': headers.get('x-slack-signature') ?? '',
      'x-slack-request-timestamp': Number(headers.get('x-slack-request-timestamp')),
    },
  });
}

/** Events come as JSON, commands as a form, interactions as JSON in a form's `payload`. */
function parseBody(raw: string, contentType: string): Record<string, unknown> | undefined {
  try {
    if (contentType.startsWith('application/json')) return toObject(JSON.parse(raw));
    const form = new URLSearchParams(raw);
    const payload = form.get('payload');
    return payload === null ? Object.fromEntries(form) : toObject(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

const toObject = (parsed: unknown) =>
  typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : undefined;

/** Answers with the acknowledgement; work that outlives it goes on. */
async function answer(
  { process, log, notVerified }: Door,
  body: Record<string, unknown>,
  headers: Headers,
  isGenuine: () => boolean,
): Promise<Response> {
  const acknowledged = Promise.withResolvers<Response>();
  const retryNum = headers.get('x-slack-retry-num');
  const startedAt = performance.now();
  const ack = async (response?: unknown) => acknowledged.resolve(toResponse(response));
  const event: ReceiverEvent = {
    body,
    ack: ack as ReceiverEvent['ack'],
    ...(retryNum && { retryNum: Number(retryNum) }),
  };
  process(event, isGenuine).then(
    // What nobody listens to is acknowledged all the same.
    () => acknowledged.resolve(new Response(null)),
    // All else was logged where it failed.
    (error: unknown) => {
      const isForged = error instanceof ForgedRequestError;
      if (isForged) notVerified(whyNot(headers));
      acknowledged.resolve(new Response(null, { status: isForged ? 401 : 503 }));
    },
  );
  const response = await acknowledged.promise;
  const tookMs = performance.now() - startedAt;
  if (tookMs > OVERDUE_MS) log.warn('slack-acknowledged-late', { tookMs: Math.round(tookMs) });
  return response;
}

function toResponse(response: unknown): Response {
  if (response === undefined || response === '') return new Response(null);
  return typeof response === 'string' ? new Response(response) : Response.json(response);
}
