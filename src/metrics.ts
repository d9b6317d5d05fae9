/**
 * What is measured, as Prometheus reads it. The library is loaded only where somebody asks for
 * metrics. Labels are names from closed sets, or counted up to a limit: nobody can fill the memory
 * by inventing models, and nothing that people wrote becomes one.
 */
import type { Registry } from 'prom-client';
import type { Log } from './core/log.ts';
import type { Observation, Observe } from './core/observer.ts';
import type { ObservedRequest } from './db/observe-requests.ts';

export interface Metrics {
  observe: Observe;
  observeRequest(request: ObservedRequest): void;
  /** The same log; its warnings and errors are counted by their event. */
  countLog(log: Log): Log;
  /** In Prometheus' text format. */
  render(): Promise<{ type: string; text: string }>;
}

/** Seconds; a word within two is quick, a turn of five minutes the longest there is. */
const TURN_BUCKETS = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
const REQUEST_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Different providers and models that are told apart; the rest is `other`. */
const MAX_NAMES = 50;
const MICRO = 1_000_000;

export async function createMetrics(): Promise<Metrics> {
  const client = await import('prom-client');
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry });
  const instruments = createInstruments(client, registry);
  const recorders = createRecorders(instruments);
  return {
    observe(observation) {
      const record: (observed: never) => void = recorders[observation.kind];
      record(observation as never);
    },
    observeRequest({ operation, seconds, outcome }) {
      instruments.requests.observe({ operation, outcome }, seconds);
    },
    countLog: (log) => ({
      info: log.info,
      warn(event, fields, cause) {
        instruments.failures.inc({ event, level: 'warn' });
        log.warn(event, fields, cause);
      },
      error(event, fields, cause) {
        instruments.failures.inc({ event, level: 'error' });
        return log.error(event, fields, cause);
      },
    }),
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(client: typeof import('prom-client'), registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new client.Counter({ name: `pti_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ) => new client.Histogram({ name: `pti_${name}`, help, labelNames, buckets, registers });
  return {
    running: new client.Gauge({
      name: 'pti_turns_running',
      help: 'Turns that run in this process now.',
      labelNames: ['platform'] as const,
      registers,
    }),
    turns: histogram(
      'turn_seconds',
      'Turns, from begin to end, by how they ended.',
      ['platform', 'outcome'],
      TURN_BUCKETS,
    ),
    firstText: histogram(
      'first_text_seconds',
      'From the begin of a turn to the first word of the model.',
      ['platform'],
      TURN_BUCKETS,
    ),
    tokens: counter('tokens_total', 'Tokens; cached_input is part of input.', [
      'provider',
      'model',
      'direction',
    ]),
    cost: counter('cost_dollars_total', 'US dollars, of models with a known price.', [
      'provider',
      'model',
    ]),
    answers: counter('provider_requests_total', 'Requests to providers, by how they ended.', [
      'provider',
      'outcome',
    ]),
    publishes: histogram(
      'publish_seconds',
      'Approved tickets on their way to the tracker, by how it ended.',
      ['tracker', 'outcome'],
      TURN_BUCKETS,
    ),
    queue: new client.Gauge({
      name: 'pti_queue',
      help: 'Work that the table says is to be done, by all processes: each tells the same.',
      labelNames: ['work'] as const,
      registers,
    }),
    oldest: new client.Gauge({
      name: 'pti_queue_oldest_seconds',
      help: 'Since the oldest of that work was begun.',
      registers,
    }),
    resumed: counter('resumed_total', 'Work of dead processes that was taken over.', []),
    failures: counter('log_events_total', 'Warnings and errors in the log, by event.', [
      'event',
      'level',
    ]),
    requests: histogram(
      'table_request_seconds',
      'Requests to the table, with their retries.',
      ['operation', 'outcome'],
      REQUEST_BUCKETS,
    ),
  };
}

/** The names seen first keep theirs. */
function createNames(): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.size < MAX_NAMES) known.add(name);
    return known.has(name) ? name : 'other';
  };
}

type Recorders = {
  [Kind in Observation['kind']]: (observed: Extract<Observation, { kind: Kind }>) => void;
};

function createRecorders(instruments: Instruments): Recorders {
  const { running, turns, firstText, publishes, answers, resumed } = instruments;
  const providerName = createNames();
  const modelName = createNames();
  return {
    'turn-began': ({ platform }) => running.inc({ platform }),
    'first-text': ({ platform, seconds }) => firstText.observe({ platform }, seconds),
    'turn-ended': ({ platform, outcome, seconds }) => {
      running.dec({ platform });
      turns.observe({ platform, outcome }, seconds);
    },
    answered: ({ cost, usage, ...names }) => {
      const [provider, model] = [providerName(names.provider), modelName(names.model)];
      const count = (direction: string, tokens: number) =>
        instruments.tokens.inc({ provider, model, direction }, tokens);
      count('input', usage.inputTokens);
      count('cached_input', usage.cachedInputTokens);
      count('output', usage.outputTokens);
      instruments.cost.inc({ provider, model }, cost / MICRO);
      answers.inc({ provider, outcome: 'answered' });
    },
    'not-answered': ({ provider, reason }) =>
      answers.inc({ provider: providerName(provider), outcome: reason }),
    'publish-ended': ({ tracker, outcome, seconds }) =>
      publishes.observe({ tracker, outcome }, seconds),
    resumed: ({ count }) => resumed.inc(count),
    queued: ({ counts, oldestSeconds }) => {
      for (const [work, count] of Object.entries(counts)) instruments.queue.set({ work }, count);
      instruments.oldest.set(oldestSeconds);
    },
  };
}
