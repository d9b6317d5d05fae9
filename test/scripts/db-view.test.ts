import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDbView } from '../../scripts/db-view-app.ts';
import { createTableView } from '../../scripts/db-view-table.ts';
import { createSecrets } from '../../src/secrets.ts';
import { startEngine, type TestEngine } from '../engine.ts';

const JWE = await createSecrets({ key: Buffer.alloc(32).toString('base64') }).encrypt('k', 'p');

let engine: TestEngine;
let app: Hono;

beforeAll(async () => {
  engine = await startEngine();
  const table = await engine.table();
  const items = [
    { PK: 'USER#1', SK: 'PROFILE', name: '<script>alert(1)</script>' },
    { PK: 'USER#1', SK: 'PROVIDER#openai', encryptedKey: 'very-hidden', other: { deep: JWE } },
    { PK: 'CONV#1', SK: 'THREAD', waiting: new Set(['a', 'b']) },
    ...Array.from({ length: 120 }, (_, n) => ({
      PK: 'CONV#1',
      SK: `MSG#${String(n).padStart(3, '0')}`,
      text: `message ${n}`,
    })),
  ];
  for (const item of items) {
    await table.documents.send(new PutCommand({ TableName: table.name, Item: item }));
  }
  const view = createTableView(table);
  app = createDbView({ view, tableName: '<table>', place: 'here', browse: true });
});

afterAll(() => engine.stop());

function get(path: string, host = 'localhost:8001'): Promise<Response> {
  return Promise.resolve(app.request(path, { headers: { host } }));
}

const page = async (path: string) => (await get(path)).text();
const sortKeysIn = (text: string) =>
  [...text.matchAll(/"\/item[^"]+">([^<]+)</g)].map(([, sk]) => sk);

describe('db:view', () => {
  it('lists a partition, and what begins with a prefix', async () => {
    expect(sortKeysIn(await page('/?pk=USER%231'))).toEqual(['PROFILE', 'PROVIDER#openai']);
    expect(sortKeysIn(await page('/?pk=USER%231&sk=PROV'))).toEqual(['PROVIDER#openai']);
    expect(await page('/?pk=USER%23nobody')).toContain('Nothing here.');
  });

  it('leads through every page', async () => {
    const found: (string | undefined)[] = [];
    let path: string | undefined = '/?pk=CONV%231&sk=MSG%23';
    while (path) {
      const text: string = await page(path);
      found.push(...sortKeysIn(text));
      path = /href="(\/\?[^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(found).toHaveLength(120);
    expect(new Set(found).size).toBe(120);
  });

  it('shows one item as JSON', async () => {
    const text = await page('/item?pk=CONV%231&sk=THREAD');
    expect(text.replaceAll('&quot;', '"').replaceAll(/\s+/g, ' ')).toContain(
      '"waiting": [ "a", "b" ]',
    );
    expect((await get('/item?pk=CONV%231&sk=NOTHING')).status).toBe(404);
  });

  it('escapes whatever the table and the address hold', async () => {
    for (const path of ['/?pk=USER%231', '/item?pk=USER%231&sk=PROFILE']) {
      const text = await page(path);
      expect(text).toContain('&lt;script&gt;');
      expect(text).not.toContain('<script');
    }
    expect(await page('/?pk=%22%3E%3Cimg%20src%3Dx%3E&sk=%22%3Cb')).not.toMatch(/<img|"<b/);
  });

  it('never shows an encrypted value', async () => {
    for (const path of ['/?pk=USER%231', '/item?pk=USER%231&sk=PROVIDER%23openai']) {
      const text = await page(path);
      expect(text).toContain('[encrypted]');
      expect(text).not.toContain('very-hidden');
      expect(text).not.toContain(JWE.slice(0, 20));
    }
  });

  it('answers under its local names only, and only reads', async () => {
    expect((await get('/', 'attacker.example')).status).toBe(403);
    expect((await get('/', '127.0.0.1:8001')).status).toBe(200);
    const posted = await app.request('/', { method: 'POST', headers: { host: 'localhost' } });
    expect(posted.status).toBe(404);
    expect((await get('/')).headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
