/**
 * `npm run look:slack`: the card in each of its states, the modals and the Home as they are sent to Slack, with a
 * picture of each at a phone's width, in `docs/pictures`. `apt-get install chromium fonts-noto-color-emoji`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownBlock, View } from '@slack/web-api';
import { chromium } from 'playwright-core';
import { renderMessagePage, renderViewPage } from './look-slack-page.ts';
import { SLACK_PICTURES } from './look-slack-pictures.ts';

const { CHROMIUM_PATH = '/usr/bin/chromium' } = process.env;
const DIRECTORY = 'docs/pictures';
const PHONE = { width: 390, height: 200 };

await mkdir(DIRECTORY, { recursive: true });
const browser = await chromium.launch({
  executablePath: CHROMIUM_PATH,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const wide: string[] = [];
for (const { name, shown } of SLACK_PICTURES) {
  await writeFile(join(DIRECTORY, `${name}.json`), `${JSON.stringify(shown, null, 2)}\n`);
  const page = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 1 });
  await page.setContent(
    Array.isArray(shown) ? renderMessagePage(shown as KnownBlock[]) : renderViewPage(shown as View),
  );
  if (await page.evaluate<boolean>('document.body.scrollWidth > window.innerWidth'))
    wide.push(name);
  await page.screenshot({ path: join(DIRECTORY, `${name}.png`), fullPage: true });
  await page.close();
}
await browser.close();
console.log(`${SLACK_PICTURES.length} pictures in ${DIRECTORY}`);
if (wide.length > 0) throw new Error(`wider than a phone: ${wide.join(', ')}`);
