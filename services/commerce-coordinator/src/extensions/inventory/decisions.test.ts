import { describe, expect, test } from '@jest/globals';
import { adjust } from './adjust.ts';
import type { AdjustmentsForm } from './adjust.ts';
import { putBack, release } from './release.ts';
import type { ReleaseInitiated } from './release.ts';
import type { Decision, InventoryRow, Reservation } from './reservation.ts';
import { reserve } from './reserve.ts';
import { OutcomesDoNotFit, settle, takeBack } from './settle.ts';
import { moved } from './stock.ts';
import type { Stock } from './stock.ts';

const ORDER_ID = 'order-1';
const UNASKED: Reservation = { kind: 'reservation', orderId: ORDER_ID, status: 'unasked', version: 0, lines: [], orderEnds: false };
const stock = (sku: string, onHand: number, reserved = 0): Stock => ({ kind: 'stock', sku, onHand, reserved, version: 1 });
const line = (lineId: string, sku: string, quantity: number) => ({ lineId, sku, quantity, unitPrice: '1.00', discount: '0', total: '1.00' });

/** Rows by subject, and what was told. */
class Shelf {
  readonly rows = new Map<string, InventoryRow>([[ORDER_ID, UNASKED]]);
  readonly told: { type: string; data: any; sequence: number | undefined }[] = [];

  constructor(stocks: readonly Stock[], order: Partial<Reservation> = {}) {
    this.rows.set(ORDER_ID, { ...UNASKED, ...order });
    for (const one of stocks) this.rows.set(`sku:${one.sku}`, one);
  }

  readonly stockOf = (sku: string): Stock | undefined => this.rows.get(`sku:${sku}`) as Stock | undefined;

  get order(): Reservation {
    return this.rows.get(ORDER_ID) as Reservation;
  }

  take(decision: Decision): string {
    if (decision.kind !== 'apply') return decision.kind === 'stale' ? decision.rule : decision.kind;
    this.rows.set(ORDER_ID, decision.state);
    for (const [subject, row] of decision.others ?? []) this.rows.set(subject, row);
    this.told.push(...decision.events.map(({ type, data, sequence }) => ({ type, data, sequence })));
    return 'apply';
  }

  reserve(lines: readonly ReturnType<typeof line>[], unknownSku: 'refuse' | 'unlimited' = 'refuse'): string {
    return this.take(reserve(this.order, { lines: [...lines] }, this.stockOf, unknownSku));
  }

  end(type: string, data: object): string {
    return this.take(release(this.order, { type, data: { orderId: ORDER_ID, reason: { code: 'some_reason' }, ...data } } as never));
  }

  putBack(): string {
    const initiated = this.told.findLast(({ type }) => type === 'InventoryReleaseInitiated');
    return this.take(putBack(this.order, initiated?.data as ReleaseInitiated, this.stockOf));
  }

  complete(outcomes: readonly [ReturnType<typeof line>, string][]): string {
    return this.take(settle(this.order, { lines: outcomes.map((one) => outcome(one)) } as never, this.stockOf));
  }

  revoke(outcomes: readonly [ReturnType<typeof line>, string][]): string {
    return this.take(takeBack(this.order, { reason: { code: 'refunded' }, lines: outcomes.map((one) => outcome(one)) } as never, this.stockOf));
  }
}

const outcome = ([{ lineId, sku, quantity }, status]: [ReturnType<typeof line>, string]) => ({
  lineId, sku, quantity, provider: 'p', status: status === 'shipped' ? 'fulfilled' : status, ...(status === 'shipped' && { tracking: { carrier: 'Post', trackingNumber: '1' } }),
});
const figures = (shelf: Shelf, sku: string) => [shelf.stockOf(sku)?.onHand, shelf.stockOf(sku)?.reserved];

const tea = line('1', 'tea', 3);
const cake = line('2', 'cake', 2);
const moreTea = line('3', 'tea', 4);

