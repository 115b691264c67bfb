/** Built pages as a browser gets them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { byToken } from '@commerce/service-kit/auth';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { openPageFolder } from '@commerce/service-kit/page-folder';
import { systemPorts } from '@commerce/service-kit/ports';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import { ownAddress } from './own-address.ts';
import { addPages } from './pages.http.ts';
import { dashboardProblems } from './problems.ts';

const INDEX = '<!doctype html><script type="module" src="/dashboard/assets/main-Abcd1234.js"></script>';
const FILES = {
  'page/index.html': INDEX, 'page/icon.svg': '<svg/>', 'page/assets/main-Abcd1234.js': `/* ${'long '.repeat(200)} */`, 'page/assets/plain.css': 'a {}',
  'guide/index.html': 'contents', 'guide/quick-start/index.html': 'quick start', 'guide/one.html': 'one', 'guide/assets/guide.css': 'a {}',
};

let directory: string;
let built: HttpServer;
let bare: HttpServer;

async function serve(folder: string): Promise<HttpServer> {
  const server = await createHttpServer({ name: 'Test', version: '1', logger: createLogger({ name: 'test', level: 'silent' }), auth: byToken(namedTokens), issuer: 'http://127.0.0.1:1', ports: systemPorts({ uuid: () => crypto.randomUUID() }), problems: [dashboardProblems] });
  const at = (name: string) => openPageFolder(join(folder, name), () => performance.now());
  addPages(server.app, { own: ownAddress('http://127.0.0.1:3000', true), dashboard: at('page'), guide: at('guide') });
  return server;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'served-'));
  for (const [name, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  [built, bare] = await Promise.all([serve(directory), serve(join(directory, 'nothing'))]);
});
afterAll(async () => {
  await Promise.all([built, bare].map(({ app }) => app.close()));
  await rm(directory, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}, { app } = built) => app.inject({ url, headers: { host: '127.0.0.1:3000', ...headers } });

describe('the dashboard', () => {
  test('is where the service begins', async () => {
    for (const url of ['/', '/dashboard']) expect([url, (await get(url)).headers['location']]).toEqual([url, '/dashboard/']);
  });

  test.each(['/dashboard/', '/dashboard/orders', '/dashboard/orders/01a202f1-6ad6-7a6b-beba-4113b2c1cd97', '/dashboard/events?filter=%7B%7D', '/dashboard/index.html'])('is its one page at every view, and is asked for each time: %s', async (url) => {
    const { statusCode, headers, body } = await get(url);
    expect([statusCode, body, headers['cache-control'], headers['content-type']]).toEqual([200, INDEX, 'no-store', 'text/html; charset=utf-8']);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin',
    });
  });

  test('keeps files for good whose names change with them, and asks for the others', async () => {
    const script = await get('/dashboard/assets/main-Abcd1234.js', { 'accept-encoding': 'gzip, deflate, br, zstd' });
    expect([script.headers['cache-control'], script.headers['content-encoding'], script.headers['vary']]).toEqual(['public, max-age=31536000, immutable', 'br', 'accept-encoding']);
    expect(brotliDecompressSync(script.rawPayload).toString()).toBe(FILES['page/assets/main-Abcd1234.js']);
    for (const url of ['/dashboard/assets/plain.css', '/dashboard/icon.svg']) expect([url, (await get(url)).headers['cache-control']]).toEqual([url, 'no-cache']);
    const tag = String(script.headers['etag']);
    for (const given of [tag, `W/${tag}`, `"other", ${tag}`]) expect((await get('/dashboard/assets/main-Abcd1234.js', { 'if-none-match': given })).statusCode).toBe(304);
    expect((await get('/dashboard/assets/main-Abcd1234.js', { 'accept-encoding': 'br;q=0, gzip' })).headers['content-encoding']).toBe('gzip');
  });

  test.each(['/dashboard/assets/main-Gone1234.js', '/dashboard/assets/', '/dashboard/package.json', '/dashboard/..%2F..%2Fguide%2Findex.html', '/dashboard/assets/..%2Findex.html', '/dashboard/%2e%2e/guide/index.html'])('has nothing else: %s', async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });

  test('takes no form, and says what it takes', async () => {
    const { statusCode, headers } = await built.app.inject({ method: 'POST', url: '/dashboard/orders', headers: { host: '127.0.0.1:3000' } });
    expect([statusCode, headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the guide', () => {
  test.each([['/docs/guide/', 'contents'], ['/docs/guide/quick-start/', 'quick start'], ['/docs/guide/one', 'one'], ['/docs/guide/one.html', 'one'], ['/docs/guide/assets/guide.css', 'a {}']])('%s', async (url, content) => {
    const { statusCode, body, headers } = await get(url);
    expect([statusCode, body, headers['cache-control']]).toEqual([200, content, 'no-cache']);
  });

  test.each([['/docs/guide', '/docs/guide/'], ['/docs/guide/quick-start', '/docs/guide/quick-start/']])('%s leads to %s', async (url, to) => {
    expect((await get(url)).headers['location']).toBe(to);
  });

  test.each(['/docs/guide/none', '/docs/guide/none/', '/docs/guide/..%2Fpage%2Findex.html', '/docs/guide//evil.example/'])('has nothing else: %s', async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});

test.each(['/dashboard/', '/dashboard/orders', '/dashboard/assets/main-Abcd1234.js', '/docs/guide/', '/docs/guide/quick-start/'])('what is not built says by which command it is, and looks again: %s', async (url) => {
  const page = await get(url, { accept: 'text/html' }, bare);
  expect([page.statusCode, page.headers['cache-control'], page.headers['retry-after']]).toEqual([503, 'no-store', '3']);
  expect(page.body).toMatch(/<meta http-equiv="refresh" content="3">[^]*<code>npx --yes pnpm@12\.21\.0 pages<\/code>/);
  expect((await get(url, {}, bare)).json()).toMatchObject({ code: 'page_not_built', detail: expect.stringContaining('pnpm@12.21.0 pages') });
});
