/** The same act on many orders. */
import { expect, test } from '@jest/globals';
import { doMany } from './many.ts';
import type { ManyProgress } from './many.ts';

const targets = Array.from({ length: 25 }, (_, index) => ({ orderId: `o-${index}`, orderNumber: index }));

test('each order is asked once, a few at a time, and those that refuse are told with why', async () => {
  const asked: string[] = [];
  let under = 0;
  let most = 0;
  const told: ManyProgress[] = [];
  const result = await doMany(targets, async ({ orderId, orderNumber }) => {
    asked.push(orderId);
    most = Math.max(most, (under += 1));
    await new Promise((go) => setImmediate(go));
    under -= 1;
    if (orderNumber % 10 === 3) throw new Error(`The order ${orderNumber} is completed.`);
  }, (progress) => told.push(progress), new AbortController().signal);
  expect(asked.toSorted()).toEqual(targets.map(({ orderId }) => orderId).toSorted());
  expect(most).toBe(4);
  expect(result.done).toBe(22);
  expect(result.failed.map(({ target, why }) => [target.orderNumber, why])).toEqual([[3, 'The order 3 is completed.'], [13, 'The order 13 is completed.'], [23, 'The order 23 is completed.']]);
  expect(told.map(({ done, failed }) => done + failed.length)).toEqual(targets.map((_, index) => index + 1));
});

test('a stop begins nothing more', async () => {
  const stop = new AbortController();
  let asked = 0;
  const result = await doMany(targets, async () => {
    asked += 1;
    if (asked === 6) stop.abort();
    await new Promise((go) => setImmediate(go));
  }, () => undefined, stop.signal);
  expect(asked).toBeLessThan(10);
  expect(result.done).toBe(asked);
});
