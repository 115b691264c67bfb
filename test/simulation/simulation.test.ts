/** The simulation itself: the same seed is the same run, and its table knows every fault point on its way. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { CRASHES } from './faults.ts';
import { Kernel } from './kernel.ts';
import { runSeed } from './run.ts';

test('the same seed is the same run, to the last step; another one is another', async () => {
  const [first, again, other] = [await runSeed(11, 'liveness'), await runSeed(11, 'liveness'), await runSeed(13, 'liveness')];
  expect(first.broken).toEqual([]);
  expect([again.trace, again.steps, again.hits]).toEqual([first.trace, first.steps, first.hits]);
  expect(other.trace).not.toBe(first.trace);
}, 30_000);

/** Files of production code that run in a simulation and have fault points. */
const ON_THE_WAY = ['packages/bus/src/consumer.sqs.ts', 'packages/bus/src/publisher.ts', 'services/order-fulfillment/src/fulfillments/take-request.ts', 'services/order-fulfillment/src/fulfillments/extension.ts'];

test.each(ON_THE_WAY)('every fault point of %s stands in the table', (file) => {
  const text = readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
  const points = [...text.matchAll(/\.hit\('([^']+)'\)/g)].map(([, point]) => point ?? '');
  expect(points.length).toBeGreaterThan(0);
  expect(points.filter((point) => !(point in CRASHES))).toEqual([]);
});

test('time passes in the order of what is due, and what is called off does not happen', async () => {
  const kernel = new Kernel(1, false);
  const seen: string[] = [];
  for (const ms of [30, 10, 20, 10]) kernel.after(ms, '', () => seen.push(String(ms)));
  kernel.after(15, '', () => seen.push('never')).cancel();
  while (await kernel.step());
  expect(seen).toEqual(['10', '10', '20', '30']);
  expect(kernel.passedMs).toBe(30);
});
