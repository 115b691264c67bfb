/**
 * A running pair with its dashboard and a browser before it: what the tests of the pages share. Chromium is named by CHROMIUM, else it is
 * looked for where Debian puts it. Pictures of what was seen go to BROWSER_SHOTS, when it is set.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '@commerce/local-stack/api';
import type { Api } from '@commerce/local-stack/api';
import { buildPageWhenStale } from '@commerce/local-stack/dashboard-page';
import { oneTimeLink } from '@commerce/local-stack/dashboard-link';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack, StackOptions } from '@commerce/local-stack/stack';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SHOTS = process.env['BROWSER_SHOTS'];
export const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) console.warn(`No browser at ${CHROMIUM}: the pages are not judged. Install Chromium, or name it in CHROMIUM.`);

export const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
export type Size = keyof typeof SIZES;
export type Colours = 'light' | 'dark';

export interface World {
  readonly stack: Stack;
  /** As the storefront. */
  readonly shop: Api;
  /** As the operator. */
  readonly operator: Api;
  /** A window that is signed in as an admin. `complaints`: what the browser said against the page since. Things move in it when `moves`. */
  open(size: Size, colours: Colours, moves?: boolean): Promise<{ readonly page: Page; readonly complaints: string[] }>;
  stop(): Promise<void>;
}

interface WorldOptions {
  /** What can be broken on purpose. */
  readonly withLab?: boolean;
  /** Who delivers what; the rest is dealt out as the stack does. */
  readonly bySku?: StackOptions['bySku'];
  /** Its data stay there; one of its own, that is removed, when left out. */
  readonly directory?: string;
}

export async function startWorld({ withLab = true, bySku = { 'NW-1': 'instant', 'NW-2': 'warehouse', 'NW-3': 'lms' }, directory: given }: WorldOptions = {}): Promise<World> {
  const directory = given ?? mkdtempSync(join(tmpdir(), 'browser-'));
  const built = await buildPageWhenStale();
  if (built.kind === 'failed') throw new Error(built.why);
  const { DATABASE_URL: _ignored, ...environment } = process.env;
  const stack = await startStack({ dataDirectory: directory, ports: FREE_PORTS, bySku, environment: { ...environment, LOG_LEVEL: 'warn' }, withLab });
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const { issuer, cc, clients } = stack.description;
  const api = (clientId: string): Api => createApi({ issuer, clientId, secret: clients[clientId]?.secret ?? '', service: cc, signal: AbortSignal.timeout(600_000), giveUpAfterMs: 30_000 });
  let signedIn: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

  async function signIn(): Promise<NonNullable<typeof signedIn>> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(await oneTimeLink(stack.description));
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    const state = await context.storageState();
    await context.close();
    return state;
  }

  return {
    stack,
    shop: api('storefront'),
    operator: api('operator'),
    open: async (size, colours, moves = false) => {
      signedIn ??= await signIn();
      const context = await browser.newContext({ viewport: SIZES[size], colorScheme: colours, storageState: signedIn, reducedMotion: moves ? 'no-preference' : 'reduce' });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const complaints: string[] = [];
      // What was answered with an error is told with its address below.
      page.on('console', (message) => void (message.type() === 'error' && !message.text().startsWith('Failed to load resource') && complaints.push(message.text())));
      page.on('response', (response) => void (response.status() >= 400 && complaints.push(`${response.status()} for ${response.url()}`)));
      page.on('pageerror', (error) => void complaints.push(error.message));
      page.on('request', (request) => void (new URL(request.url()).origin !== cc && complaints.push(`asks ${request.url()}`)));
      return { page, complaints };
    },
    stop: async () => {
      await browser.close();
      for (const name of ['order-fulfillment', 'commerce-coordinator']) stack.supervisor.process(name).signal('SIGKILL');
      await stack.stop();
      if (given === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An address of the dashboard, as the page that is open knows it. */
export async function visit({ stack }: World, page: Page, path: string): Promise<void> {
  await page.goto(`${stack.description.cc}/dashboard${path}`);
  await page.locator('#view h1').first().waitFor();
  await page.locator('.waiting').waitFor({ state: 'detached', timeout: 5_000 }).catch(() => undefined);
}

/** What axe finds that is serious, with the element. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' ')}`);
}

/** True when one has to scroll to the side, or columns of a table are cut off. */
export async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 || (() => { const v = document.getElementById("view"); return v !== null && v.scrollWidth > v.clientWidth + 1; })() || [...document.querySelectorAll(".table-head, .table-row")].some((row) => row.scrollWidth > row.clientWidth + 1)');
}

export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

const placed = z.object({ orderId: z.string(), orderNumber: z.number() });

/** Some stock, and orders that use each provider. Gives the ids in their order. */
export async function placeOrders({ shop, operator }: World, count: number): Promise<string[]> {
  const items = ['NW-1', 'NW-2', 'NW-3'].map((sku) => ({ sku, change: 10_000 }));
  await operator.call(z.unknown(), 'POST', '/inventory/adjustments/bulk', { body: { reason: 'received', items }, idempotencyKey: crypto.randomUUID() }).catch(() => undefined);
  const ids: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const body = { customerId: 'VINET', currency: 'USD', freight: '5.00', lines: [
      { sku: 'NW-1', name: 'Chai', quantity: 2, unitPrice: '18.00' }, { sku: 'NW-2', name: 'Chang', quantity: 1, unitPrice: '19.00' }, { sku: 'NW-3', name: 'Aniseed Syrup', quantity: 1, unitPrice: '10.00' },
    ] };
    ids.push((await shop.call(placed, 'POST', '/orders', { body, idempotencyKey: crypto.randomUUID() })).orderId);
  }
  return ids;
}

const order = z.object({ status: z.string() });

/** Waits until the order has ended, or a minute. Gives its last status. */
export async function untilEnded({ shop }: World, orderId: string): Promise<string> {
  for (const endMs = performance.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const { status } = await shop.call(order, 'GET', `/orders/${orderId}`);
    if (['completed', 'cancelled', 'refunded'].includes(status) || performance.now() > endMs) return status;
  }
}
