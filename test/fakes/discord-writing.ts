/** How the bot's messages come to be in the stand-in Discord, whatever way they are sent. */
import { MessageFlags } from 'discord.js';
import { type Component, flatten, isV2, refuseContent } from './discord-limits.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import type { DiscordCall } from './discord-route.ts';
import type { DiscordFile, DiscordMessage, DiscordWorld } from './discord-world.ts';

const SETTABLE =
  MessageFlags.SuppressEmbeds |
  MessageFlags.Ephemeral |
  MessageFlags.SuppressNotifications |
  MessageFlags.IsComponentsV2;
const DAY_MS = 86_400_000;
const MAX_REQUEST_FILES = 10;

/** Sets what the body says, what it leaves out stays; throws the refusal when the result could not stand. */
export function applyBody(call: DiscordCall, message: DiscordMessage, body = call.body): void {
  const { world, files } = call;
  const flags = Number(body.flags ?? 0);
  if (flags & ~SETTABLE) refuse(REFUSALS.invalidBody, `flags ${flags} cannot be set`);
  const next: DiscordMessage = {
    ...message,
    content: 'content' in body ? String(body.content ?? '') : message.content,
    embeds: (body.embeds as object[] | null | undefined) ?? keepUnlessNull(body, 'embeds', message),
    components:
      (body.components as object[] | null | undefined) ??
      keepUnlessNull(body, 'components', message),
    // Once a message is made of Components V2, it stays so.
    flags: (message.flags & MessageFlags.IsComponentsV2) | flags | (message.flags & 64),
    files: mergeFiles(message.files, files, body.attachments),
  };
  checkContent(world, next);
  Object.assign(message, next, { pings: pingsOf(next, body.allowed_mentions) });
}

function keepUnlessNull(
  body: Record<string, unknown>,
  part: 'embeds' | 'components',
  message: DiscordMessage,
): object[] {
  return body[part] === null ? [] : message[part];
}

/** `attachments` names those that stay; new ones have the index of their file for an id. */
function mergeFiles(kept: DiscordFile[], added: DiscordFile[], named: unknown): DiscordFile[] {
  if (!Array.isArray(named)) return [...kept, ...added];
  const ids = named.map(({ id }) => String(id));
  const indexes = ids.filter((id) => id.length < 3);
  if (indexes.length !== added.length) refuse(REFUSALS.invalidBody, 'attachments without a file');
  return [...kept.filter(({ id }) => ids.includes(id)), ...added];
}

function checkContent(world: DiscordWorld, message: DiscordMessage): void {
  const { content, embeds, components, flags, files } = message;
  if (files.length > MAX_REQUEST_FILES) refuse(REFUSALS.invalidBody, 'more than 10 files');
  const wrong = refuseContent({ content, embeds, components, flags, files: files.length });
  if (wrong === 'empty') refuse(REFUSALS.emptyMessage);
  if (wrong) refuse(REFUSALS.invalidBody, wrong);
  const words = JSON.stringify([content, embeds, components]);
  if (world.blockedWords.some((word) => words.includes(word))) refuse(REFUSALS.automod);
}

/** Whom a message notifies: everybody it names, unless `allowed_mentions` says less. */
function pingsOf({ content, components, flags }: DiscordMessage, allowed: unknown): string[] {
  const shown = flatten(components as Component[]).map(({ content: words }) => words ?? '');
  const text = isV2(flags) ? shown.join('\n') : content;
  const found = [...text.matchAll(/<@!?\d+>|<@&\d+>|@everyone|@here/g)].map(([ping]) => ping);
  const rules = (allowed ?? { parse: ['users', 'roles', 'everyone'] }) as {
    parse?: string[];
    users?: string[];
    roles?: string[];
  };
  return found.filter((ping) => {
    const kind = ping.startsWith('<@&') ? 'roles' : ping.startsWith('<@') ? 'users' : 'everyone';
    const named = kind === 'everyone' ? [] : (rules[kind] ?? []);
    return rules.parse?.includes(kind) || named.some((id) => ping.includes(id));
  });
}

/** An uploaded file, with an address for a day. */
export function newFile(
  world: DiscordWorld,
  about: Pick<DiscordFile, 'name' | 'contentType' | 'content'>,
): DiscordFile {
  return { id: world.nextId(), expiresAt: Date.now() + DAY_MS, ...about };
}
