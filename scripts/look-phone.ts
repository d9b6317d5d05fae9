/** Pictures of pages at a phone's width, each beside the JSON it was made of. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export interface PhonePicture {
  name: string;
  /** What the adapter sends. */
  shown: unknown;
  html: string;
}

const { CHROMIUM_PATH = '/usr/bin/chromium' } = process.env;
const DIRECTORY = 'docs/pictures';
const PHONE = { width: 390, height: 200 };

/** Rejects when one is wider than the phone. */
export async function takePictures(pictures: PhonePicture[]): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const wide: string[] = [];
  for (const { name, shown, html } of pictures) {
    await writeFile(join(DIRECTORY, `${name}.json`), `${JSON.stringify(shown, null, 2)}\n`);
    const page = await browser.newPage({ viewport: PHONE, deviceScaleFactor: 1 });
    await page.setContent(html);
    if (await page.evaluate<boolean>('document.body.scrollWidth > window.innerWidth'))
      wide.push(name);
    await page.screenshot({ path: join(DIRECTORY, `${name}.png`), fullPage: true });
    await page.close();
  }
  await browser.close();
  console.log(`${pictures.length} pictures in ${DIRECTORY}`);
  if (wide.length > 0) throw new Error(`wider than a phone: ${wide.join(', ')}`);
}
