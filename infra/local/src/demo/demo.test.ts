// The pure parts of the demo: reading the file, planning, comparing the accounts, drawing the tree.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { northwindFile } from '../northwind.ts';
import { audit } from './audit.ts';
import type { AuditedOrder, LedgerRow } from './audit.ts';
import type { Books } from './books.ts';
import { percentile, tally } from './figures.ts';
import { cents, lineValue, showCents } from './money.ts';
import { balanceMoney } from './money-balance.ts';
import type { DueOrder, MoneyRow } from './money-balance.ts';
import { orderRequest, readOrders } from './orders-file.ts';
import type { SettledOrder } from './orders-run.ts';
import { judgePaths } from './paths.ts';
import type { PathFacts, PathName } from './paths.ts';
import { planOf, wavesOf } from './plan.ts';
import { balanceStock } from './stock-balance.ts';
import { compensatedExample, completedExample, tell } from './stories.ts';
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
    expect(orderRequest(readOrders(good).orders[0]!.order, 'tok_4000000000000002')['payment']).toEqual({ method: { type: 'card', token: 'tok_4000000000000002' } });
  });
});

describe('the plan', () => {
  const { orders } = readOrders(readFileSync(northwindFile('orders.jsonl'), 'utf8'));
  const plan = planOf({ ownFile: false, rawStock: false });

  test('lets something go wrong with about one in ten of the sample, and never twice with one order', () => {
    const wrong = orders.map(({ order: { orderNumber, customerId, lines } }) => [
      /0002$|0341$/.test(plan.cardOf(orderNumber) ?? ''),
      plan.cancelOf(orderNumber) !== undefined,
      lines.some(({ sku }) => plan.withoutProvider.includes(sku)),
      lines.every(({ sku }) => plan.lmsFaults.unknownCourses?.includes(sku) === true) || (plan.lmsFaults.unknownUsers?.includes(customerId) === true && lines.length === 1),
    ].filter(Boolean).length);
    expect(wrong.filter((count) => count > 1)).toEqual([]);
    expect(wrong.filter((count) => count > 0).length).toBeGreaterThan(20);
    expect(wrong.filter((count) => count > 0).length).toBeLessThan(40);
  });

  test('has customers who cancel at once and others who do so when the order is on its way', () => {
    expect(new Set(orders.map(({ order }) => plan.cancelOf(order.orderNumber)))).toEqual(new Set([undefined, 'at_once', 'under_way']));
  });

  test('cuts the orders into waves without losing one, and leaves them whole where nobody fills up', () => {
    const waves = wavesOf(orders, plan.restock);
    expect(waves.length).toBeGreaterThan(5);
    expect(waves.flat()).toEqual(orders);
    expect(wavesOf(orders, undefined)).toEqual([orders]);
  });

  test('disturbs nothing in a file of the user, and nothing but the stock where that is to be seen raw', () => {
    for (const one of [planOf({ ownFile: true, rawStock: false }), planOf({ ownFile: false, rawStock: true })]) {
      expect([one.withoutProvider, one.lmsFaults, one.refunds, one.restock]).toEqual([[], {}, false, undefined]);
      expect(orders.filter(({ order }) => one.cardOf(order.orderNumber) !== undefined || one.cancelOf(order.orderNumber) !== undefined)).toEqual([]);
    }
    expect([planOf({ ownFile: true, rawStock: false }).opening, planOf({ ownFile: false, rawStock: true }).opening]).toEqual(['enough', 'catalogue']);
  });
});

