/** What Prometheus reads after real turns, and what must never be in it. */
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../src/core/provider.ts';
import { observeRequests } from '../src/db/observe-requests.ts';
import { createMetrics } from '../src/metrics.ts';
import { useAdmin } from './admin/server.ts';
import { echo, silent } from './core/bots.ts';

const TOKEN = 'a-token-for-prometheus';

describe('metrics', () => {
  const { setUp, say, talk, command } = useAdmin();

  async function measured(script = echo) {
    const metrics = await createMetrics();
    const log = metrics.countLog(silent);
    const admin = await setUp({
      more: { observe: metrics.observe, log, prices: { m: { input: 1, output: 1 } } },
      script,
      metrics: { token: TOKEN, render: metrics.render },
    });
    observeRequests(admin.table, metrics.observeRequest);
    const read = (token = TOKEN) =>
      admin.app.request('/metrics', { headers: { authorization: `Bearer ${token}` } });
    return { ...admin, metrics, read };
  }

  it('counts turns, words, tokens, cost, issues and requests to the table', async () => {
    const { bot, read } = await measured();
    await talk(bot, say('draft Export drops the last row'));
    await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    const text = await (await read()).text();
    expect(text).toContain('pti_turn_seconds_count{platform="terminal",outcome="answered"} 1');
    expect(text).toContain('pti_first_text_seconds_count{platform="terminal"} 1');
    expect(text).toContain('pti_turns_running{platform="terminal"} 0');
    expect(text).toContain('pti_tokens_total{provider="script",model="m",direction="input"} 20');
    expect(text).toMatch(/pti_cost_dollars_total\{provider="script",model="m"\} 0\.00003/);
    expect(text).toContain('pti_publish_seconds_count{tracker="local",outcome="published"} 1');
    expect(text).toMatch(
      /pti_table_request_seconds_count\{operation="TransactWriteItems",outcome="ok"\} [1-9]/,
    );
  });

  it('tells how much waits, and for how long', async () => {
    let goOn = () => {};
    const going = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { bot, read } = await measured(async function* (request) {
      await going;
      yield* echo(request);
    });
    await bot.handleMessage(say('hello'));
    await bot.resumePending();
    const busy = await (await read()).text();
    expect(busy).toContain('pti_queue{work="thread"} 1');
    expect(busy).toContain('pti_queue{work="ticket"} 0');
    expect(busy).toMatch(/pti_queue_oldest_seconds 0\.\d+/);
    goOn();
    await bot.idle();
    await bot.resumePending();
    const done = await (await read()).text();
    expect(done).toContain('pti_queue{work="thread"} 0');
    expect(done).toContain('pti_queue_oldest_seconds 0\n');
  });

  it('counts failures by what they are', async () => {
    const { bot, metrics, read } = await measured(async function* () {
      yield* [];
      throw new ProviderError('script', 'unauthorised', 'no such key');
    });
    await talk(bot, say('hello'));
    metrics.countLog(silent).warn('reply-edit-failed');
    const text = await (await read()).text();
    expect(text).toContain(
      'pti_provider_requests_total{provider="script",outcome="unauthorised"} 1',
    );
    expect(text).toContain('pti_turn_seconds_count{platform="terminal",outcome="failed"} 1');
    expect(text).toContain('pti_log_events_total{event="turn-failed",level="error"} 1');
    expect(text).toContain('pti_log_events_total{event="reply-edit-failed",level="warn"} 1');
  });

  it('holds no more names than a limit, whatever models people invent', async () => {
    const { metrics, read } = await measured();
    const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
    for (let n = 0; n < 500; n += 1) {
      metrics.observe({ kind: 'answered', provider: `p${n}`, model: `m${n}`, usage, cost: 0 });
    }
    const text = await (await read()).text();
    expect(text.match(/pti_provider_requests_total\{/g)).toHaveLength(51);
    expect(text).toContain('pti_provider_requests_total{provider="other",outcome="answered"} 450');
  });

  it('is for whoever has the token, and not there where none is set', async () => {
    const { app, read } = await measured();
    expect((await read()).status).toBe(200);
    for (const token of ['', 'x', `${TOKEN}x`]) expect((await read(token)).status).toBe(401);
    expect((await app.request('/metrics')).status).toBe(401);
    const without = await setUp();
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await without.app.request('/metrics', { headers })).status).toBe(404);
  });
});
