/** What `npm run look` looks at: some weeks of a small team, through the bot's own door. */
import type { App } from '../src/app.ts';
import type { Author, IncomingMessage } from '../src/core/message.ts';
import type { Repositories } from '../src/core/repositories.ts';
import type { Place, ThreadRef } from '../src/core/thread.ts';
import { conversationIdOf } from '../src/core/thread.ts';
import { NO_COUNTS, type UsageScope } from '../src/core/usage.ts';
import { apiIdentity, identityOf, type User } from '../src/core/user.ts';

const WORKSPACE = 'acme';
const ANN: Author = {
  identity: identityOf('terminal', WORKSPACE, 'ann'),
  name: 'Ann Lindqvist',
  standing: 'member',
};
const place: Place = { workspaceId: WORKSPACE, channelId: 'support', visibility: 'public' };

const SAID = [
  "Checkout hangs on Safari 17 after pressing Pay. Nobody can pay since Tuesday.\n\nSteps:\n1. Open the cart with two items\n2. Press **Pay**\n3. The button turns, nothing happens\n\nExpected: the confirmation page opens.\n\n```\nTypeError: undefined is not an object (evaluating 'payment.session.id')\n```",
  'Customers want to choose the columns of the CSV export. Today every export has all 41 of them and Excel on older machines gives up.',
  'The weekly report mail goes out twice when the clock changes. Third time this year, see https://status.example.com/incidents/2026-03-29',
];

export interface Looked {
  admin: User;
  conversationId: string;
  ticketId: string;
  sharePath: string;
  month: string;
}

export async function fillForLooking({ bot, repositories, admin: options }: App): Promise<Looked> {
  const made = await repositories.users.createUser({
    name: ANN.name,
    email: 'ann@example.com',
    role: 'admin',
    identities: [ANN.identity],
  });
  if (made.kind !== 'created') throw new Error(`the user could not be made: ${made.kind}`);
  for (const [name, role] of [
    ['Ben Okafor', 'member'],
    ['Chiara Rossi', 'viewer'],
  ] as const) {
    const other = await repositories.users.createUser({ name, role });
    if (other.kind !== 'created') throw new Error(`the user could not be made: ${other.kind}`);
    const actor = apiIdentity(made.user.id);
    const subject = `user ${other.user.id}`;
    bot.recordChange({ platform: 'api', workspaceId: '', actor, action: 'created', subject });
  }
  await repositories.limits.change(() => ({ spendCapMonthly: 400, retentionDays: 180 }));
  for (const [index, text] of SAID.entries()) await say(bot, index, text);
  const thread = threadOf(0);
  await bot.handleAction({
    thread: threadOf(1),
    place,
    actor: ANN,
    command: { kind: 'approve-all' },
  });
  const shared = await bot.handleAction({ thread, place, actor: ANN, command: { kind: 'share' } });
  await connect(options);
  const month = await use(repositories);
  const conversationId = conversationIdOf(thread);
  const [ticket] = (await repositories.tickets.listTickets(conversationId)).items;
  return {
    admin: made.user,
    conversationId,
    ticketId: ticket?.id ?? '',
    sharePath: new URL(/https?:\S+/.exec(shared.message)?.[0] ?? '').pathname,
    month,
  };
}

function threadOf(index: number): ThreadRef {
  return {
    platform: 'terminal',
    workspaceId: WORKSPACE,
    channelId: 'support',
    threadId: `${index}`,
  };
}

async function say(bot: App['bot'], index: number, text: string): Promise<void> {
  const message: IncomingMessage = {
    id: `look-${index}`,
    sentAt: new Date().toISOString(),
    thread: threadOf(index),
    place,
    author: ANN,
    text,
    addressed: true,
    topLevel: true,
  };
  await bot.handleMessage(message);
  await bot.idle();
}

async function connect({ providerConnections, repositories }: App['admin']): Promise<void> {
  const owner = { platform: 'terminal', workspaceId: WORKSPACE } as const;
  await providerConnections.save(owner, 'office-vllm', {
    kind: 'openai-compatible',
    baseUrl: 'https://llm.acme.example/v1',
    model: 'qwen3-32b',
    apiKey: 'sk-look-0123456789abcdef',
  });
  const { workspaces } = repositories;
  await workspaces.saveSettings('terminal', WORKSPACE, {
    project: 'local:shop',
    spendCapDaily: 20,
  });
  await workspaces.saveChannelSettings('terminal', WORKSPACE, 'support', { answer: 'mentions' });
}

/** Working days more than weekends, and a little more each week. */
async function use({ usage }: Repositories): Promise<string> {
  const today = new Date();
  const month = today.toISOString().slice(0, 7);
  const scopes: UsageScope[] = [
    { kind: 'deployment' },
    { kind: 'workspace', platform: 'terminal', workspaceId: WORKSPACE },
  ];
  for (let day = 1; day < today.getUTCDate(); day += 1) {
    const period = `${month}-${String(day).padStart(2, '0')}`;
    const weekend = [0, 6].includes(new Date(period).getUTCDay());
    const turns = Math.round((weekend ? 4 : 22) + ((day * 7919) % 13) + day / 2);
    const inputTokens = turns * 5_200;
    const outputTokens = turns * 610;
    const cost = inputTokens * 2.5 + outputTokens * 10;
    const counts = { ...NO_COUNTS, turns, inputTokens, outputTokens, cost };
    for (const scope of scopes) await usage.add({ scope, period, counts, committed: cost });
  }
  return month;
}