describe('An order', () => {
  test('gets all its lines, those of one product summed', () => {
    const shelf = new Shelf([stock('tea', 10, 3), stock('cake', 2)]);
    expect(shelf.reserve([tea, cake, moreTea])).toBe('apply');
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[10, 10], [2, 2]]);
    expect(shelf.told).toEqual([{ type: 'InventoryReserved', sequence: 1, data: { orderId: ORDER_ID, lines: [{ sku: 'tea', quantity: 7 }, { sku: 'cake', quantity: 2 }] } }]);
  });

  test('gets none of its lines when one of them is short, and is told every shortage', () => {
    const shelf = new Shelf([stock('tea', 10, 4), stock('cake', 2)]);
    expect(shelf.reserve([tea, cake, moreTea, line('4', 'jam', 1)])).toBe('apply');
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[10, 4], [2, 0]]);
    expect(shelf.told).toEqual([{
      type: 'InventoryReservationFailed', sequence: 1, data: { orderId: ORDER_ID, shortages: [{ sku: 'tea', wanted: 7, available: 6 }, { sku: 'jam', wanted: 1, available: 0 }] },
    }]);
    expect([shelf.reserve([cake]), shelf.end('PaymentFailed', {})]).toEqual(['already_refused', 'nothing_held']);
  });

  test('of a product that nobody counts is not limited, where that is wished, and moves no stock even when it is counted meanwhile', () => {
    const shelf = new Shelf([stock('cake', 2)]);
    expect(shelf.reserve([tea, cake], 'unlimited')).toBe('apply');
    expect(shelf.told[0]?.data.lines).toEqual([{ sku: 'tea', quantity: 3, isCounted: false }, { sku: 'cake', quantity: 2 }]);
    shelf.rows.set('sku:tea', stock('tea', 5));
    expect(shelf.complete([[tea, 'fulfilled'], [cake, 'fulfilled']])).toBe('apply');
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[5, 0], [0, 0]]);
    expect([shelf.revoke([[tea, 'revoked']]), figures(shelf, 'tea')]).toEqual(['apply', [5, 0]]);
  });

  test('that was cancelled before takes nothing, and whoever waits is told that nothing is held', () => {
    const shelf = new Shelf([stock('tea', 10)], { orderEnds: true });
    expect(shelf.reserve([tea])).toBe('apply');
    expect([figures(shelf, 'tea'), shelf.order.status]).toEqual([[10, 0], 'withheld']);
    expect(shelf.told).toEqual([{ type: 'InventoryReleased', sequence: 1, data: { orderId: ORDER_ID, lines: [], reason: { code: 'order_cancelled' } } }]);
  });

  test('is answered once', () => {
    const shelf = new Shelf([stock('tea', 10)]);
    shelf.reserve([tea]);
    expect([shelf.reserve([tea]), figures(shelf, 'tea'), shelf.told.length]).toEqual(['already_reserved', [10, 3], 1]);
    expect(reserve(undefined, { lines: [tea] }, shelf.stockOf, 'refuse')).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });
});

