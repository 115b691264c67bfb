/**
 * The page at /docs in a real browser: it shows every operation, needs no other host, keeps its own policy, and can be read with a
 * keyboard and a screen reader. Needs Chromium: CHROMIUM names it, else it is looked for where Debian puts it.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { committedContract } from './baseline.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const present = existsSync(CHROMIUM);
if (!present) console.warn(`No browser at ${CHROMIUM}: what the page at /docs looks like is not judged. Install Chromium, or name it in CHROMIUM.`);

const description = committedContract()['order-fulfillment.openapi.json'] ?? '';
const operations = Object.values<object>(JSON.parse(description).paths).flatMap((path) => Object.keys(path)).length;

/** The page of the service-kit, in front of the description of Order Fulfillment as it is committed. */
let page: HttpServer;
let front: Server;
let browser: Browser;
let shown: Page;
const complaints: string[] = [];
const hosts = new Set<string>();
beforeAll(async () => {
  if (!present) return;
  const auth = { authenticate: () => Promise.reject(new Error('nobody is asked')) };
  page = await createHttpServer({ name: 'Order Fulfillment', version: '1.0.0', issuer: 'http://127.0.0.1:1', auth, logger: createLogger({ name: 'page', level: 'silent' }), ports: systemPorts({ uuid: () => crypto.randomUUID() }) });
  front = createServer(async (request, response) => {
    if (request.url === '/openapi.json') return response.writeHead(200, { 'content-type': 'application/json' }).end(description);
    const { statusCode, headers, rawPayload } = await page.app.inject({ url: request.url ?? '/', headers: { 'accept-encoding': 'gzip' } });
    return response.writeHead(statusCode, headers as Record<string, string>).end(rawPayload);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  shown = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  shown.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  shown.on('pageerror', (error) => void complaints.push(error.message));
  shown.on('request', (request) => void hosts.add(new URL(request.url()).host));
  await shown.goto(`http://127.0.0.1:${(front.address() as AddressInfo).port}/docs`);
  await shown.locator('.opblock').nth(operations - 1).waitFor({ timeout: 20_000 });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  front?.closeAllConnections();
  front?.close();
  await page?.app.close();
});

/** In this order: the page is loaded once, the keyboard begins at its top, and opens what is judged then. */
(present ? describe : describe.skip)('The page at /docs, in a browser (needs Chromium: CHROMIUM, or /usr/bin/chromium)', () => {
  test('opens an operation by keyboard alone, from the link that skips what is before', async () => {
    await shown.keyboard.press('Tab');
    expect(await shown.evaluate('document.activeElement.textContent')).toBe('Skip to the reference');
    await shown.keyboard.press('Enter');
    for (let step = 0; step < 12 && (await shown.evaluate('document.activeElement.className')) !== 'opblock-summary-control'; step += 1) await shown.keyboard.press('Tab');
    await shown.keyboard.press('Enter');
    await shown.locator('.opblock.is-open .opblock-body').waitFor();
    expect(await shown.evaluate('document.activeElement.getAttribute("aria-expanded")')).toBe('true');
  }, 60_000);

  test('shows every operation, without another host and without anything that its policy refuses', async () => {
    expect(await shown.locator('.opblock').count()).toBe(operations);
    expect(complaints).toEqual([]);
    expect([...hosts]).toEqual([`127.0.0.1:${(front.address() as AddressInfo).port}`]);
  });

  test('has headings in order, names, contrast: nothing that axe finds', async () => {
    await shown.evaluate(axe.source);
    const { violations } = (await shown.evaluate('axe.run({ resultTypes: ["violations"] })')) as { violations: { id: string; nodes: { html: string }[] }[] };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }, 60_000);
});
