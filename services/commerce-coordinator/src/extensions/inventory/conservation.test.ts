/**
 * Orders, payments, outcomes, revocations, refunds, adjustments and repeated events, interleaved at random over a few products:
 * after every single step the stock is conserved, and nothing was ever oversold.
 */
import { expect, test } from '@jest/globals';
import type { NewEvent } from '@commerce/event-log/event';
import fc from 'fast-check';
import { adjust, adjustmentSubject } from './adjust.ts';
import type { Adjustment } from './adjust.ts';
import { InventoryRefused } from './problems.ts';
import { putBack, release } from './release.ts';
import type { ReleaseInitiated } from './release.ts';
import type { Decision, InventoryRow, Reservation } from './reservation.ts';
import { reserve } from './reserve.ts';
import type { UnknownSku } from './reserve.ts';
import { settle, takeBack } from './settle.ts';
import { stockSubject } from './stock.ts';
import type { Stock } from './stock.ts';

const SKUS = ['tea', 'cake', 'jam'];
const ORDERS = 5;
const reason = { code: 'any_reason' };

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** What the engine does with the decisions: keeps rows and log, tries again what waits for its order to change. */
class World {
  readonly rows = new Map<string, InventoryRow>();
  readonly told: NewEvent[] = [];
  readonly unknownSku: UnknownSku;
  readonly ordered: readonly (readonly Line[])[];
  /** Everything that was heard, to be heard again. */
  readonly heard: (() => void)[] = [];
  #waiting: { readonly subject: string; readonly decide: () => Decision }[] = [];

  constructor(unknownSku: UnknownSku, ordered: readonly (readonly Line[])[]) {
    this.unknownSku = unknownSku;
    this.ordered = ordered;
    ordered.forEach((_, index) => this.rows.set(`order-${index}`, { kind: 'reservation', orderId: `order-${index}`, status: 'unasked', version: 0, lines: [], orderEnds: false }));
  }

  readonly stockOf = (sku: string): Stock | undefined => this.rows.get(stockSubject(sku)) as Stock | undefined;
  order = (index: number): Reservation => this.rows.get(`order-${index}`) as Reservation;
  lines = (index: number) => (this.ordered[index] ?? []).map((line, at) => ({ ...line, lineId: String(at) }));

  hear(index: number, decide: () => Decision): void {
    const hearing = (): void => this.#take(`order-${index}`, decide);
    this.heard.push(hearing);
    hearing();
  }

  adjust(key: string, adjustments: readonly { sku: string; delta: number }[]): void {
    const subject = adjustmentSubject(key);
    const form = { reason, adjustments: [...adjustments] };
    const adjusting = (): void => {
      try {
        this.#take(subject, () => adjust(this.rows.get(subject) as Adjustment | undefined, key, form, this.stockOf));
      } catch (error) {
        if (!(error instanceof InventoryRefused)) throw error;
      }
    };
    this.heard.push(adjusting);
    adjusting();
  }

  /** The oldest lines on their way back into the stock arrive there, or some that have arrived before. */
  putBack(choice: number): void {
    const initiated = this.told.filter(({ type }) => type === 'InventoryReleaseInitiated').map(({ data }) => data as ReleaseInitiated);
    const one = initiated[choice % Math.max(1, initiated.length)];
    if (one !== undefined) this.#take(one.orderId, () => putBack(this.rows.get(one.orderId) as Reservation, one, this.stockOf));
  }

  #take(subject: string, decide: () => Decision): void {
    const decision = decide();
    if (decision.kind === 'notYet') this.#waiting.push({ subject, decide });
    if (decision.kind !== 'apply') return;
    this.rows.set(subject, decision.state);
    for (const [other, row] of decision.others ?? []) this.rows.set(other, row);
    this.told.push(...decision.events);
    const again = this.#waiting.filter((waiting) => waiting.subject === subject);
    this.#waiting = this.#waiting.filter((waiting) => waiting.subject !== subject);
    for (const waiting of again) this.#take(subject, waiting.decide);
  }
}

