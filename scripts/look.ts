/**
 * `npm run look`: opens every page in Debian's Chromium, light and dark, on a phone and on a desk,
 * keeps a picture of each under `.data/look`, and fails on serious faults of accessibility, on what
 * the content security policy refused, and on pages wider than the screen. `apt-get install chromium`.
 */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { listen } from '../src/server.ts';
import { findFreePort, startEngine } from '../test/engine.ts';
import { createRecordingPlatform } from '../test/fakes/recording-platform.ts';
import { fillForLooking, type Looked } from './look-data.ts';

const {
  CHROMIUM_PATH = '/usr/bin/chromium',
  LOOK_DIR = '.data/look',
  LOOK_ONLY = '',
} = process.env;
const SCREENS = [
  { name: 'phone', viewport: { width: 360, height: 740 } },
  { name: 'desk', viewport: { width: 1280, height: 800 } },
];
const SCHEMES = ['light', 'dark'] as const;

const SERIOUS = ['serious', 'critical'];

const engine = await startEngine();
const port = await findFreePort();
const url = `http://localhost:${port}`;
const config = parseConfig({
  DYNAMODB_ENDPOINT: engine.endpoint,
  DEFAULT_PROVIDER: 'offline',
  PORT: String(port),
  HOST: '127.0.0.1',
  PUBLIC_URL: url,
  RETENTION_DAYS: '365',
  DATA_DIR: join(tmpdir(), `look-${process.pid}`),
});
const platforms = [createRecordingPlatform()];
// What is written a little later is to be seen at once.
const timing = { usageFlushMs: 50 };
const log = createLog({ level: 'error' });
const app = await createApp({ config, log, platforms, timing });
const server = await listen(config.http, app.admin);
const faults: string[] = [];
try {
  const looked = await fillForLooking(app);
  await mkdir(LOOK_DIR, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  for (const { name, viewport } of SCREENS) {
    for (const colorScheme of SCHEMES) {
      const context = await browser.newContext({ viewport, colorScheme, baseURL: url });
      await lookAround(context, looked, `${name}-${colorScheme}`);
      await context.close();
    }
  }
  await browser.close();
} finally {
  await server.drain();
  await app.close(0);
  await engine.stop();
}
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults; the pictures are in ${LOOK_DIR}`);
process.exit(faults.length > 0 ? 1 : 0);

/** Signs in as a person does, then goes through all pages. */
async function lookAround(context: BrowserContext, looked: Looked, look: string): Promise<void> {
  const page = await context.newPage();
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy/i.test(text)) faults.push(`${look} ${page.url()}: ${text}`);
  });
  const secret = `look-${look}`;
  const { oneTimes } = app.repositories;
  await oneTimes.put('sign-in', secret, looked.admin.id, Date.now() + 60_000);
  await lookAt(page, 'sign-in', `/sign-in/${secret}`, look);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console');
  for (const [name, path] of Object.entries(pagesOf(looked))) {
    if (name.includes(LOOK_ONLY)) await lookAt(page, name, path, look);
  }
}

function pagesOf({ admin, conversationId, ticketId, sharePath, month }: Looked) {
  return {
    shared: sharePath,
    gone: '/shared/nothing',
    docs: '/docs',
    overview: '/console',
    conversations: '/console/conversations',
    conversation: `/console/conversations/${conversationId}`,
    ticket: `/console/conversations/${conversationId}/tickets/${ticketId}`,
    connections: '/console/connections',
    usage: `/console/usage?month=${month}`,
    settings: '/console/settings',
    workspaces: '/console/workspaces',
    workspace: '/console/workspaces/terminal/acme',
    'workspace-connections': '/console/workspaces/terminal/acme/connections',
    'workspace-audit': '/console/workspaces/terminal/acme/audit',
    'workspace-settings': '/console/workspaces/terminal/acme/settings',
    limits: '/console/limits',
    users: '/console/users',
    'users-audit': '/console/users-audit',
    user: `/console/users/${admin.id}`,
  };
}

async function lookAt(page: Page, name: string, path: string, look: string): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' });
  if (name === 'docs') await page.locator('.opblock').first().waitFor();
  await page.screenshot({ path: join(LOOK_DIR, `${name}-${look}.png`), fullPage: name !== 'docs' });
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  if (wide) faults.push(`${name} ${look}: wider than the screen`);
  const axe = new AxeBuilder({ page });
  // Swagger UI's widgets are its makers'; the page around them is ours.
  if (name === 'docs') axe.exclude('.swagger-ui');
  const { violations } = await axe.analyze();
  for (const { id, impact, help, nodes } of violations) {
    if (!SERIOUS.includes(impact ?? '')) continue;
    const where = nodes.map(({ target }) => target.join(' ')).join('; ');
    faults.push(`${name} ${look}: ${impact} ${id}, ${help}: ${where}`);
  }
}
