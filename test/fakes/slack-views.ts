/** `views.*` of the stand-in: trigger ids that expire and work once, hashes, App Home. */
import { z } from 'zod';
import { refuseView } from './slack-blocks.ts';
import { json, method, required, SlackRefusal, TIERS } from './slack-method.ts';
import type { SlackView, SlackWorld } from './slack-world.ts';

const view = json(z.record(z.string(), z.unknown()));

function check(given: Record<string, unknown>, kind: 'modal' | 'home'): void {
  const refused = refuseView(given, kind);
  if (refused) throw new SlackRefusal(refused);
}

/** The person a trigger id stands for; it works once, within 3 s. */
function spendTrigger(world: SlackWorld, triggerId: string): string {
  const trigger = world.triggers.get(triggerId);
  if (!trigger) throw new SlackRefusal('invalid_trigger_id');
  const { until, user } = trigger;
  if (until === 0) throw new SlackRefusal('exchanged_trigger_id');
  if (Date.now() > until) throw new SlackRefusal('expired_trigger_id');
  world.triggers.set(triggerId, { until: 0, user });
  return user;
}

function toReply({ id, hash, view: shown }: SlackView) {
  return { view: { id, hash, ...shown } };
}

const open = method(TIERS.four, { trigger_id: required, view }, (world, args) => {
  check(args.view, 'modal');
  const user = spendTrigger(world, args.trigger_id);
  const opened = {
    id: world.nextId('V'),
    hash: world.nextId('h'),
    user,
    view: args.view,
    open: true,
  };
  world.views.set(opened.id, opened);
  return toReply(opened);
});

const update = method(
  TIERS.four,
  {
    view_id: required.optional(),
    external_id: required.optional(),
    hash: z.string().optional(),
    view,
  },
  (world, args) => {
    check(args.view, 'modal');
    const shown = [...world.views.values()].find((one) =>
      args.view_id ? one.id === args.view_id : one.view.external_id === args.external_id,
    );
    if (!shown?.open) throw new SlackRefusal('not_found');
    if (args.hash && args.hash !== shown.hash) throw new SlackRefusal('hash_conflict');
    shown.view = args.view;
    shown.hash = world.nextId('h');
    return toReply(shown);
  },
);

const publish = method(
  TIERS.four,
  { user_id: required, hash: z.string().optional(), view },
  (world, args) => {
    check(args.view, 'home');
    if (!world.users.has(args.user_id)) throw new SlackRefusal('user_not_found');
    world.homes.set(args.user_id, args.view);
    return { view: { id: world.nextId('V'), hash: world.nextId('h'), ...args.view } };
  },
);

const MOST_VIEWS = 3;

/** Above the one that is open. */
const push = method(TIERS.four, { trigger_id: required, view }, (world, args) => {
  const user = world.triggers.get(args.trigger_id)?.user;
  const shown = [...world.views.values()].filter((one) => one.open && one.user === user);
  if (shown.length >= MOST_VIEWS) throw new SlackRefusal('push_limit_reached');
  return open.run(world, args as never);
});

export const VIEW_METHODS = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
