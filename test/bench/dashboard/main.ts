/**
 * `pnpm bench:dashboard [--orders 100000] [--seconds 20] [--rounds 3] [--rate 500] [--data <folder>]`: how fast the dashboard is with many orders, in a real Chromium beside the whole
 * stack: until something is painted, how long frames take while events stream, and how long an event takes to the screen. Real orders are
 * placed for that, so many that the log has `rate` events a second. With a folder of its own the orders stay
 * there for the next run. Figures are printed, never asserted. Needs Chromium.
 */
import { availableParallelism, cpus } from 'node:os';
import { readOptions } from '../../kit/options.ts';
import { BUSY_VIEWS, firstPaints, streamed } from './measures.ts';
import { fillOrders } from './fill.pg.ts';
import { hasBrowser, startWorld, untilEnded } from '../../browser/world.ts';
import { Storefront } from '../storefront.ts';
import { median, percentile, table } from '../table.ts';
import { watchCpu } from '../cpu.ts';
import { z } from 'zod';

const { values } = readOptions(import.meta.url, { options: { orders: { type: 'string', default: '100000' }, seconds: { type: 'string', default: '20' }, rounds: { type: 'string', default: '3' }, rate: { type: 'string', default: '500' }, views: { type: 'string' }, data: { type: 'string' } } });
const [orders, seconds, rounds, rate] = [Number(values.orders), Number(values.seconds), Number(values.rounds), Number(values.rate)];
const tell = (text: string): void => console.error(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s  ${text}`);
if (!hasBrowser) process.exit(1);

const body = { customerId: 'VINET', currency: 'USD', freight: '32.38', lines: [{ sku: 'NW-11', name: 'Queso Cabrales', quantity: 1, unitPrice: '14.00' }, { sku: 'NW-42', name: 'Singaporean Hokkien Fried Mee', quantity: 2, unitPrice: '9.80' }] };
const world = await startWorld({ withLab: false, bySku: {}, ...(values.data !== undefined && { directory: values.data }) });
try {
  const { orderId: model } = await world.shop.call(z.object({ orderId: z.string() }), 'POST', '/orders', { body, idempotencyKey: crypto.randomUUID() });
  await untilEnded(world, model);
  tell('the stack runs');
  const { events, eventsOfAnOrder } = await fillOrders(world.stack.description.inside.ccDatabaseUrl, { orders, model, nowMs: Date.now() });
  tell(`${orders.toLocaleString('en')} orders with ${events.toLocaleString('en')} events are there`);
  console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}; ${orders.toLocaleString('en')} orders, ${events.toLocaleString('en')} events; services, bus, database and Chromium share the cores.`);

  const cpuOfPaints = watchCpu(world.stack);
  const paints = await firstPaints(world, rounds, model);
  const { foreignShare: others } = cpuOfPaints();
  console.log(`\n${table(['first paint, a new window', 'median ms', 'worst ms', 'slowest call of it', 'ms'], paints.map(({ name, ms, slowest }) => [name, median(ms), Math.max(...ms), slowest.path, slowest.ms]))}`);
  console.log(`Others used ${(others * 100).toFixed(0)} % of the CPU.`);

  const storefront = await Storefront.open(world.stack, 16);
  const wanted = rate / eventsOfAnOrder;
  const rows: (string | number)[][] = [];
  try {
    for (const view of BUSY_VIEWS.filter(({ name }) => values.views === undefined || values.views.split(',').includes(name))) {
      const { eventsPerSecond, frames, screenMs, foreignShare } = await streamed(world, storefront, view, { seconds, ordersPerSecond: wanted });
      const { gapsMs, long } = frames;
      tell(`${view.name}: longest gaps ${gapsMs.toSorted((a, b) => b - a).slice(0, 5).map((ms) => ms.toFixed(0)).join(', ')} ms`);
      rows.push([
        view.name, eventsPerSecond, gapsMs.length / seconds, percentile(gapsMs.toSorted((a, b) => a - b), 0.99), Math.max(...gapsMs), gapsMs.filter((ms) => ms > 100).length, Math.max(0, ...long.map(({ ms }) => ms)), long.filter(({ ms }) => ms > 100).length,
        screenMs.length === 0 ? '' : percentile(screenMs, 0.5), screenMs.length === 0 ? '' : percentile(screenMs, 0.95), screenMs.length === 0 ? '' : percentile(screenMs, 1), `${(foreignShare * 100).toFixed(0)} %`,
      ]);
    }
  } finally {
    await storefront.close();
  }
  console.log(`\n${table([`${seconds} s of events`, 'events/s', 'frames/s', 'between two, p99 ms', 'longest', 'over 100 ms', 'longest frame ms', 'over 100 ms', 'event to screen p50 ms', 'p95', 'longest', 'others used'], rows)}`);
} finally {
  await world.stop();
}
