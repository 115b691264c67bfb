import { describe, expect, test } from '@jest/globals';
import { EXTENSIONS, MAP } from '../test-kit/bakery.ts';
import { mapAsJson, mapAsMermaid, mapAsText } from './picture.ts';
import type { Mapped } from './picture.ts';

const bakery: Mapped = { extensions: EXTENSIONS, map: MAP };

describe('The map to read', () => {
  test('has a paragraph for each signal: who sends it, who hears it and how, and why nobody does', () => {
    expect(mapAsText({ ...bakery, map: { ...MAP, retired: { 'oven.heat': 'drop', 'shop.sell': 'shop.count' } } })).toBe(`LoafOrdered  ← shop
  → oven.bake   transactional, only {"detail":{"data":{"kind":[{"anything-but":"cake"},{"exists":false}]}}}
  → shop.count  transactional

LoafBaked  ← oven
  → shop.deliver  effect, priority 5, 4 at once in a process, at most 2 s a run, retried 3 attempts

FlourCame  ← from outside: mill
  → shop.count  transactional

Heard by nobody here:
  LoafDelivered  ← shop  It is told to the customer only.

Retired:
  oven.heat: its work is dropped
  shop.sell: its work goes to shop.count`);
  });

  test('says why something is silent as the map says it', () => {
    const silent = { ...MAP, unheard: { LoafBaked: 'There is no shop.', LoafDelivered: 'There are no customers.' }, unconnected: { 'shop.deliver': 'There is no oven.' }, connections: {} };
    expect(mapAsText({ ...bakery, map: silent }).split('\n\n').slice(0, 2)).toEqual([
      `Heard by nobody here:
  LoafOrdered  ← shop    not connected
  LoafDelivered  ← shop  There are no customers.
  LoafBaked  ← oven      There is no shop.`,
      `Not connected here:
  shop.deliver  There is no oven.`,
    ]);
    expect(JSON.parse(mapAsJson({ ...bakery, map: silent }))).toMatchObject({ unconnected: { 'shop.deliver': 'There is no oven.' }, signals: expect.arrayContaining([expect.objectContaining({ signal: 'LoafBaked', unheard: 'There is no shop.' })]) });
  });

  test('of some signals says of effects what makes them harmless twice, and how a signal comes from outside when that is known', () => {
    expect(mapAsText({ ...bakery, types: ['LoafBaked'] })).toBe(`LoafBaked  ← oven
  → shop.deliver  effect, priority 5, 4 at once in a process, at most 2 s a run, retried 3 attempts
      The courier knows the key.`);
    expect(mapAsText({ ...bakery, types: ['FlourCame'], ways: [{ source: 'mill', type: 'FlourCame', rule: 'flour', queue: 'sacks' }] })).toContain('FlourCame  ← from outside: mill by the rule flour and the queue sacks');
  });

  test('is a flow chart in the grammar of Mermaid: a box for each extension with its handlers, and an arrow for each connection', () => {
    const chart = mapAsMermaid(bakery);
    const [first, ...lines] = chart.split('\n');
    expect(first).toBe('flowchart LR');
    const id = '[a-z]_\\w+';
    const line = new RegExp(`^ +(subgraph ${id}\\["[\\w.-]+"\\]|end|${id}(\\["[\\w.-]+"\\]|\\[\\["[\\w.-]+"\\]\\]|\\[/"[\\w.-]+"/\\]|\\(\\["\\w+"\\]\\))|${id} -->(\\|filtered\\|)? ${id})$`);
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    const drawn = new Set(lines.flatMap((one) => /^ +(?:subgraph )?([a-z]_\w+)[[(]/.exec(one)?.[1] ?? []));
    const joined = lines.flatMap((one) => /^ +(\w+) -->(?:\|\w+\|)? (\w+)$/.exec(one)?.slice(1) ?? []);
    expect(joined.filter((end) => !drawn.has(end))).toEqual([]);
    expect(lines).toEqual(expect.arrayContaining(['  x_shop --> s_LoafOrdered', '  s_LoafOrdered -->|filtered| h_oven_bake', '  s_LoafBaked --> h_shop_deliver', '  o_mill --> s_FlourCame', '    h_shop_deliver[/"shop.deliver"/]']));
    expect(mapAsMermaid({ ...bakery, types: ['LoafOrdered'] })).not.toContain('LoafBaked');
  });

  test('is JSON with the settings that hold: those of the map before those of the handler', () => {
    const { signals, foreign } = JSON.parse(mapAsJson(bakery));
    expect(foreign).toEqual([{ source: 'mill', type: 'FlourCame' }]);
    expect(signals[1]).toEqual({
      signal: 'LoafBaked', from: ['oven'], fromOutside: [],
      handlers: [{ handler: 'shop.deliver', kind: 'effect', priority: 5, concurrency: 4, timeBudgetMs: 2_000, retry: { maxAttempts: 3 }, idempotency: 'The courier knows the key.' }],
    });
  });
});
