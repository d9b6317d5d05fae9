/**
 * `npm run token`: an access token for the admin API, on standard output. The first admin is made here:
 * `--admin NAME` makes one, or finds the one it made before; `--user ID` signs for a user there is, `--minutes N` (60 at most, 15 by default).
 * `--link` prints a link to the console instead, which works once.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { parseConfig } from '../src/config.ts';
import { type AuditAction, OPERATOR } from '../src/core/audit.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import type { User } from '../src/core/user.ts';
import { createRepositories } from '../src/db/index.ts';
import { ensureTable } from '../src/db/table.ts';
import { openSecrets, openTokens } from '../src/open-keys.ts';
import { openTable } from '../src/open-table.ts';

const { values } = parseArgs({
  options: {
    admin: { type: 'string' },
    user: { type: 'string' },
    minutes: { type: 'string', default: '15' },
    link: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 60)) throw wrong('--minutes', 'must be from 1 to 60');
const config = parseConfig(process.env);
const { table, close } = await openTable(config);
try {
  if (config.table.kind !== 'aws') await ensureTable(table);
  const user = await findOrMake();
  const kind = values.link ? 'link' : 'token';
  await record('asked-to-sign-in', `user ${user.id}: ${kind}`, user);
  process.stdout.write(`${values.link ? await offerLink(user) : await issueToken(user)}\n`);
  process.stderr.write(`For ${user.name} (${user.role}, ${user.id}), ${minutes} minutes.\n`);
} finally {
  await close();
}

async function issueToken({ id }: User): Promise<string> {
  const { issue } = openTokens(config, openSecrets(config));
  if (issue) return issue(id, minutes);
  throw wrong(
    'JWT_JWKS_URL',
    'tokens come from that issuer: use --link, and link its subject there',
  );
}

/** The same link that the bot answers with in the chat. */
async function offerLink({ id }: User): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  const { oneTimes } = createRepositories(table);
  await oneTimes.put('sign-in', secret, id, Date.now() + minutes * 60_000);
  const { publicUrl, port } = config.http;
  return `${publicUrl ?? `http://localhost:${port}`}/sign-in/${secret}`;
}

async function findOrMake(): Promise<User> {
  const { users } = createRepositories(table);
  if (values.user !== undefined) {
    const user = await users.getUserById(values.user);
    if (user) return user;
    throw wrong('--user', 'there is no such user');
  }
  if (values.admin === undefined) throw wrong('--admin NAME or --user ID', 'say whose token it is');
  const known = await findAdmin(values.admin);
  if (known) return known;
  const made = await users.createUser({ name: values.admin, role: 'admin' });
  if (made.kind === 'created') {
    await record('created', `user ${made.user.id}`, made.user);
    return made.user;
  }
  throw wrong('--admin', 'could not be made');
}

/** Nobody is signed in here: whoever may run this on the machine did it. */
async function record(action: AuditAction, subject: string, { id: about }: User): Promise<void> {
  const moment = { id: randomUUID(), at: new Date().toISOString() };
  const place = { platform: 'api', workspaceId: '', actor: OPERATOR } as const;
  const entry = { ...moment, ...place, action, outcome: 'done', subject, about } as const;
  await createRepositories(table).audit.addEntries([entry], config.retentionDays);
}

/** Whoever asks a second time means the same person. */
async function findAdmin(name: string): Promise<User | undefined> {
  const { users } = createRepositories(table);
  let cursor: string | undefined;
  do {
    const page = await users.listUsers({ name, ...(cursor && { cursor }) });
    const isMeant = (user: User) =>
      user.name === name && user.role === 'admin' && user.status === 'active';
    const found = page.items.find(isMeant);
    if (found) return found;
    cursor = page.cursor;
  } while (cursor);
  return undefined;
}

function wrong(what: string, problem: string): InvalidInputError {
  return new InvalidInputError(what, [problem]);
}
