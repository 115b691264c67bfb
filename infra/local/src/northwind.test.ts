import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { northwindFile, PROVIDERS, readProducts, splitByProvider } from './northwind.ts';

const orders = readFileSync(northwindFile('orders.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { lines: { sku: string }[] });

test('every product of the sample has a provider, and the split is the same each time', () => {
  const split = splitByProvider(readProducts());
  expect(Object.keys(split)).toHaveLength(77);
  expect(splitByProvider(readProducts())).toEqual(split);
  expect(orders.flatMap(({ lines }) => lines).filter(({ sku }) => split[sku] === undefined)).toEqual([]);
});

test('each provider delivers at least a fifth of the lines of the 400 orders', () => {
  const split = splitByProvider(readProducts());
  const lines = orders.flatMap((order) => order.lines.map(({ sku }) => split[sku]));
  for (const provider of PROVIDERS) expect(lines.filter((name) => name === provider).length / lines.length).toBeGreaterThanOrEqual(0.2);
});
