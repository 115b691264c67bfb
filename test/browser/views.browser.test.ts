/**
 * Every view of the dashboard in a real browser: it shows without a complaint, asks no other host, nothing that axe calls serious, nothing
 * to be scrolled to the side, on a wide and a narrow window, light and dark. Needs Chromium.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { hasBrowser, isTooWide, placeOrders, seriousFaults, shoot, startWorld, untilEnded, visit } from './world.ts';
import type { Colours, Size, World } from './world.ts';

let world: World;
let [orderId, orderNumber, eventId] = ['', 0, ''];
beforeAll(async () => {
  if (!hasBrowser) return;
  world = await startWorld();
  [orderId = ''] = await placeOrders(world, 6);
  await untilEnded(world, orderId);
  ({ orderNumber } = await world.shop.call(z.object({ orderNumber: z.number() }), 'GET', `/orders/${orderId}`));
  const { items } = await world.operator.call(z.object({ items: z.array(z.object({ eventId: z.string(), eventType: z.string() })) }), 'GET', `/orders/${orderId}/timeline`);
  eventId = items.find(({ eventType }) => eventType === 'OrderCreated')?.eventId ?? '';
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const VIEWS: readonly (readonly [name: string, path: () => string, title: () => string])[] = [
  ['flow', () => '/', () => 'Flow'], ['flow-list', () => '/?as=list', () => 'Flow'], ['care', () => '/care', () => 'Needing care'], ['orders', () => '/orders', () => 'Orders'],
  ['order', () => `/orders/${orderId}`, () => `Order ${orderNumber}`], ['tail', () => '/live', () => 'Live tail'], ['events', () => '/events', () => 'Events'], ['event', () => `/events/${eventId}`, () => 'Event order.created'],
  ['webhooks', () => '/webhooks', () => 'Webhooks'], ['dead-letters', () => '/dead-letters', () => 'Dead letters'], ['replays', () => '/replays', () => 'Replays'], ['catalogue', () => '/catalogue', () => 'Catalogue'],
  ['metrics', () => '/metrics', () => 'Metrics'], ['panels', () => '/panels', () => 'Extensions'], ['proof', () => '/proof', () => 'Proof'], ['break', () => '/break', () => 'Break something'], ['shop', () => '/shop', () => 'Storefront'],
];
const WINDOWS: readonly (readonly [Size, Colours])[] = [['wide', 'light'], ['narrow', 'dark'], ['wide', 'dark'], ['narrow', 'light']];

(hasBrowser ? describe : describe.skip)('The views of the dashboard, in a browser (needs Chromium: CHROMIUM, or /usr/bin/chromium)', () => {
  test.each(WINDOWS)('show without a fault, %s and %s', async (size, colours) => {
    const { page, complaints } = await world.open(size, colours);
    const faults: Record<string, unknown> = {};
    for (const [name, path] of VIEWS) {
      await visit(world, page, path());
      await page.waitForTimeout(250);
      await shoot(page, `${name}-${size}-${colours}`);
      const found = [...(await seriousFaults(page)), ...complaints.splice(0), ...((await isTooWide(page)) ? ['has to be scrolled to the side'] : [])];
      if (found.length > 0) faults[name] = found;
    }
    await page.context().close();
    expect(faults).toEqual({});
  }, 120_000);

  test('has a title of its own in each view, and one heading of the first degree', async () => {
    const { page } = await world.open('wide', 'light');
    for (const [name, path, title] of VIEWS) {
      await visit(world, page, path());
      // The name of an event comes with the catalogue.
      const wanted = `${title()} · Commerce Coordinator`;
      for (let looks = 0; looks < 50 && (await page.title()) !== wanted; looks += 1) await page.waitForTimeout(100);
      expect([name, await page.locator('h1').count(), await page.title()]).toEqual([name, 1, wanted]);
    }
    await page.context().close();
  }, 120_000);

  test('has one stream for six windows of a session, and what happens is seen in each', async () => {
    const { page } = await world.open('wide', 'light');
    const context = page.context();
    let streams = 0;
    context.on('request', (request) => void (request.url().includes('/api/events/stream') && (streams += 1)));
    const pages = [page];
    while (pages.length < 6) pages.push(await context.newPage());
    for (const one of pages) await visit(world, one, '/live');
    const [placedId = ''] = await placeOrders(world, 1);
    for (const one of pages) await one.locator(`.tail a[href$="/orders/${placedId}"]`).first().waitFor({ timeout: 10_000 });
    expect(streams).toBe(1);
    // Whoever has it goes; another one goes on.
    await page.close();
    const [next = ''] = await placeOrders(world, 1);
    for (const one of pages.slice(1)) await one.locator(`.tail a[href$="/orders/${next}"]`).first().waitFor({ timeout: 10_000 });
    expect(streams).toBe(2);
    await context.close();
  }, 60_000);

  test('is where the keys go when it is opened from another, and not when the page is', async () => {
    const { page } = await world.open('wide', 'light');
    await visit(world, page, '/orders');
    const focus = (): Promise<string> => page.evaluate('document.activeElement.id');
    expect(await focus()).toBe('');
    await page.getByRole('link', { name: String(orderNumber), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: String(orderNumber) }).waitFor();
    expect(await focus()).toBe('view');
    await page.context().close();
  }, 60_000);
});