describe('What is set aside', () => {
  test.each(['PaymentFailed', 'OrderUnfulfilled'])('is free again after %s, once', (type) => {
    const shelf = new Shelf([stock('tea', 10), stock('cake', 2)]);
    shelf.reserve([tea, cake]);
    expect([shelf.end(type, {}), figures(shelf, 'tea')]).toEqual(['apply', [10, 3]]);
    expect([shelf.putBack(), figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual(['apply', [10, 0], [2, 0]]);
    expect(shelf.told.at(-1)).toEqual({ type: 'InventoryReleased', sequence: 3, data: { orderId: ORDER_ID, lines: [{ sku: 'tea', quantity: 3 }, { sku: 'cake', quantity: 2 }], reason: { code: 'some_reason' } } });
    expect([shelf.end(type, {}), shelf.putBack(), shelf.complete([[tea, 'fulfilled'], [cake, 'fulfilled']]), figures(shelf, 'tea')]).toEqual(['nothing_held', 'already_released', 'nothing_held', [10, 0]]);
  });

  test('stays when money was given back by hand', () => {
    const shelf = new Shelf([stock('tea', 10)]);
    shelf.reserve([tea]);
    expect([shelf.end('PaymentRefunded', {}), figures(shelf, 'tea')]).toEqual(['no_lines_named', [10, 3]]);
  });

  test('is free again for the lines of which the money was given back', () => {
    const shelf = new Shelf([stock('tea', 10), stock('cake', 2)]);
    shelf.reserve([tea, cake]);
    expect([shelf.end('PaymentRefunded', { lineIds: ['2'] }), shelf.putBack()]).toEqual(['apply', 'apply']);
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[10, 3], [2, 0]]);
    // Money follows what has told of the same lines before: once more is nothing to be noted.
    expect([shelf.end('PaymentRefunded', { lineIds: ['2'] }), figures(shelf, 'cake')]).toEqual(['apply', [2, 0]]);
  });

  test('leaves the stock as far as it was delivered, and is free again where it was not', () => {
    const shelf = new Shelf([stock('tea', 10), stock('cake', 2)]);
    shelf.reserve([tea, cake, moreTea]);
    expect(shelf.complete([[tea, 'fulfilled'], [cake, 'shipped'], [moreTea, 'failed']])).toBe('apply');
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[7, 0], [0, 0]]);
    expect(shelf.told.slice(1)).toEqual([{ type: 'InventoryReleased', sequence: 2, data: { orderId: ORDER_ID, lines: [{ sku: 'tea', quantity: 4 }], reason: { code: 'not_fulfilled' } } }]);
    expect([shelf.complete([[tea, 'fulfilled'], [cake, 'shipped'], [moreTea, 'failed']]), figures(shelf, 'tea')]).toEqual(['nothing_held', [7, 0]]);
  });

  test('is not settled by a completion that does not answer for every line', () => {
    const shelf = new Shelf([stock('tea', 10), stock('cake', 2)]);
    shelf.reserve([tea, cake]);
    expect(() => shelf.complete([[tea, 'fulfilled']])).toThrow(OutcomesDoNotFit);
    expect(() => shelf.complete([[tea, 'fulfilled'], [{ ...cake, quantity: 1 }, 'fulfilled']])).toThrow(OutcomesDoNotFit);
    expect(() => shelf.complete([[tea, 'fulfilled'], [{ ...cake, sku: 'jam' }, 'fulfilled']])).toThrow(OutcomesDoNotFit);
  });
});

describe('What is taken back', () => {
  test('returns to the stock when no parcel left with it, once, and is told as an adjustment', () => {
    const shelf = new Shelf([stock('tea', 10), stock('cake', 2)]);
    shelf.reserve([tea, cake]);
    shelf.complete([[tea, 'fulfilled'], [cake, 'shipped']]);
    expect(shelf.revoke([[tea, 'revoked'], [cake, 'revoked']])).toBe('apply');
    expect([figures(shelf, 'tea'), figures(shelf, 'cake')]).toEqual([[10, 0], [0, 0]]);
    expect(shelf.told.at(-1)).toEqual({ type: 'InventoryAdjusted', sequence: shelf.stockOf('tea')?.version, data: { sku: 'tea', delta: 3, onHand: 10, available: 10, reason: { code: 'refunded' } } });
    expect([shelf.revoke([[tea, 'revoked'], [cake, 'revoked']]), figures(shelf, 'tea')]).toEqual(['nothing_returns', [10, 0]]);
  });

  test('as a parcel is counted when it is back: until then nothing is moved, and nothing is to be noted', () => {
    const shelf = new Shelf([stock('cake', 2)]);
    shelf.reserve([cake]);
    shelf.complete([[cake, 'shipped']]);
    expect([shelf.revoke([[cake, 'revoked']]), figures(shelf, 'cake')]).toEqual(['apply', [0, 0]]);
  });

  test('and kept by whoever has it moves nothing, and nothing is to be noted', () => {
    const shelf = new Shelf([stock('tea', 10)]);
    shelf.reserve([tea]);
    shelf.complete([[tea, 'fulfilled']]);
    expect([shelf.revoke([[tea, 'fulfilled']]), figures(shelf, 'tea')]).toEqual(['apply', [7, 0]]);
  });

  test('waits until it is known that it was delivered', () => {
    const shelf = new Shelf([stock('tea', 10)]);
    shelf.reserve([tea]);
    expect(shelf.revoke([[tea, 'revoked']])).toBe('notYet');
    shelf.complete([[tea, 'failed']]);
    expect([shelf.revoke([[tea, 'revoked']]), figures(shelf, 'tea')]).toEqual(['nothing_returns', [10, 0]]);
  });
});

