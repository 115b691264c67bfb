// The pure parts of the demo: reading the file, comparing the accounts, drawing the tree.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { northwindFile } from '../northwind.ts';
import { audit } from './audit.ts';
import type { AuditedOrder, LedgerRow } from './audit.ts';
import { percentile, tally } from './figures.ts';
import { orderRequest, readOrders } from './orders-file.ts';
import { failures, summary } from './summary.ts';
import type { Result } from './summary.ts';
import { timelineTree } from './timeline-tree.ts';

describe('the orders file', () => {
  const good = readFileSync(northwindFile('orders.jsonl'), 'utf8').split('\n')[0] ?? '';

  test('all 400 orders of the sample are orders', () => {
    const { orders, malformed } = readOrders(readFileSync(northwindFile('orders.jsonl'), 'utf8'));
    expect([orders.length, malformed]).toEqual([400, []]);
  });

  test('a malformed line is reported with its number and its reason, and the rest are still orders', () => {
    const content = ['{"orderNumber":', good, '', good.replace('"quantity": 12', '"quantity": -1'), good.replace('"freight"', '"freigth"'), good].join('\n');
    const { orders, malformed } = readOrders(content);
    expect(orders.map(({ line }) => line)).toEqual([2, 6]);
    expect(malformed).toEqual([
      { line: 1, why: 'not JSON' },
      { line: 4, why: expect.stringContaining('lines.0.quantity') },
      { line: 5, why: expect.stringContaining('freigth') },
    ]);
  });

  test.each([
    ['a price of thirteen digits', good.replace(/"unitPrice": "[^"]*"/, '"unitPrice": "1000000000000"'), 'lines.0.unitPrice'],
    ['a price with three decimals', good.replace(/"unitPrice": "[^"]*"/, '"unitPrice": "14.005"'), 'lines.0.unitPrice'],
    ['a freight with three decimals', good.replace(/"freight": "[^"]*"/, '"freight": "0.001"'), 'freight'],
    ['a discount above one', good.replace(/"discount": "[^"]*"/, '"discount": "1.5"'), 'lines.0.discount'],
  ])('%s, which would be refused, is malformed', (_what, line, path) => {
    expect(line).not.toBe(good);
    expect(readOrders(line)).toEqual({ orders: [], malformed: [{ line: 1, why: expect.stringContaining(path) }] });
  });

  test('a discount with four decimals and a file with a byte order mark are taken', () => {
    expect(readOrders(`\uFEFF${good.replace(/"discount": "[^"]*"/, '"discount": "0.1525"')}`)).toMatchObject({ orders: [{ line: 1 }], malformed: [] });
  });

  test('name and dates are told in the metadata and never become a deadline', () => {
    const request = orderRequest(readOrders(good).orders[0]!.order);
    expect(request['metadata']).toEqual({ customerName: 'Vins et alcools Chevalier', placedAt: '1996-07-04T00:00:00Z', requiredBy: '1996-08-01T00:00:00Z' });
    expect(Object.keys(request).toSorted()).toEqual(['currency', 'customerId', 'freight', 'lines', 'metadata', 'orderNumber', 'shipTo']);
  });
});

describe('the comparison of the three accounts', () => {
  const sold = [{ lineId: '1', sku: 'A', quantity: 2 }];
  const outcome = [{ lineId: '1', sku: 'A', quantity: 2, provider: 'lms', status: 'fulfilled' }];
  const row: LedgerRow = { provider: 'lms', orderId: 'o', lineId: '1', quantity: 2, effects: 1 };
  const order: AuditedOrder = { orderId: 'o', orderNumber: 7, sold, outcome };

  test('a line that all three agree on is sound', () => {
    expect(audit([order], [row])).toEqual({ lines: 1, sound: 1, deliveredTwice: 0, linesPerProvider: { lms: 1 }, complaints: [] });
  });

  test.each<[string, AuditedOrder, LedgerRow[], string]>([
    ['delivered twice', order, [{ ...row, effects: 2 }], 'delivered 2 times'],
    ['delivered by two providers', order, [row, { ...row, provider: 'instant' }], 'delivered 2 times'],
    ['not delivered', order, [], 'delivered 0 times'],
    ['delivered in another quantity', order, [{ ...row, quantity: 3 }], 'sold 2, delivered 3'],
    ['fulfilled in another quantity', { ...order, outcome: [{ ...outcome[0]!, quantity: 3 }] }, [row], 'sold 2 × A, fulfilled 3 × A'],
    ['fulfilled twice', { ...order, outcome: [...outcome, ...outcome] }, [row], '2 outcomes'],
    ['never fulfilled', { ...order, outcome: [] }, [row], '0 outcomes'],
    ['failed', { ...order, outcome: [{ ...outcome[0]!, status: 'failed' }] }, [], 'failed at lms'],
    ['never sold', { ...order, sold: [] }, [row], 'sold 0 times'],
  ])('a line that was %s is a complaint', (_case, changed, ledger, complaint) => {
    const result = audit([changed], ledger);
    expect(result.sound).toBe(0);
    expect(result.complaints).toEqual([expect.stringContaining(complaint)]);
  });

  test('a delivery for an order that nobody placed is a complaint', () => {
    expect(audit([order], [row, { ...row, orderId: 'stranger' }]).complaints).toEqual([expect.stringContaining('stranger')]);
  });
});

describe('the verdict', () => {
  const settled = { orderId: 'o', orderNumber: 7, status: 'completed', reason: null, lines: [], createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.250Z' };
  const sound: Result = {
    malformed: 1, refused: [], orders: [settled], restarts: 0, log: { events: { cc: 6, of: 4 }, ignored: ['fulfillment_settled'] },
    audit: { lines: 1, sound: 1, deliveredTwice: 0, linesPerProvider: { lms: 1 }, complaints: [] },
  };

  test('is good when every order is settled and every line was delivered once, and the summary has the figures', () => {
    expect(failures(sound)).toEqual([]);
    const text = summary(sound).join('\n');
    for (const part of ['1 accepted: completed 1', 'lms 1 (100 %)', 'p50 250 ms', '1: fulfillment_settled 1', 'malformed lines 1']) expect(text).toContain(part);
  });

  test('is good when the bus lost outcomes and as many were found, and the summary says so', () => {
    const lossy: Result = { ...sound, drops: { dropped: 41, healed: 43, foundAlone: 41, inQueue: 0 } };
    expect(failures(lossy)).toEqual([]);
    expect(summary(lossy).join('\n')).toContain('41 outcomes lost by the bus for good, 41 orders healed by comparing; 2 more were healed before');
    expect(failures({ ...sound, restarts: 2, drops: { dropped: 41, healed: 40, foundAlone: 40, inQueue: 0 } })).toEqual([]);
    expect(failures({ ...sound, restarts: 2, drops: { dropped: 41, healed: 45, foundAlone: 45, inQueue: 4 } })).toEqual([]);
  });

  test.each<[string, Result]>([
    ['an order is not settled', { ...sound, orders: [settled, { ...settled, status: 'fulfilling' }] }],
    ['an order was refused', { ...sound, refused: [{ line: 3, orderNumber: 8, why: '409 Another order has this number' }] }],
    ['no order was accepted', { ...sound, orders: [] }],
    ['an outcome was lost and not found', { ...sound, drops: { dropped: 3, healed: 2, foundAlone: 2, inQueue: 0 } }],
    ['an outcome was found that was never lost', { ...sound, restarts: 2, drops: { dropped: 1, healed: 2, foundAlone: 2, inQueue: 0 } }],
    ['a heal was not counted', { ...sound, drops: { dropped: 2, healed: 1, foundAlone: 2, inQueue: 0 } }],
    ['a line does not agree', { ...sound, audit: { ...sound.audit, sound: 0, complaints: ['order 7, line 1: delivered 2 times'] } }],
  ])('is bad when %s', (_case, result) => {
    expect(failures(result)).toHaveLength(1);
    expect(summary(result).join('\n')).toContain(failures(result)[0]);
  });
});

test('the tree shows each event under its cause, with the time since the first', () => {
  const at = (ms: number) => new Date(1_000_000 + ms).toISOString();
  const event = (eventId: string, causationId: string | null, ms: number) => ({ eventId, eventType: `Type${eventId}`, source: 'cc', timestamp: at(ms), causationId });
  expect(timelineTree([event('A', null, 0), event('B', 'A', 3), event('C', 'B', 40), event('D', 'A', 5), event('E', 'elsewhere', 6)])).toEqual([
    'TypeA             0 ms  cc',
    '├─ TypeB          3 ms  cc',
    '│  └─ TypeC      40 ms  cc',
    '└─ TypeD          5 ms  cc',
    'TypeE             6 ms  cc',
  ]);
});

test('a percentile is the value of its rank', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99), percentile([], 0.5)]).toEqual([50, 99, 7, undefined]);
});

test('a tally names the most frequent first', () => {
  expect(tally(['a', 'b', 'b'])).toBe('b 2, a 1');
});
