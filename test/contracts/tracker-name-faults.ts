/**
 * What a tracker may answer to the making of a label or a milestone, run through the real bot: whatever
 * happens, the project has it once in the end, the draft stays as it was, and the person reads what happened.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { NewName } from '../../src/core/advice.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { useBots } from '../core/bots.ts';
import { CREATE_FAULTS, type Fault, type FaultName } from './tracker-faults.ts';

type Field = NewName['field'];

export interface FaultyNames {
  /** With deadlines of at most half a second; each one as a process of its own would have it. */
  connect(): Tracker;
  /** `github:acme/shop`. */
  project: string;
  /** For the next request that makes one. */
  failMake(field: Field, fault: Fault): void;
  names(field: Field): string[];
  stop(): Promise<void>;
}

/** `created`: as if nothing had gone wrong; a text: part of why it was refused. */
export type NameTable = Record<FaultName, 'created' | 'not known' | { refused: string }>;

const WORDS = { labels: 'label', milestone: 'milestone' } as const;

export function describeTrackerNameFaults(
  name: string,
  start: () => Promise<FaultyNames>,
  table: NameTable,
): void {
  describe.each<Field>(['labels', 'milestone'])(
    `one of the %s, whatever ${name} answers`,
    (field) => {
      const { setUp, say, command, talk, readTickets } = useBots();
      let under: FaultyNames;

      beforeAll(async () => {
        under = await start();
      });
      afterAll(() => under.stop());

      async function draftWith(wanted: string) {
        let tracker = under.connect();
        const made = await setUp({
          environment: { project: under.project },
          more: { chooseTracker: async () => tracker },
        });
        await talk(made.bot, say('draft Checkout hangs'));
        const changes = field === 'labels' ? { labels: [wanted] } : { milestone: wanted };
        await command(made.bot, { kind: 'edit', target: { ordinal: 1 }, changes });
        const press: Command = { kind: 'create-name', target: { ordinal: 1 }, field, name: wanted };
        return {
          press: () => command(made.bot, press),
          reconnect() {
            tracker = under.connect();
          },
          read: async () => (await readTickets(made.repositories))[0],
          isUnknown: () =>
            [...made.platform.cards.values()].some((card) =>
              card.unknown?.some((one) => one.name === wanted),
            ),
        };
      }

      it.each(Object.entries(table))('%s', async (fault, says) => {
        const wanted = `new ${fault.replaceAll(',', '')}`;
        const { press, reconnect, read, isUnknown } = await draftWith(wanted);
        await vi.waitFor(() => expect(isUnknown()).toBe(true), { timeout: 10_000 });
        const before = await read();
        under.failMake(field, CREATE_FAULTS[fault as FaultName]);
        const first = await press();
        expect(first.message).toMatch(sentenceFor(`the ${WORDS[field]} "${wanted}"`, says));
        expect(first.kind).toBe(says === 'created' ? 'done' : 'refused');
        expect(await read()).toEqual(before);
        reconnect();
        expect(await press()).toMatchObject({ kind: 'done' });
        expect(under.names(field).filter((one) => one === wanted)).toHaveLength(1);
        expect(isUnknown()).toBe(false);
        expect(await read()).toEqual(before);
      });
    },
  );
}

function sentenceFor(what: string, says: NameTable[FaultName]): RegExp {
  if (says === 'created') return new RegExp(`^Created ${what} in \\S+\\.$`);
  if (says === 'not known') {
    const advice = 'Try again; it is never created twice\\.';
    return new RegExp(`^I do not know whether ${what} was created: \\S.* ${advice}$`);
  }
  const reason = says.refused.replaceAll(/[().]/g, '\\$&');
  return new RegExp(`^I could not create ${what}: \\S.* ${reason}`);
}
