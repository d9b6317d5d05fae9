/** Whatever is sent: no fault of ours, no stack trace, no secret, in answers, log and metrics. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { ann, thread } from '../core/bots.ts';
import {
  type ApiDocument,
  createHostileRequests,
  type HostileRequest,
} from './hostile-requests.ts';
import { PUBLIC_URL, SECRET, useAdmin } from './server.ts';

const { SOAK, SEED = '1' } = process.env;
const COUNT = SOAK ? 10_000 : 800;
const API_KEY = 'sk-planted-0123456789-key-abcdef';
const TRACKER_TOKEN = 'ghp_planted-0123456789-token';
const SESSION = 'planted-session-secret-of-somebody';
const TOKEN = 'planted-metrics-token';
/** Stored ciphertext and our own tokens begin like this too. */
const SECRETS = [SECRET, API_KEY, TRACKER_TOKEN, SESSION, TOKEN, 'eyJhbGciOi'];
const STACK = /\n\s+at |node_modules|file:\/\/\/(?!etc)|\.ts:\d+/;

describe('hostile requests', () => {
  const { setUp, say, talk, readTickets } = useAdmin();

  async function prepare() {
    const lines: string[] = [];
    const metrics = await createMetrics();
    const log = metrics.countLog(createLog({ level: 'info', write: (line) => lines.push(line) }));
    const admin = await setUp({
      log,
      metrics: { token: TOKEN, render: metrics.render },
      more: { log, observe: metrics.observe },
    });
    const { bot, repositories, newUser, ask } = admin;
    await talk(bot, say('draft Export drops the last row'));
    const [ticket] = await readTickets(repositories);
    const owner = await repositories.users.getUserByIdentity(ann.identity);
    const users = [await newUser('member', 'Ben'), await newUser('viewer', 'Chiara')];
    const known = {
      userId: [owner?.id ?? '', ...users.map(({ id }) => id), 'me', 'nobody'],
      conversationId: [conversationIdOf(thread), 'nothing'],
      ticketId: [ticket?.id ?? '', 'nothing'],
      name: ['office', 'office', 'nothing'],
      identity: ['slack:T1:U7', ann.identity],
      platform: ['slack', 'terminal', 'nowhere'],
      workspaceId: ['T1', 'w'],
      channelId: ['C1', 'c'],
      month: [new Date().toISOString().slice(0, 7), '2026-03'],
      from: ['2026-03-01'],
      to: ['2026-03-31'],
      limit: ['1', '200'],
      project: ['github:octo/web', 'local:issues'],
      kind: ['openai', 'openai-compatible', 'github', 'gitlab'],
      baseUrl: ['https://llm.example.com/v1'],
      apiKey: [API_KEY],
      token: [TRACKER_TOKEN],
      issue: ['1', 'github:octo/web#1'],
    };
    const input = { kind: 'openai', apiKey: API_KEY };
    const asker = await newUser('admin');
    await ask(asker, 'PUT', '/workspaces/slack/T1/providers/office', { body: input });
    const access = { kind: 'github', token: TRACKER_TOKEN };
    await ask(asker, 'PUT', '/workspaces/slack/T1/trackers/office', { body: access });
    const document = (await (await admin.app.request('/openapi.json')).json()) as ApiDocument;
    return { ...admin, lines, document, known };
  }

  function expectHarmless(request: HostileRequest, status: number, text: string): void {
    const what = `${request.method} ${request.path.slice(0, 200)} ${request.body?.slice(0, 300)}`;
    if (status >= 500) throw new Error(`${what}: ${status} ${text}`);
    if (STACK.test(text)) throw new Error(`${what}: a stack trace in ${text}`);
    const leaked = SECRETS.find((secret) => text.includes(secret));
    if (leaked) throw new Error(`${what}: leaks ${leaked}`);
  }

  it(`${COUNT} of them against every route of the API do no harm`, {
    timeout: 600_000,
  }, async () => {
    const { app, lines, document, known, newUser, tokenOf } = await prepare();
    const next = createHostileRequests(document, known, Number(SEED));
    const statuses = new Map<number, number>();
    let token = await tokenOf(await newUser('admin', 'asker'));
    for (let n = 0; n < COUNT; n += 1) {
      const { path, ...init } = next();
      const headers = { ...init.headers, authorization: `Bearer ${token}` };
      const response = await app.request(path, { ...init, headers });
      const text = await response.text();
      expectHarmless({ path, ...init }, response.status, text);
      if (response.status >= 400 && text !== '') {
        expect(response.headers.get('content-type')).toBe('application/problem+json');
      }
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      // Whoever deletes or demotes themselves is not let in again.
      const isOut = response.status === 401 || response.status === 403;
      if (isOut || n % 200 === 0) token = await tokenOf(await newUser('admin', 'asker'));
    }
    // Not only refusals: what is behind the checks was reached too.
    expect(statuses.get(200)).toBeGreaterThan(COUNT / 20);
    for (const line of lines) expectHarmless({ method: 'LOG', path: line, headers: {} }, 0, line);
    const authorization = `Bearer ${TOKEN}`;
    const metrics = await (await app.request('/metrics', { headers: { authorization } })).text();
    expectHarmless({ method: 'METRICS', path: '', headers: {} }, 200, metrics);
    expect(metrics).not.toContain('level="error"');
  });

  it('do no harm to the pages either', async () => {
    const { app, document, known, newUser, repositories } = await prepare();
    const next = createHostileRequests(document, known, Number(SEED));
    await repositories.sessions.open(SESSION, (await newUser('admin')).id, Date.now() + 600_000);
    const places = ['/console', '/shared/', '/sign-in/', '/docs/', '/console/conversations/'];
    for (let n = 0; n < COUNT / 5; n += 1) {
      const { path, body, method } = next();
      const [place = '', way] = [places[n % places.length], method === 'GET' ? 'GET' : 'POST'];
      const sent = toForm(body);
      const target = `${place}${path.slice('/v1'.length + (place.endsWith('/') ? 1 : 0))}`;
      const response = await app.request(target, {
        method: way,
        headers: {
          cookie: `pti_session=${SESSION}`,
          origin: PUBLIC_URL,
          'content-type': 'application/x-www-form-urlencoded',
        },
        ...(way === 'POST' && sent !== undefined && { body: sent }),
      });
      const text = await response.text();
      expectHarmless({ method: way, path: target, headers: {} }, response.status, text);
      expect(text).not.toMatch(/<script>|onerror=/);
    }
  });
});

/** The same values as a form sends them. */
function toForm(body: string | undefined): string | undefined {
  if (!body?.startsWith('{"')) return body;
  const fields = Object.entries(JSON.parse(body) as Record<string, unknown>);
  const form = new URLSearchParams();
  for (const [name, value] of fields) form.append(name, String(value));
  return form.toString();
}
