/** What is measured in the browser: first paints, and views while events stream. */
import type { Page } from 'playwright-core';
import pg from 'pg';
import { visit } from '../../browser/world.ts';
import type { World } from '../../browser/world.ts';
import { watchCpu } from '../cpu.ts';
import type { Storefront } from '../storefront.ts';
import { probeFor } from './probe.ts';
import type { Frames, Top } from './probe.ts';
import { screenTimes } from './screen-times.ts';

interface MeasuredView {
  readonly name: string;
  readonly path: string;
  /** What is there when the view shows what it is for. */
  readonly selector: string;
}

const FLOW: MeasuredView = { name: 'flow map', path: '/', selector: '.flow-stage .place' };
const CARE: MeasuredView = { name: 'orders needing care', path: '/care', selector: '[aria-label="Orders needing care"] .table-row' };
const ORDERS: MeasuredView = { name: 'orders', path: '/orders', selector: '[aria-label="Orders"] .table-row' };
const TAIL: MeasuredView = { name: 'live tail', path: '/live', selector: '.tail .table-row' };
export const BUSY_VIEWS: readonly MeasuredView[] = [TAIL, FLOW, ORDERS, CARE];

export interface FirstPaint {
  readonly name: string;
  readonly ms: readonly number[];
  /** Of the calls that it makes until then: the one that took longest, in any round. */
  readonly slowest: { readonly path: string; readonly ms: number };
}

const SLOWEST = `performance.getEntriesByType('resource').filter(({ initiatorType, name }) => initiatorType === 'fetch' && !name.includes('/events/stream')).map(({ name, duration }) => ({ path: new URL(name).pathname, ms: duration })).sort((a, b) => b.ms - a.ms)[0] ?? { path: '', ms: 0 }`;

/** Each view in windows that have never seen it, in turns. */
export async function firstPaints(world: World, rounds: number, orderId: string): Promise<FirstPaint[]> {
  const views: readonly MeasuredView[] = [CARE, ORDERS, FLOW, TAIL, { name: 'one order', path: `/orders/${orderId}`, selector: '[aria-label="Every step"]' }, { name: 'events', path: '/events', selector: '.table-row' }];
  const found = new Map<MeasuredView, { ms: number[]; slowest: FirstPaint['slowest'] }>(views.map((view) => [view, { ms: [], slowest: { path: '', ms: 0 } }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const view of views) {
      const { page } = await world.open('wide', 'light');
      await page.addInitScript(probeFor([view.selector]));
      await page.goto(`${world.stack.description.cc}/dashboard${view.path}`, { waitUntil: 'commit' });
      const ms = (await page.evaluate(`probe[${JSON.stringify(`first ${view.selector}`)}]`)) as number;
      const slowest = (await page.evaluate(SLOWEST)) as FirstPaint['slowest'];
      await page.context().close();
      const of = found.get(view);
      of?.ms.push(ms);
      if (of !== undefined && slowest.ms > of.slowest.ms) of.slowest = slowest;
    }
  }
  return views.map((view) => ({ name: view.name, ms: found.get(view)?.ms ?? [], slowest: found.get(view)?.slowest ?? { path: '', ms: 0 } }));
}

interface Streamed {
  readonly eventsPerSecond: number;
  readonly frames: Frames;
  /** Of the tail, sorted; of another view empty. */
  readonly screenMs: readonly number[];
  readonly foreignShare: number;
}

/** The load comes some seconds before it is looked at. */
const WARM_MS = 3_000;

export async function streamed(world: World, storefront: Storefront, view: MeasuredView, { seconds, ordersPerSecond }: { readonly seconds: number; readonly ordersPerSecond: number }): Promise<Streamed> {
  const { page } = await world.open('wide', 'light', true);
  await page.addInitScript(probeFor([]));
  await visit(world, page, view.path);
  await page.locator(view.selector).first().waitFor();
  const load = placeAtRate(storefront, ordersPerSecond, WARM_MS + seconds * 1_000 + 1_000);
  await page.waitForTimeout(WARM_MS);
  const cpu = watchCpu(world.stack);
  const fromMs = Date.now();
  if (view === TAIL) await page.evaluate('probe.watchTops()');
  await page.evaluate('probe.watchFrames()');
  await page.waitForTimeout(seconds * 1_000);
  const frames = (await page.evaluate('probe.frames()')) as Frames;
  const toMs = Date.now();
  const { foreignShare } = cpu();
  const tops = view === TAIL ? await topsOf(page) : [];
  await load;
  await page.context().close();
  const events = await recordedBetween(world.stack.description.inside.ccDatabaseUrl, fromMs, toMs);
  return { eventsPerSecond: (events.length * 1_000) / (toMs - fromMs), frames, screenMs: screenTimes(events, tops), foreignShare };
}

async function topsOf(page: Page): Promise<Top[]> {
  return (await page.evaluate('probe.tops')) as Top[];
}

/** Orders that are placed so many a second, whether they are answered or not; ends when all are. */
async function placeAtRate(storefront: Storefront, perSecond: number, ms: number): Promise<void> {
  const begunMs = performance.now();
  const placed: Promise<unknown>[] = [];
  for (let passedMs = 0; passedMs < ms; passedMs = performance.now() - begunMs) {
    for (const due = (passedMs * perSecond) / 1_000; placed.length < due; ) placed.push(storefront.place());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(placed);
}

/** When it was recorded is read from the database's clock, some milliseconds before it was committed. */
async function recordedBetween(databaseUrl: string, fromMs: number, toMs: number): Promise<{ eventId: string; atMs: number }[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT event_id, (extract(epoch FROM recorded_at) * 1000)::float8 AS ms FROM events
       WHERE recorded_at BETWEEN to_timestamp($1::float8 / 1000) AND to_timestamp($2::float8 / 1000) AND txid > '3'::xid8 ORDER BY epoch, txid, position`, [fromMs, toMs]);
    return rows.map((row) => ({ eventId: row.event_id, atMs: row.ms }));
  } finally {
    await client.end();
  }
}