describe('An adjustment', () => {
  const form = (...adjustments: { sku: string; delta: number }[]): AdjustmentsForm => ({ reason: { code: 'restock' }, adjustments });
  const stockOf = (sku: string): Stock | undefined => (sku === 'tea' ? stock('tea', 10, 4) : undefined);

  test('makes all its lines one after another, each told under the version of its stock', () => {
    const decision = adjust(undefined, 'k', form({ sku: 'tea', delta: -6 }, { sku: 'jam', delta: 2 }, { sku: 'tea', delta: 1 }), stockOf);
    if (decision.kind !== 'apply') throw new Error(decision.kind);
    expect(decision.events.map(({ data, sequence }) => [data, sequence])).toEqual([
      [{ sku: 'tea', delta: -6, onHand: 4, available: 0, reason: { code: 'restock' } }, 2],
      [{ sku: 'jam', delta: 2, onHand: 2, available: 2, reason: { code: 'restock' } }, 1],
      [{ sku: 'tea', delta: 1, onHand: 5, available: 1, reason: { code: 'restock' } }, 3],
    ]);
    expect([...(decision.others ?? [])]).toEqual([['sku:tea', { ...stock('tea', 5, 4), version: 3 }], ['sku:jam', stock('jam', 2)]]);
    if (decision.state.kind !== 'adjustment') throw new Error(decision.state.kind);
    const again = adjust(decision.state, 'k', form({ sku: 'tea', delta: -6 }, { sku: 'jam', delta: 2 }, { sku: 'tea', delta: 1 }), stockOf);
    expect(again).toMatchObject({ kind: 'apply', state: decision.state, events: [] });
    expect(() => adjust(decision.state as never, 'k', form({ sku: 'tea', delta: 5 }), stockOf)).toThrow(expect.objectContaining({ code: 'idempotency_key_reused' }));
  });

  test('takes away nothing that is set aside, and names every line that cannot be made', () => {
    expect(() => adjust(undefined, 'k', form({ sku: 'tea', delta: 1 }, { sku: 'tea', delta: -8 }, { sku: 'jam', delta: -1 }, { sku: 'pie', delta: 1_000_000_001 }), stockOf)).toThrow(expect.objectContaining({
      code: 'stock_out_of_range', faults: [
        { index: 1, message: 'tea has 11, of which 4 are set aside: at most 7 can be taken away.' }, { index: 2, message: 'jam has 0, of which 0 are set aside: at most 0 can be taken away.' },
        { index: 3, message: 'pie has 0: it may have 1000000000 at most.' },
      ],
    }));
    expect(() => moved(stock('tea', 10, 4), { onHand: -7, reserved: 0 })).toThrow(RangeError);
    expect(() => moved(stock('tea', 10, 4), { onHand: 0, reserved: -5 })).toThrow(RangeError);
  });
});