/** Says what is not conserved. Plain comparisons: it runs after every step. */
function faultsIn(world: World): string[] {
  const lines = world.ordered.flatMap((_, index) => world.order(index).lines).filter(({ isCounted }) => isCounted);
  const told = world.told.map(({ type, data }) => ({ type, data: data as { sku?: string; delta?: number; orderId?: string; lines?: { sku: string; quantity: number; isCounted?: false }[] } }));
  const toldOf = (sku: string, type: string): number => quantityOf(told.filter((event) => event.type === type).flatMap(({ data }) => data.lines ?? []).filter((line) => line.sku === sku && line.isCounted !== false));
  const faults = SKUS.flatMap((sku) => {
    const { onHand, reserved } = world.stockOf(sku) ?? { onHand: 0, reserved: 0 };
    const inStatus = (...statuses: string[]): number => quantityOf(lines.filter((line) => line.sku === sku && statuses.includes(line.status)));
    const adjusted = told.filter(({ data }) => data.sku === sku).reduce((total, { data }) => total + (data.delta ?? 0), 0);
    return [
      onHand !== adjusted - inStatus('delivered', 'shipped', 'returned') && `${sku}: on hand ${onHand}`,
      reserved !== inStatus('held', 'releasing') && `${sku}: reserved ${reserved}`,
      (reserved < 0 || reserved > onHand) && `${sku}: oversold, ${reserved} of ${onHand}`,
      // Who adds up what was told knows what can be sold.
      adjusted - toldOf(sku, 'InventoryReserved') + toldOf(sku, 'InventoryReleased') !== onHand - reserved && `${sku}: told otherwise than ${onHand - reserved}`,
    ].filter((fault) => fault !== false);
  });
  const answered = told.filter(({ type }) => type === 'InventoryReserved' || type === 'InventoryReservationFailed').map(({ data }) => data.orderId);
  return new Set(answered).size === answered.length ? faults : [...faults, 'an order was answered twice'];
}

function quantityOf(lines: readonly { readonly quantity: number }[]): number {
  return lines.reduce((total, { quantity }) => total + quantity, 0);
}

const orderIndex = fc.nat(ORDERS - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), order: orderIndex }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), order: orderIndex }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), order: orderIndex, type: fc.constantFrom('PaymentFailed', 'OrderUnfulfilled') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refund' as const), order: orderIndex, lineIds: fc.option(fc.subarray(['0', '1', '2', '3'])) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('complete' as const), order: orderIndex, fates: fc.array(fc.constantFrom('digital', 'parcel', 'failed'), { minLength: 4, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revoke' as const), order: orderIndex, revoked: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('putBack' as const), choice: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('adjust' as const), adjustments: fc.array(fc.record({ sku: fc.constantFrom(...SKUS), delta: fc.integer({ min: -8, max: 15 }) }), { minLength: 1, maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), choice: fc.nat(200) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function take(world: World, one: Step, at: number): void {
  if (one.kind === 'adjust') return world.adjust(String(at), one.adjustments);
  if (one.kind === 'putBack') return world.putBack(one.choice);
  if (one.kind === 'again') return world.heard[one.choice % Math.max(1, world.heard.length)]?.();
  const { order: index } = one;
  const orderId = `order-${index}`;
  const lines = world.lines(index);
  if (one.kind === 'cancel') return void world.rows.set(orderId, { ...world.order(index), orderEnds: true });
  if (one.kind === 'create') return world.hear(index, () => reserve(world.order(index), { lines: lines as never }, world.stockOf, world.unknownSku));
  if (one.kind === 'end') return world.hear(index, () => release(world.order(index), { type: one.type, data: { orderId, reason } } as never));
  if (one.kind === 'refund') return world.hear(index, () => release(world.order(index), { type: 'PaymentRefunded', data: { orderId, reason, ...(one.lineIds !== null && { lineIds: one.lineIds }) } } as never));
  if (one.kind === 'complete') {
    const outcomes = lines.map((line, nth) => ({
      ...line, provider: 'p', status: one.fates[nth] === 'failed' ? ('failed' as const) : ('fulfilled' as const), ...(one.fates[nth] === 'parcel' && { tracking: { carrier: 'Post', trackingNumber: '1' } }),
    }));
    return world.hear(index, () => settle(world.order(index), { lines: outcomes }, world.stockOf));
  }
  const ends = lines.map((line, nth) => ({ ...line, provider: 'p', status: one.revoked[nth] === true ? ('revoked' as const) : ('fulfilled' as const) }));
  return world.hear(index, () => takeBack(world.order(index), { reason, lines: ends }, world.stockOf));
}

const order = fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 4 });

test('stock is conserved after every step of any interleaving', () => {
  const seen = new Set<string>();
  fc.assert(fc.property(
    fc.constantFrom<UnknownSku>('refuse', 'unlimited'), fc.array(order, { minLength: ORDERS, maxLength: ORDERS }), fc.array(step, { minLength: 10, maxLength: 60 }),
    (unknownSku, ordered, steps) => {
      const world = new World(unknownSku, ordered);
      steps.forEach((one, at) => {
        take(world, one, at);
        const faults = faultsIn(world);
        if (faults.length > 0) throw new Error(`after ${JSON.stringify(one)}: ${faults.join('; ')}`);
      });
      for (const { type } of world.told) seen.add(type);
      for (const index of ordered.keys()) for (const { status } of world.order(index).lines) seen.add(status);
    },
  ), { numRuns: 250 });
  // The runs go everywhere.
  expect([...seen].sort()).toEqual([
    'InventoryAdjusted', 'InventoryReleaseInitiated', 'InventoryReleased', 'InventoryReservationFailed', 'InventoryReserved',
    'delivered', 'held', 'released', 'releasing', 'returned', 'shipped',
  ]);
});
