/** `npm run discord:commands` and the doctor's look at Discord, as processes on the stand-in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiscordServer, startDiscord } from '../fakes/discord-server.ts';
import { addGuild, addUser } from '../fakes/discord-world.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('setting up Discord', () => {
  let discord: DiscordServer;
  let dataDir = '';

  beforeEach(async () => {
    [discord, dataDir] = await Promise.all([startDiscord(), mkdtemp(join(tmpdir(), 'discord-'))]);
  });
  afterEach(() => Promise.all([discord.stop(), rm(dataDir, { recursive: true })]));

  async function script(name: string, args: string[] = [], token = discord.world.token) {
    const env = { DISCORD_TOKEN: token, DISCORD_API_URL: discord.apiUrl, DATA_DIR: dataDir };
    const child = spawn(process.execPath, ['scripts/run.mjs', `scripts/${name}.ts`, ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...env },
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { stdout, stderr, code };
  }

  it('shows what would be registered, registers it, and then has nothing to do', async () => {
    const dry = await script('discord-commands', ['--dry-run']);
    expect(dry.stdout).toContain('would add /ticket');
    expect(discord.world.commands.size).toBe(0);
    const real = await script('discord-commands');
    expect(real.stdout).toContain(
      `Invite the bot: https://discord.com/oauth2/authorize?client_id=${discord.world.applicationId}`,
    );
    expect(discord.world.commands.get('global')).toHaveLength(2);
    expect((await script('discord-commands')).stdout).toContain('nothing to change');
    const puts = discord.requests.filter(({ route }) => route.startsWith('PUT'));
    expect(puts).toHaveLength(1);
    const examined = await script('doctor');
    expect(examined.stdout).toMatch(/^ok +discord +commands are registered/m);
  });

  it('says what to do when Discord does not take the token, and does not show it', async () => {
    const { stdout, stderr, code } = await script('discord-commands', [], 'secret-of-another');
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('does not accept DISCORD_TOKEN');
    expect(stderr).not.toContain('secret-of-another');
  });

  it('the doctor names missing intents and permissions', async () => {
    const { world } = discord;
    world.messageContent = false;
    const guild = addGuild(world, 'Acme', [addUser(world, 'Owner')]);
    for (const role of guild.roles.values()) role.permissions &= ~(1n << 35n);
    const { stdout, code } = await script('doctor');
    expect(stdout).toMatch(/^ok +discord +the token is of prompt-to-issue/m);
    expect(stdout).toMatch(/^note +discord +the Message Content intent is off/m);
    expect(stdout).toMatch(/^wrong +discord +in Acme, the bot's role lacks Create Public Threads/m);
    expect(code).toBe(1);
  });
});