describe('the comparison of the goods', () => {
  const sold = [{ lineId: '1', sku: 'A', quantity: 2 }];
  const outcome = [{ lineId: '1', sku: 'A', quantity: 2, provider: 'lms', status: 'fulfilled' }];
  const row: LedgerRow = { provider: 'lms', orderId: 'o', lineId: '1', quantity: 2, effects: 1, reversals: 0 };
  const order: AuditedOrder = { orderId: 'o', orderNumber: 7, status: 'completed', sold, outcome };
  const ended = (status: string): AuditedOrder['outcome'] => [{ ...outcome[0]!, status }];

  test('a line that all three agree on is sound', () => {
    expect(audit([order], [row])).toEqual({
      lines: 1, sound: 1, deliveredTwice: 0, linesPerProvider: { lms: 1 }, linesPerEnd: { fulfilled: 1 }, cancelled: { orders: 0, takenBack: 0, standing: 0 }, complaints: [],
    });
  });

  test.each<[string, AuditedOrder, LedgerRow[], string]>([
    ['failed', { ...order, outcome: ended('failed') }, [], 'failed'],
    ['taken back', { ...order, outcome: ended('revoked') }, [{ ...row, reversals: 1 }], 'revoked'],
    ['never requested, of a cancelled order', { ...order, status: 'cancelled', outcome: [] }, [], 'never requested'],
    ['called off, of a cancelled order', { ...order, status: 'cancelled', outcome: ended('cancelled') }, [{ ...row, reversals: 1 }], 'cancelled'],
  ])('a line that was %s and left nothing behind is sound', (_case, changed, ledger, end) => {
    expect(audit([changed], ledger)).toMatchObject({ sound: 1, linesPerEnd: { [end]: 1 }, complaints: [] });
  });

  test('entries of cancelled orders are counted: those that were taken back, and those that stand', () => {
    const cancelled = (orderId: string): AuditedOrder => ({ ...order, orderId, status: 'cancelled', outcome: ended('cancelled') });
    expect(audit([cancelled('o'), cancelled('p')], [{ ...row, reversals: 1 }, { ...row, orderId: 'p' }]).cancelled).toEqual({ orders: 2, takenBack: 1, standing: 1 });
  });

  test.each<[string, AuditedOrder, LedgerRow[], string]>([
    ['delivered twice', order, [{ ...row, effects: 2 }], 'delivered 2 times'],
    ['delivered by two providers', order, [row, { ...row, provider: 'instant' }], 'delivered 2 times'],
    ['not delivered', order, [], 'delivered 0 times'],
    ['fulfilled, and taken back', order, [{ ...row, reversals: 1 }], 'taken back 1 times'],
    ['delivered in another quantity', order, [{ ...row, quantity: 3 }], 'sold 2, delivered 3'],
    ['fulfilled in another quantity', { ...order, outcome: [{ ...outcome[0]!, quantity: 3 }] }, [row], 'sold 2 × A, fulfilled 3 × A'],
    ['fulfilled twice', { ...order, outcome: [...outcome, ...outcome] }, [row], '2 outcomes'],
    ['never fulfilled', { ...order, outcome: [] }, [row], '0 outcomes'],
    ['failed, and delivered all the same', { ...order, outcome: ended('failed') }, [row], 'failed, and 1 times on the books of lms'],
    ['revoked, and still there', { ...order, outcome: ended('revoked') }, [row], 'revoked, and 1 times on the books'],
    ['still under way', { ...order, outcome: ended('in_progress') }, [], 'in_progress at lms'],
    ['never sold', { ...order, sold: [] }, [row], 'sold 0 times'],
    ['fulfilled of a cancelled order', { ...order, status: 'cancelled' }, [row], 'though the order is cancelled'],
    ['delivered of a cancelled order that was never requested', { ...order, status: 'cancelled', outcome: [] }, [row], 'knows nothing of it'],
  ])('a line that was %s is a complaint', (_case, changed, ledger, complaint) => {
    const result = audit([changed], ledger);
    expect(result.sound).toBe(0);
    expect(result.complaints).toEqual([expect.stringContaining(complaint)]);
  });

  test('a delivery for an order that nobody placed is a complaint', () => {
    expect(audit([order], [row, { ...row, orderId: 'stranger' }]).complaints).toEqual([expect.stringContaining('stranger')]);
  });
});

