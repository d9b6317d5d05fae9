import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from '../src/log.ts';

function listen(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => lines.push(line) });
  return { log, lines, entries: () => lines.map((line) => JSON.parse(line)) };
}

describe('createLog', () => {
  it('writes one JSON object a line, with event, level and time', () => {
    const { log, lines, entries } = listen('info');
    log.info('turn closed', { conversationId: 'c1', durationMs: 12, inputTokens: 900 });
    log.warn('slow', undefined, new Error('late'));
    expect(
      lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1),
    ).toBe(true);
    expect(entries()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'turn closed',
      conversationId: 'c1',
      durationMs: 12,
      inputTokens: 900,
    });
    expect(entries()[1]).toMatchObject({
      level: 'warn',
      error: { name: 'Error', message: 'late' },
    });
  });

  it('writes nothing below its level, but still gives references', () => {
    const { log, lines } = listen('silent');
    log.info('a');
    expect(log.error('b', {})).toMatch(/^[0-9a-f]{8}$/);
    expect(lines).toEqual([]);
  });

  it('gives each error the reference that stands in its entry', () => {
    const { log, entries } = listen('info');
    const references = [log.error('turn failed', { turnId: 't1' }), log.error('turn failed', {})];
    expect(entries().map((entry) => entry.reference)).toEqual(references);
    expect(new Set(references).size).toBe(2);
  });

  it('keeps secrets out, by the name of the field and by their shape', () => {
    const { log, lines, entries } = listen('debug');
    const key = `ghp_${'a1B2'.repeat(9)}`;
    const cause = new Error(`refused ${key}`, {
      cause: new Error(`sent Bearer ${'x1'.repeat(20)}`),
    });
    log.info('connected', {
      botToken: 'plain',
      apiKey: 'plain',
      url: `https://u:plain@host/${key}`,
    });
    log.error('failed', { detail: key }, cause);
    expect(lines.join('')).not.toMatch(/plain|ghp_|x1x1/);
    expect(entries()[0]).toMatchObject({ botToken: '[redacted]', apiKey: '[redacted]' });
  });

  it('keeps what people wrote out', () => {
    const { log, lines } = listen('debug');
    log.info('message stored', { text: 'our secret plan', title: 'the plan' });
    log.error('unreadable', {}, parseFailure('our secret plan'));
    expect(lines.join('')).not.toContain('plan');
  });

  it('keeps the chain of causes, and stacks at level debug only', () => {
    const cause = new Error('outer', {
      cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED' }),
    });
    const quiet = listen('info');
    quiet.log.error('failed', {}, cause);
    expect(quiet.entries()[0].error).toEqual({
      name: 'Error',
      message: 'outer',
      cause: { name: 'Error', message: 'inner', code: 'ECONNREFUSED' },
    });
    const loud = listen('debug');
    loud.log.error('failed', {}, cause);
    expect(loud.entries()[0].error.stack[0]).toMatch(/^at .*log\.test\.ts/);
  });
});

function parseFailure(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
