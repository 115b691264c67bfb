import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { costAt } from './cost.ts';
import type { Run } from './cost.ts';
import { costPage } from './page.ts';

const run: Run = {
  date: '2026-11-22', machine: 'a machine', orders: 100, perMinute: 600, events: 10, eventBytes: 10_000, delivered: 2, queueCalls: 3,
  cpuMs: { coordinator: 60, fulfillment: 20, database: 30 }, walBytes: 40_960, storedBytes: 20_000,
};

test('the page is what the last run and the prices make', () => {
  const last = JSON.parse(readFileSync(join(import.meta.dirname, 'run.json'), 'utf8')) as Run;
  expect(readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8')).toBe(costPage(last));
});

test('at a low rate an order pays for what stands ready', () => {
  const { tasks, acu, perOrder, perMonth } = costAt(1, run);
  expect([tasks, acu]).toEqual([10, 2]);
  expect(perOrder.fargate).toBeCloseTo((10 * (0.5 * 0.04048 + 0.004445)) / 60, 9);
  expect(perOrder.aurora).toBeCloseTo((2 * 0.12) / 60 + 20e-6 * 0.1 * 12 + (10 * 0.2) / 1e6, 9);
  expect(perOrder.eventBridge).toBeCloseTo(10e-6 + 10e-6 * (0.1 + 0.023 * 12), 9);
  expect(perOrder.sqs).toBeCloseTo(((2 + 3 + 159) * 0.4) / 1e6, 9);
  expect(perMonth).toBeCloseTo(Object.values(perOrder).reduce((sum, one) => sum + one, 0) * 60 * 730, 6);
});

test('at a high rate tasks and database grow with it, and nobody polls in vain', () => {
  const { tasks, acu, perOrder } = costAt(10_000, run);
  // 60 ms × 10,000 a minute = 10 cores; at 60 % load 33.3 tasks of half a core, over three parts: 12 each. The other service: 6 of each of two.
  expect(tasks).toBe(3 * 12 + 2 * 6);
  // 5 cores at 60 % are 33.3 units, twice.
  expect(acu).toBe(67);
  expect(perOrder.sqs).toBeCloseTo((5 * 0.4) / 1e6, 12);
  expect(costAt(100, run).total).toBeGreaterThan(costAt(10_000, run).total);
});