describe('the balance of the money', () => {
  const order: DueOrder = { orderId: 'o', orderNumber: 7, currency: 'USD', freight: 500n, lines: [{ value: 1_000n, stands: true }, { value: 250n, stands: false }] };
  const row: MoneyRow = { orderId: 'o', currency: 'USD', charges: 1, charged: 1_750n, refunded: 250n };
  const fallen: DueOrder = { ...order, lines: order.lines.map((line) => ({ ...line, stands: false })) };

  test('what was kept is the value of the lines that stand and the freight', () => {
    const { complaints, balanced, perCurrency } = balanceMoney([order], [row]);
    expect([complaints, balanced, perCurrency.get('USD')]).toEqual([[], 1, { charged: 1_750n, refunded: 250n, goods: 1_000n, freight: 500n }]);
  });

  test('of an order of which no line stands nothing is kept, the freight neither; nothing charged is right, too', () => {
    expect(balanceMoney([fallen], [{ ...row, refunded: 1_750n }]).complaints).toEqual([]);
    expect(balanceMoney([fallen], []).complaints).toEqual([]);
  });

  test.each<[string, DueOrder, MoneyRow[], string]>([
    ['a cent too much was kept', order, [{ ...row, refunded: 249n }], '15.01 was kept, and 15.00 is due'],
    ['the freight of nothing was kept', fallen, [{ ...row, refunded: 1_250n }], '5.00 was kept, and 0.00 is due'],
    ['nothing was charged', order, [], 'nothing was charged, 15.00 is due'],
    ['it was charged twice', order, [{ ...row, charges: 2 }], 'charged 2 times'],
    ['it was charged something else', order, [{ ...row, charged: 1_700n, refunded: 200n }], 'charged 17.00, its total is 17.50'],
    ['it was charged in other money', order, [{ ...row, currency: 'EUR' }], 'charged in EUR, sold in USD'],
    ['somebody else was charged', order, [row, { ...row, orderId: 'stranger' }], 'stranger, which nobody placed'],
  ])('%s: a complaint', (_case, due, rows, complaint) => {
    expect(balanceMoney([due], rows).complaints).toEqual([expect.stringContaining(complaint)]);
  });

  test('a line is price times quantity less its discount, rounded once, half up', () => {
    expect(lineValue({ unitPrice: '14.5', quantity: 3 })).toBe(4_350n);
    expect(lineValue({ unitPrice: '0.10', quantity: 1, discount: '0.15' })).toBe(9n);
    expect(lineValue({ unitPrice: '0.10', quantity: 1, discount: '0.1501' })).toBe(8n);
    expect(lineValue({ unitPrice: '99.99', quantity: 1_000_000, discount: '1' })).toBe(0n);
    expect(['0', '14', '14.5', '1234567.89'].map((text) => showCents(cents(text)))).toEqual(['0.00', '14.00', '14.50', '1,234,567.89']);
    expect(showCents(-5n)).toBe('-0.05');
  });
});

describe('the balance of the stock', () => {
  const brought = { sku: 'A', opening: 10, restocked: 5 };
  const counted = { sku: 'A', onHand: 12, reserved: 0, shown: 12 };

  test('what was brought in is there or delivered', () => {
    expect(balanceStock([brought], [counted], new Map([['A', 3]]))).toEqual({ products: 1, balanced: 1, opening: 10, restocked: 5, onHand: 12, reserved: 0, delivered: 3, complaints: [] });
  });

  test.each<[string, typeof counted, number, string]>([
    ['a piece is missing', { ...counted, onHand: 11, shown: 11 }, 3, '10 at the start and 5 brought, but 11 there and 3 delivered'],
    ['a piece is set aside for nobody', { ...counted, reserved: 1 }, 3, '1 are still set aside'],
    ['the catalogue shows another figure', { ...counted, shown: 10 }, 3, 'the catalogue says 10'],
    ['what nobody brought is delivered', { ...counted, sku: 'B', onHand: 0, shown: 0 }, 15, 'but 0 there and 15 delivered'],
  ])('%s: a complaint', (_case, there, delivered, complaint) => {
    const result = balanceStock(there.sku === 'A' ? [brought] : [], [there], new Map([[there.sku, delivered]]));
    expect([result.balanced, result.complaints]).toEqual([0, [expect.stringContaining(complaint)]]);
  });
});

