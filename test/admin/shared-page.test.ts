/** The public page of a shared conversation. */
import { describe, expect, it } from 'vitest';
import { PUBLIC_URL, useAdmin } from './server.ts';

describe('the page of a shared conversation', () => {
  const { setUp, say, talk, command } = useAdmin();

  async function share(text: string) {
    const admin = await setUp();
    await talk(admin.bot, say(text));
    const { message } = await command(admin.bot, { kind: 'share' });
    const path = new URL(/https:\S+/.exec(message)?.[0] ?? PUBLIC_URL).pathname;
    const read = (accept?: string) =>
      admin.app.request(path, { headers: accept ? { accept } : {} });
    return { ...admin, path, read };
  }

  it('reads as a page, with its tickets, and stays out of search engines and caches', async () => {
    const { read } = await share('draft Export drops the last row');
    const response = await read('text/html');
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain('<h3>1. Export drops the last row</h3>');
    expect(page).toContain('<html lang="en">');
    expect(response.headers.get('x-robots-tag')).toContain('noindex');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toContain('<script');
  });

  it('shows what was written as text, whatever it tries', async () => {
    const tricks = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '[click](javascript:alert(1))',
      '[data](data:text/html,<b>x)',
      '![tracker](https://evil.example.com/pixel.png)',
      '# A heading </article></main>',
      '"><svg onload=alert(1)>',
      '```\n</code></pre><iframe>\n```',
    ].join('\n\n');
    const { read } = await share(tricks);
    const page = await (await read('text/html')).text();
    expect(page).not.toMatch(/<(script|img|iframe|svg)\b/i);
    expect(page).not.toMatch(/href="(?!https?:|\/)/);
    expect(page).not.toMatch(/ on\w+=[^&]*"/);
    expect(page.match(/<\/main>/g)).toHaveLength(1);
    expect(page.match(/<h1/g)).toHaveLength(1);
  });

  it('gives programs JSON, without the accounts of those who wrote', async () => {
    const { read } = await share('draft Export drops the last row');
    const document = await (await read('application/json')).json();
    expect(document).toMatchObject({
      messages: [{ role: 'user', author: 'Ann' }, { role: 'assistant' }],
      tickets: [{ ordinal: 1, status: 'draft', title: 'Export drops the last row' }],
    });
    expect(JSON.stringify(document)).not.toContain('terminal:');
  });

  it('is gone at once when it is unshared, and for ids that never were', async () => {
    const { bot, app, read } = await share('hello');
    expect((await read()).status).toBe(200);
    await command(bot, { kind: 'unshare' });
    expect((await read()).status).toBe(404);
    expect((await read('application/json')).status).toBe(404);
    for (const id of ['x', 'x'.repeat(22), '%00', '..%2f..', 'a#b']) {
      expect((await app.request(`/shared/${encodeURIComponent(id)}`)).status).toBe(404);
    }
  });

  it('leaves out what was discarded, and what was deleted in the chat', async () => {
    const { bot, read } = await share('draft Export drops the last row');
    const secret = say('please forget this');
    await talk(bot, secret);
    await bot.handleDeletion(secret);
    await command(bot, { kind: 'discard', target: { ordinal: 1 } });
    const page = await (await read('text/html')).text();
    expect(page).not.toContain('<h3>');
    expect(page).not.toContain('<p>please forget this</p>');
  });
});
