import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';
import { createLogger } from './logging.ts';
import { systemPorts } from './ports.ts';

let server: HttpServer;
beforeAll(async () => {
  const auth = { authenticate: () => Promise.reject(new Error('nobody is asked')) };
  server = await createHttpServer({ name: 'Tea', version: '1.0.0', issuer: 'http://issuer.test', auth, logger: createLogger({ name: 'tea', level: 'silent' }), ports: systemPorts({ uuid: randomUUID }) });
});
afterAll(() => server.app.close());

const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers });
const addresses = async (): Promise<string[]> => [...(await get('/docs')).body.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map((match) => `/${match[1]}`);

describe('the page at /docs', () => {
  test('is open to everybody, and lets in nothing but what this service sends', async () => {
    const { statusCode, headers, body } = await get('/docs');
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'public, max-age=300']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/<script(?! src="docs\/)|<style|\sstyle=|\son\w+=|https?:\/\//);
    expect(body).toMatch(/<html lang="en">[^]*<title>Tea: API reference<\/title>/);
  });

  test('names its files by their content, and each is kept for good', async () => {
    const files = await addresses();
    expect(files.map((file) => file.split('?')[0])).toEqual(['/docs/swagger-ui.css', '/docs/page.css', '/docs/swagger-ui.js', '/docs/page.js']);
    for (const file of files) {
      const { statusCode, headers } = await get(file);
      expect([statusCode, headers['cache-control'], headers['etag']]).toEqual([200, 'public, max-age=31536000, immutable', `"${file.split('?')[1]}"`]);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('is packed for who takes it packed, and not sent again to who has it', async () => {
    const plain = await get('/docs/page.js');
    const packed = await get('/docs/page.js', { 'accept-encoding': 'br, gzip;q=0.5' });
    expect([plain.headers['content-encoding'], packed.headers['content-encoding'], packed.headers['vary']]).toEqual([undefined, 'gzip', 'accept-encoding']);
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length);
    expect((await get('/docs/page.js', { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined();
    const again = await get('/docs/page.js', { 'if-none-match': String(plain.headers['etag']) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  test.each(['/docs/swagger-ui.js.map', '/docs/package.json', '/docs/__proto__', '/docs/..%2Fpackage.json'])('shows nothing else: %s', async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});