describe('the ways of compensation', () => {
  const facts = (told: string[], more: Partial<PathFacts> = {}): PathFacts => ({ orderNumber: 7, status: 'cancelled', told: new Set(told), money: undefined, lines: [], ...more });
  const returned = { charged: 1_000n, refunded: 1_000n };

  test.each<[PathName, PathFacts]>([
    ['no_stock', facts(['InventoryReservationFailed'])],
    ['card_refused', facts(['PaymentFailed', 'InventoryReleased'])],
    ['fulfillment_refused', facts(['FulfillmentRefused', 'InventoryReleased'], { money: returned })],
    ['fulfillment_failed', facts(['FulfillmentFailed', 'InventoryReleased'], { money: returned, lines: ['failed'] })],
    ['partial', facts(['FulfillmentCompleted', 'InventoryReleased', 'PaymentRefunded'], { status: 'completed', lines: ['fulfilled', 'failed'] })],
    ['cancelled', facts(['OrderCancelRequested', 'PaymentFailed', 'InventoryReleased'])],
    ['cancelled_too_late', facts(['OrderCancelRequested', 'OrderCancelRefused'], { status: 'completed', lines: ['fulfilled'] })],
    ['refunded', facts(['OrderRefundRequested', 'OrderRefunded'], { status: 'refunded', money: returned, lines: ['revoked'] })],
    ['partly_refunded', facts(['OrderRefundRequested'], { status: 'completed', money: { charged: 1_000n, refunded: 400n }, lines: ['fulfilled', 'revoked'] })],
  ])('%s is known by what was told of the order, counted alone, and complete', (name, order) => {
    const { taken, complaints } = judgePaths([order], { mustOccur: [name], leastCompleted: 0 });
    expect([Object.entries(taken).filter(([, count]) => count > 0), complaints]).toEqual([[[name, 1]], []]);
  });

  test.each<[string, PathFacts, string]>([
    ['charged without stock', facts(['InventoryReservationFailed'], { money: returned }), 'never charged'],
    ['requested without stock', facts(['InventoryReservationFailed'], { lines: ['failed'] }), 'never requested'],
    ['not released after a refused card', facts(['PaymentFailed']), 'stock released'],
    ['not refunded after a failure', facts(['FulfillmentFailed', 'InventoryReleased'], { money: { charged: 1_000n, refunded: 999n } }), 'all refunded'],
    ['not ended after a refusal', facts(['FulfillmentRefused', 'InventoryReleased'], { money: returned, status: 'cancel_pending' }), 'not true of it: cancelled'],
  ])('an order that was %s is a complaint', (_case, order, complaint) => {
    expect(judgePaths([order], { mustOccur: [], leastCompleted: 0 }).complaints).toEqual([expect.stringContaining(complaint)]);
  });

  test('a way that must occur and that nobody took is a complaint', () => {
    expect(judgePaths([], { mustOccur: ['no_stock'], leastCompleted: 0 }).complaints).toEqual(['no order took the way "no stock"']);
  });

  test('nor when too few orders are completed', () => {
    const order = (status: string) => ({ orderNumber: 1, status, told: new Set<string>(), money: undefined, lines: [] });
    const judged = (leastCompleted: number) => judgePaths([order('completed'), order('completed'), order('on_hold')], { mustOccur: [], leastCompleted }).complaints;
    expect([judged(0.6), judged(0.7)]).toEqual([[], ['2 of 3 orders are completed, fewer than 70 %']]);
  });
});

