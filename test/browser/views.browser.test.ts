/**
 * Every view of the dashboard in a real browser: it shows without a complaint, asks no other host, nothing that axe calls serious, nothing
 * to be scrolled to the side, on a wide and a narrow window, light and dark. Needs Chromium.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasBrowser, isTooWide, placeOrders, seriousFaults, shoot, startWorld, untilEnded, visit } from './world.ts';
import type { Colours, Size, World } from './world.ts';

let world: World;
let orderId: string;
beforeAll(async () => {
  if (!hasBrowser) return;
  world = await startWorld();
  [orderId = ''] = await placeOrders(world, 6);
  await untilEnded(world, orderId);
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const VIEWS: readonly (readonly [name: string, path: () => string])[] = [
  ['flow', () => '/'], ['flow-list', () => '/?as=list'], ['care', () => '/care'], ['orders', () => '/orders'], ['order', () => `/orders/${orderId}`], ['tail', () => '/live'], ['events', () => '/events'],
  ['webhooks', () => '/webhooks'], ['dead-letters', () => '/dead-letters'], ['replays', () => '/replays'], ['catalogue', () => '/catalogue'], ['metrics', () => '/metrics'], ['panels', () => '/panels'],
  ['break', () => '/break'], ['shop', () => '/shop'],
];
const WINDOWS: readonly (readonly [Size, Colours])[] = [['wide', 'light'], ['narrow', 'dark'], ['wide', 'dark'], ['narrow', 'light']];

(hasBrowser ? describe : describe.skip)('The views of the dashboard, in a browser (needs Chromium: CHROMIUM, or /usr/bin/chromium)', () => {
  test.each(WINDOWS)('show without a fault, %s and %s', async (size, colours) => {
    const { page, complaints } = await world.open(size, colours);
    const faults: Record<string, unknown> = {};
    for (const [name, path] of VIEWS) {
      await visit(world, page, path());
      await page.waitForTimeout(500);
      await shoot(page, `${name}-${size}-${colours}`);
      const found = [...(await seriousFaults(page)), ...complaints.splice(0), ...((await isTooWide(page)) ? ['has to be scrolled to the side'] : [])];
      if (found.length > 0) faults[name] = found;
    }
    await page.context().close();
    expect(faults).toEqual({});
  }, 120_000);

  test('has a title of its own in each view, and one heading of the first degree', async () => {
    const { page } = await world.open('wide', 'light');
    for (const [name, path] of VIEWS) {
      await visit(world, page, path());
      expect([name, await page.locator('h1').count()]).toEqual([name, 1]);
    }
    await page.context().close();
  }, 120_000);
});
