/** One Web API method of the stand-in: what it takes, how often, and what it does. */
import { z } from 'zod';
import type { SlackChannel, SlackMessage, SlackWorld } from './slack-world.ts';

/** `ok: false` with this code. */
export class SlackRefusal extends Error {
  override name = 'SlackRefusal';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code.split(':')[0] ?? code;
  }
}

export interface SlackMethod {
  /** Calls a minute in a workspace. */
  perMinute: number;
  args: z.ZodType;
  run(world: SlackWorld, args: never): Record<string, unknown>;
}

/** Unknown arguments are refused: Slack only warns, but a typing error should not pass a test. */
export function method<Shape extends z.ZodRawShape>(
  perMinute: number,
  shape: Shape,
  run: (
    world: SlackWorld,
    args: z.output<z.ZodObject<Shape, z.core.$strict>>,
  ) => Record<string, unknown>,
): SlackMethod {
  const common = { team_id: z.string().optional(), token: z.string().optional() };
  return { perMinute, args: z.strictObject({ ...common, ...shape }), run };
}

/** Arguments arrive in a form: structures as JSON, everything else as text. */
export const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('is not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);
export const flag = z.stringbool();
export const count = z.coerce.number().int().positive();
export const required = z.string().min(1);
export const ts = z.string().regex(/^\d{10}\.\d{6}$/, 'is not a ts');

export const TIERS = { one: 1, two: 20, three: 50, four: 100, special: 600 } as const;

/** The channel, if the bot may write there. */
export function channelOf(world: SlackWorld, id: string): SlackChannel {
  const channel = visibleChannel(world, id);
  if (!channel.members.has(world.botUser)) throw new SlackRefusal('not_in_channel');
  if (channel.archived) throw new SlackRefusal('is_archived');
  return channel;
}

/** The channel, if the bot knows of it: of private ones only those it is in. */
export function visibleChannel(world: SlackWorld, id: string): SlackChannel {
  const channel = world.channels.get(id);
  const hidden = channel?.kind !== 'channel' && !channel?.members.has(world.botUser);
  if (!channel || hidden) throw new SlackRefusal('channel_not_found');
  return channel;
}

export function messageOf(channel: SlackChannel, messageTs: string): SlackMessage {
  const message = channel.messages.find((one) => one.ts === messageTs);
  if (!message) throw new SlackRefusal('message_not_found');
  return message;
}

/** The root, never a reply: a thread under a reply's ts is not seen by anybody. */
export function checkThread(channel: SlackChannel, threadTs: string | undefined): void {
  if (threadTs === undefined) return;
  const root = channel.messages.find((one) => one.ts === threadTs);
  if (!root) throw new SlackRefusal('thread_not_found');
  if (root.thread_ts && root.thread_ts !== root.ts) {
    throw new SlackRefusal('invalid_arguments: thread_ts of a reply');
  }
}