describe('the verdict', () => {
  const settled = {
    orderId: 'o', orderNumber: 7, status: 'completed', reason: null, lines: [], createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.250Z',
  };
  const books: Books = {
    orders: [settled], letters: { due: 1, sent: 1, failed: 0, inOutbox: 1 },
    audit: { lines: 1, sound: 1, deliveredTwice: 0, linesPerProvider: { lms: 1 }, linesPerEnd: { fulfilled: 1 }, cancelled: { orders: 0, takenBack: 0, standing: 0 }, complaints: [] },
    money: { orders: 1, balanced: 1, perCurrency: new Map([['USD', { charged: 123_450n, refunded: 450n, goods: 122_000n, freight: 1_000n }]]), complaints: [] },
    stock: { products: 1, balanced: 1, opening: 10, restocked: 5, onHand: 12, reserved: 0, delivered: 3, complaints: [] },
    paths: judgePaths([], { mustOccur: [], leastCompleted: 0 }),
  };
  const sound: Result = { malformed: 1, refused: [], books, plan: { restock: undefined }, deliveries: 1, cancelWishes: 0, restarts: 0, log: { events: { cc: 6, of: 4 }, ignored: ['fulfillment_settled'] } };
  const withBooks = (change: Partial<Books>): Result => ({ ...sound, books: { ...books, ...change } });

  test('is good when every order is settled and all accounts agree, and the summary has the figures', () => {
    expect(failures(sound)).toEqual([]);
    const text = summary(sound).join('\n');
    for (const part of ['1 accepted: completed 1', 'lms 1 (100 %)', 'p50 250 ms', '1: fulfillment_settled 1', 'malformed lines 1', 'charged 1,234.50 − refunded 4.50 = kept 1,230.00', 'due 1,230.00; difference 0.00', 'on hand 12 + delivered 3 = 15', '0 differences']) expect(text).toContain(part);
  });

  test('is good when the bus lost outcomes and as many were found, and the summary says so', () => {
    const lossy: Result = { ...sound, drops: { dropped: 41, healed: 43, foundAlone: 41, inQueue: 0 } };
    expect(failures(lossy)).toEqual([]);
    expect(summary(lossy).join('\n')).toContain('41 outcomes lost by the bus for good, 41 orders healed by comparing; 2 more were healed before');
    expect(failures({ ...sound, restarts: 2, drops: { dropped: 41, healed: 40, foundAlone: 40, inQueue: 0 } })).toEqual([]);
    expect(failures({ ...sound, restarts: 2, drops: { dropped: 41, healed: 45, foundAlone: 45, inQueue: 4 } })).toEqual([]);
  });

  test.each<[string, Result]>([
    ['an order is not settled', withBooks({ orders: [settled, { ...settled, status: 'fulfilling' }] })],
    ['an order was refused', { ...sound, refused: [{ line: 3, orderNumber: 8, why: '409 Another order has this number' }] }],
    ['no order was accepted', withBooks({ orders: [] })],
    ['an outcome was lost and not found', { ...sound, drops: { dropped: 3, healed: 2, foundAlone: 2, inQueue: 0 } }],
    ['an outcome was found that was never lost', { ...sound, restarts: 2, drops: { dropped: 1, healed: 2, foundAlone: 2, inQueue: 0 } }],
    ['a heal was not counted', { ...sound, drops: { dropped: 2, healed: 1, foundAlone: 2, inQueue: 0 } }],
    ['a line does not agree', withBooks({ audit: { ...books.audit, sound: 0, complaints: ['order 7, line 1: delivered 2 times'] } })],
    ['money does not agree', withBooks({ money: { ...books.money, balanced: 0, complaints: ['order 7: charged 2 times'] } })],
    ['stock does not agree', withBooks({ stock: { ...books.stock, balanced: 0, complaints: ['product A: 1 are still set aside'] } })],
    ['a way was not taken', withBooks({ paths: judgePaths([], { mustOccur: ['partial'], leastCompleted: 0 }) })],
    ['a letter is missing', withBooks({ letters: { due: 2, sent: 1, failed: 0, inOutbox: 1 } })],
    ['a letter was sent and lies nowhere', withBooks({ letters: { due: 1, sent: 1, failed: 0, inOutbox: 0 } })],
  ])('is bad when %s', (_case, result) => {
    expect(failures(result)).toHaveLength(1);
    expect(summary(result).join('\n')).toContain(failures(result)[0]);
  });
});

describe('the stories', () => {
  const line = (provider: string, status: string) => ({ lineId: '1', sku: 'A', quantity: 1, outcome: { provider, status } });
  const order = (orderNumber: number, status: string, lines: ReturnType<typeof line>[], code?: string): SettledOrder =>
    ({ orderId: `o${orderNumber}`, orderNumber, status, reason: code === undefined ? null : { code }, lines, createdAt: '', updatedAt: '' });

  test('are those of an order of all providers, and of one of which the most was undone', () => {
    const orders = [
      order(1, 'completed', [line('lms', 'fulfilled')]), order(2, 'completed', [line('lms', 'fulfilled'), line('instant', 'fulfilled')]), order(3, 'completed', [line('lms', 'failed'), line('instant', 'fulfilled'), line('warehouse', 'fulfilled')]),
      order(4, 'cancelled', [], 'no_stock'), order(5, 'cancelled', [], 'card_declined'), order(6, 'cancelled', [line('lms', 'failed')], 'learner_unknown'),
    ];
    expect([completedExample(orders)?.orderNumber, compensatedExample(orders)?.orderNumber]).toEqual([2, 6]);
    expect([compensatedExample(orders.slice(0, 5))?.orderNumber, compensatedExample(orders.slice(0, 4))?.orderNumber, compensatedExample(orders.slice(0, 3))]).toEqual([5, 4, undefined]);
    expect(tell(orders[5]!, [])[0]).toBe('Order 6, 1 line, cancelled (learner_unknown):');
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
  const told = { ...event('A', null, 0), data: { amount: '1.00', currency: 'USD', reason: { code: 'card_declined', message: 'The card was declined.' } } };
  expect(timelineTree([told])).toEqual(['TypeA       0 ms  cc  1.00 USD card_declined']);
});

test('a percentile is the value of its rank', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99), percentile([], 0.5)]).toEqual([50, 99, 7, undefined]);
});

test('a tally names the most frequent first', () => {
  expect(tally(['a', 'b', 'b'])).toBe('b 2, a 1');
});
