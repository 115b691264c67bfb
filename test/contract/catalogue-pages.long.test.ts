/**
 * The pages at /catalog in a real browser: they need no other host, keep their own policy, and can be read and searched with a keyboard and
 * a screen reader. Needs Chromium: CHROMIUM names it, else it is looked for where Debian puts it.
 */
import { existsSync } from 'node:fs';
import { compose } from '@commerce/commerce-coordinator/compose';
import type { Coordinator } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { readConfig } from '@commerce/service-kit/config';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const present = existsSync(CHROMIUM);
if (!present) console.warn(`No browser at ${CHROMIUM}: what the pages at /catalog look like is not judged. Install Chromium, or name it in CHROMIUM.`);

let database: TestDatabase;
let cc: Coordinator;
let browser: Browser;
let shown: Page;
const complaints: string[] = [];
const hosts = new Set<string>();
beforeAll(async () => {
  if (!present) return;
  database = await createTestDatabase();
  const secret = Buffer.alloc(32, 1).toString('base64');
  const config = readConfig(CONFIG, {
    NODE_ENV: 'test', LOG_LEVEL: 'silent', ROLES: 'api', CC_PORT: '0', DATABASE_URL: database.url, EVENT_BUS_NAME: 'commerce-coordinator', FULFILLMENT_QUEUE_URL: 'http://127.0.0.1:1/q',
    OF_CLIENT_SECRET: secret, PAYMENTS_API_KEY: secret, PAYMENTS_WEBHOOK_SECRET: `whsec_${secret}`, WEBHOOK_SECRETS_KEY: secret,
  });
  cc = await compose(config, { publisher: { name: 'publisher', wants: () => false, handle: async () => undefined } });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  shown = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  shown.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  shown.on('pageerror', (error) => void complaints.push(error.message));
  shown.on('request', (request) => void hosts.add(new URL(request.url()).host));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await cc?.stop();
  await database?.drop();
});

async function findings(): Promise<string[]> {
  await shown.evaluate(axe.source);
  const { violations } = (await shown.evaluate('axe.run({ resultTypes: ["violations"] })')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

(present ? describe : describe.skip)('The pages at /catalog, in a browser (needs Chromium: CHROMIUM, or /usr/bin/chromium)', () => {
  test('are searched and followed by keyboard alone', async () => {
    await shown.goto(`${cc.url}/catalog`);
    await shown.keyboard.press('Tab');
    expect(await shown.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await shown.keyboard.press('Enter');
    await shown.keyboard.press('Tab');
    expect(await shown.evaluate('document.activeElement.id')).toBe('text');
    await shown.keyboard.type('abandoned');
    await shown.keyboard.press('Enter');
    await shown.getByRole('status').filter({ hasText: '1 of' }).waitFor();
    await shown.getByRole('link', { name: 'CartAbandoned' }).press('Enter');
    await shown.getByRole('heading', { level: 1, name: 'CartAbandoned' }).waitFor();
    await shown.getByRole('link', { name: 'order-events' }).press('Enter');
    await shown.getByRole('heading', { level: 2, name: 'order-events' }).waitFor();
    expect(await shown.getByRole('heading', { level: 2 }).count()).toBe(1);
  }, 60_000);

  test.each(['/catalog', '/catalog/FulfillmentCompleted', '/catalog/UserRegistered', '/catalog/JobFailed'])('%s has headings in order, names, contrast: nothing that axe finds, on a narrow screen too', async (path) => {
    await shown.goto(`${cc.url}${path}`);
    expect(await findings()).toEqual([]);
    await shown.setViewportSize({ width: 360, height: 740 });
    expect(await findings()).toEqual([]);
    expect(await shown.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await shown.setViewportSize({ width: 1280, height: 900 });
  }, 60_000);

  test('ask no other host, and nothing that their policy refuses', () => {
    expect(complaints).toEqual([]);
    expect([...hosts]).toEqual([new URL(cc.url).host]);
  });
});
