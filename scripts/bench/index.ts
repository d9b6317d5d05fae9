/** The benches there are. What a bench needs is loaded, and its peers installed, only when it runs. */
import type { Report } from './report.ts';

export interface BenchOptions {
  /** About a minute instead of several. */
  quick: boolean;
  /** Turns over which `turn` watches memory. */
  turns?: number | undefined;
}

export type Measure = (options: BenchOptions) => Promise<Report>;

export interface Bench {
  /** Compares with packages of `scripts/bench/package.json`. */
  peers: boolean;
  load(): Promise<Measure>;
}

export const BENCHES: Record<string, Bench> = {
  'turn-cost': {
    peers: false,
    load: async () => (await import('./turn-cost.ts')).measureTurnCost,
  },
  cold: { peers: false, load: async () => (await import('./cold.ts')).measureCold },
  stream: { peers: false, load: async () => (await import('./stream.ts')).measureStream },
  ingress: { peers: true, load: async () => (await import('./ingress.ts')).measureIngress },
  'stream-slack': {
    peers: true,
    load: async () => (await import('./stream-slack.ts')).measureStreamSlack,
  },
  'stream-discord': {
    peers: true,
    load: async () => (await import('./stream-discord.ts')).measureStreamDiscord,
  },
  turn: { peers: true, load: async () => (await import('./turn.ts')).measureTurn },
  flood: { peers: true, load: async () => (await import('./flood.ts')).measureFlood },
  scale: { peers: false, load: async () => (await import('./scale.ts')).measureScale },
  data: { peers: true, load: async () => (await import('./data.ts')).measureData },
};
