/**
 * The machines of orders, inventory, payments, fulfillment and shipping together, connected by the real map, without database and
 * clock: each reads the log at its own pace, calls outside are lost or answered late, a customer acts at any moment.
 *
 * Whatever the world chooses, the order ends once, and stock, money and deliveries balance.
 */
import { describe, expect, test } from '@jest/globals';
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import type { Extension, Outcome } from '@commerce/event-log/extension';
import { Refused } from '@commerce/event-log/extension';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import { inputDecision } from '@commerce/signals/sending';
import fc from 'fast-check';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { send as sendFulfillment } from './extensions/fulfillment/events.ts';
import { fulfillment } from './extensions/fulfillment/extension.ts';
import type { Fulfillment } from './extensions/fulfillment/outcome.ts';
import { outcomeOf, revocationOf } from './extensions/fulfillment/outcome.ts';
import { applyFound } from './extensions/fulfillment/request.ts';
import type { FulfillmentRequest } from './extensions/fulfillment/request.ts';
import { orders } from './extensions/orders/extension.ts';
import { ActRefused, cancel, refund } from './extensions/orders/order-acts.ts';
import { CLOSED_STATUSES, ORDER_STATES } from '@commerce/events/order-states';
import type { Order } from './extensions/orders/order.ts';
import { send as sendOrder } from './extensions/orders/signals.ts';
import { CLIENT_ID, event, foreign, FULFILLMENT_ID, LINES, ORDER_ID } from './test-events.ts';

const anything: any = new Proxy(() => anything, { get: (_target, name) => (name === 'then' ? undefined : anything) });
const resources = new Proxy({ clientId: CLIENT_ID, inventory: { unknownSku: 'refuse', clientId: CLIENT_ID }, payments: { clientId: CLIENT_ID, askAfterMs: 1_000 } }, { get: (target: any, name) => target[name] ?? anything });
const OPENED = new Map((await openExtensions(EXTENSIONS, MAP, resources)).map(({ extension }) => [extension.name, extension]));
const HEARERS = handlersByType(MAP);

const REASON = { code: 'customer_changed_mind' };
const TOTALS = [168n, 14n] as const;
const FREIGHT = 5n;
const TOTAL = TOTALS[0] + TOTALS[1] + FREIGHT;
const START = { 'NW-11': 12, 'NW-42': 1 } as const;
const ORDER_LINES = LINES.map((line, index) => ({ ...line, unitPrice: '14.00', discount: '0', total: `${TOTALS[index]}.00` }));
const PARTS = ['orders', 'inventory', 'payments', 'fulfillment', 'shipping'] as const;
type PartName = (typeof PARTS)[number];
type Decide = (state: any, context: any) => Outcome<any>;

interface Job {
  readonly part: PartName;
  readonly name: string;
  readonly heard: StoredEvent;
  sent: boolean;
}

interface Waiting {
  readonly decide: Decide;
  readonly also: readonly string[];
}

/** What the world does to one order. */
interface Fate {
  readonly inStock: boolean;
  readonly cardHolds: boolean;
  readonly outcome: 'completed' | 'partial' | 'failed' | 'refused';
  /** What the customer asks, each as soon as the log has so many events. */
  readonly acts: readonly { readonly what: 'cancel' | 'refund' | 'refund_part'; readonly after: number }[];
  /** Picks among what may happen next, step by step. */
  readonly choices: readonly number[];
}

class World {
  readonly log: StoredEvent[] = [];
  readonly read: Record<PartName, number> = { orders: 0, inventory: 0, payments: 0, fulfillment: 0, shipping: 0 };
  readonly waiting: Record<PartName, Waiting[]> = { orders: [], inventory: [], payments: [], fulfillment: [], shipping: [] };
  readonly jobs: Job[] = [];
  readonly history: string[] = ['created'];
  order: Order = {
    orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', currency: 'USD', total: `${TOTAL}.00`, lines: ORDER_LINES, status: 'created', heldFrom: null, version: 1,
    stock: 'unknown', money: 'unknown', delivery: 'unknown', fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 0, updatedAt: '2026-01-05T09:30:00.000Z', statusSince: null,
  };
  request: FulfillmentRequest = { orderId: ORDER_ID, fulfillmentId: null, status: 'unasked', version: 0, toldVersion: 0, isHeld: false };
  readonly rows = new Map<string, any>();
  /** The other sides. */
  readonly provider = { charged: 0n, refunds: new Map<string, bigint>() };
  found: Fulfillment | undefined;
  isTombstoned = false;
  readonly bus: StoredEvent[] = [];
  acts = 0;

  readonly fate: Fate;
  constructor(fate: Fate) {
    this.fate = fate;
    for (const [sku, count] of Object.entries(START)) this.rows.set(`inventory sku:${sku}`, { kind: 'stock', sku, onHand: fate.inStock ? count : 0, reserved: 0, version: 1 });
    this.append([{ type: 'OrderCreated', sequence: 1, data: { orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', currency: 'USD', lines: ORDER_LINES, freight: `${FREIGHT}.00`, total: `${TOTAL}.00` } }]);
  }

  get isEnding(): boolean {
    return this.order.status === 'cancel_pending' || this.order.status === 'cancelled';
  }

  /** A state as its store would load it. */
  load(part: PartName, subject: string): any {
    const kept = this.rows.get(`${part} ${subject}`);
    if (part === 'orders') return this.order;
    if (part === 'fulfillment') return this.request;
    if (part === 'shipping') return { orderId: ORDER_ID, fulfillmentId: this.request.fulfillmentId, shipment: kept?.shipment ?? null };
    if (part === 'inventory') return subject.startsWith('sku:') ? kept : { kind: 'reservation', orderId: ORDER_ID, status: 'unasked', version: 0, lines: [], ...kept, orderEnds: this.isEnding };
    return {
      orderId: ORDER_ID, currency: 'USD', amount: TOTAL * 100n, freight: FREIGHT * 100n, lines: LINES.map(({ lineId }, index) => ({ lineId, total: (TOTALS[index] ?? 0n) * 100n })),
      status: 'unasked', version: 0, provider: null, reference: null, stray: null, checks: 0, refunds: [], duplicates: [], goneLines: [], reason: null, lastTold: null, disputes: [], kept: [], ...kept, orderEnds: this.isEnding,
    };
  }

  save(part: PartName, subject: string, state: any): void {
    if (part === 'orders') {
      if (state.status !== this.order.status) this.history.push(state.status);
      this.order = state;
    } else if (part === 'fulfillment') this.request = state;
    else this.rows.set(`${part} ${subject}`, state);
  }

  append(events: readonly NewEvent[]): void {
    for (const { type, data, sequence = 1 } of events) this.log.push(event(type, data, { sequence }));
  }

  /** Decides as the log does: what waited is tried again after each change. */
  decide(part: PartName, decide: Decide, also: readonly string[] = []): Outcome<any> {
    const outcome = this.#once(part, decide, also);
    if (outcome.kind === 'apply') {
      for (let changed = true; changed; ) {
        changed = false;
        for (const one of this.waiting[part].splice(0)) {
          const again = this.#once(part, one.decide, one.also);
          if (again.kind === 'notYet') this.waiting[part].push(one);
          changed ||= again.kind === 'apply';
        }
      }
    }
    return outcome;
  }

  #once(part: PartName, decide: Decide, also: readonly string[]): Outcome<any> {
    const other = (subject: string): unknown => {
      if (!also.includes(subject)) throw new Error(`${subject} was not named.`);
      return this.load(part, subject);
    };
    const before = this.load(part, ORDER_ID);
    const outcome = decide(before, { nowMs: 0, trigger: { correlationId: ORDER_ID, causationId: null, metadata: {} }, other });
    if (outcome.kind !== 'apply') return outcome;
    if (outcome.state !== before) this.save(part, ORDER_ID, outcome.state);
    for (const [subject, state] of outcome.others ?? []) this.save(part, subject, state);
    this.append(outcome.events);
    return outcome;
  }

  /** The next event for one extension. */
  readNext(part: PartName): void {
    const heard = this.log[this.read[part]] as StoredEvent;
    this.read[part] += 1;
    const extension = OPENED.get(part) as Extension<any>;
    for (const name of HEARERS[heard.type] ?? []) {
      const handler = extension.handlers[name];
      if (name in extension.effects) this.jobs.push({ part, name, heard, sent: false });
      if (handler === undefined) continue;
      const also = handler.also?.(heard) ?? [];
      const one: Decide = (state, context) => handler.decide(state, heard, context);
      if (this.decide(part, one, also).kind === 'notYet') this.waiting[part].push({ decide: one, also });
    }
  }

  /** One attempt of a job: what is asked outside, and the answer, unless it is lost on its way. */
  attempt(job: Job, isLost: boolean): void {
    const effect = (OPENED.get(job.part) as Extension<any>).effects[job.name] as any;
    let answer: { readonly result: unknown } | { readonly refusal: Refused } | undefined;
    try {
      answer = { result: this.outside(job) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer = { refusal: error };
    }
    job.sent = true;
    if (isLost || ('result' in answer && answer.result === 'later')) return;
    this.jobs.splice(this.jobs.indexOf(job), 1);
    const settled = answer;
    this.decide(job.part, (state, context) => ('result' in settled ? effect.settle(state, settled.result, job.heard, context) : effect.refused(state, settled.refusal, job.heard, context)));
  }

  outside({ name, heard, sent }: Job): unknown {
    const data = heard.data as any;
    if (name === 'payments.charge') return this.charge(sent);
    if (name === 'payments.ask') return this.provider.charged > 0n ? { kind: 'succeeded', reference: 'ch_1' } : { kind: 'absent' };
    if (name === 'payments.refund') return void this.provider.refunds.set(data.refundId, BigInt(data.amount.split('.')[0]));
    if (name === 'fulfillment.request') return this.ask(sent);
    if (name === 'fulfillment.cancel') return this.callOff();
    if (name === 'fulfillment.revoke') return this.found === undefined || this.request.fulfillmentId === null ? 'later' : this.takeBack(data.lineIds);
    throw new Error(`${name} is not played.`);
  }

  charge(sent: boolean): unknown {
    const { status } = this.load('payments', ORDER_ID);
    if (status !== 'initiated' && status !== 'withdrawing') return { kind: 'answered' };
    if (this.isEnding || status === 'withdrawing') {
      if (!sent) return { kind: 'withheld', wasAsked: false };
      return this.provider.charged > 0n ? { kind: 'succeeded', reference: 'ch_1' } : { kind: 'withheld', wasAsked: true };
    }
    if (!this.fate.cardHolds) return { kind: 'failed', reason: { code: 'card_declined' } };
    this.provider.charged = TOTAL;
    return { kind: 'succeeded', reference: 'ch_1' };
  }

  ask(sent: boolean): unknown {
    if (this.isEnding) {
      if (sent) this.tombstone();
      if (!sent || this.found === undefined) throw new Refused('order_cancelled', 'Not wanted.');
      return this.found;
    }
    if (this.found !== undefined) return this.found;
    if (this.isTombstoned) throw new Refused('order_revoked', 'Revoked.');
    if (this.fate.outcome === 'refused') throw new Refused('no_provider', 'Nobody delivers this.');
    this.found = { fulfillmentId: FULFILLMENT_ID, clientId: CLIENT_ID, orderId: ORDER_ID, status: 'accepted', version: 1, lines: LINES.map((line) => ({ ...line, provider: 'instant', status: 'pending' })) };
    return this.found;
  }

  callOff(): unknown {
    if (this.request.status !== 'requested' && this.request.status !== 'unasked') return undefined;
    if (this.request.fulfillmentId === null) return this.tombstone();
    if (this.found?.status === 'accepted') return this.change('cancelled', () => 'cancelled');
    if (this.found?.status === 'cancelled') return undefined;
    throw new Refused('already_settled', 'Too late.');
  }

  tombstone(): void {
    this.isTombstoned = true;
    if (this.found?.status === 'accepted') this.change('cancelled', () => 'cancelled');
    else if (this.found?.status === 'completed' || this.found?.status === 'partial') this.takeBack();
  }

  takeBack(lineIds?: readonly string[]): Fulfillment {
    const wanted = (lineId: string): boolean => lineIds?.includes(lineId) ?? true;
    const going = this.found?.lines.filter(({ lineId, status }) => status === 'fulfilled' && wanted(lineId)) ?? [];
    if (going.length === 0) return this.found as Fulfillment;
    const left = this.found?.lines.some((line) => line.status === 'fulfilled' && !going.includes(line)) === true;
    return this.change(left ? (this.found?.status ?? '') : 'revoked', (line) => (going.some(({ lineId }) => lineId === line.lineId) ? 'revoked' : line.status));
  }

  /** The fulfilling side's own change, which goes out on its bus. */
  change(status: string, of: (line: Fulfillment['lines'][number], index: number) => string): Fulfillment {
    const was = this.found as Fulfillment;
    const lines = was.lines.map((line, index) => ({ ...line, status: of(line, index) }));
    const found = { ...was, status, version: was.version + 1, lines, ...(status === 'completed' || status === 'partial' ? {} : { reason: { code: `it_is_${status}` } }) };
    this.found = found;
    const told = was.status === 'accepted' ? outcomeOf(found) : revocationOf(found);
    if (told !== undefined) this.bus.push(foreign(told.type, told.data, { sequence: found.version }));
    return found;
  }

  finish(): void {
    const { outcome } = this.fate;
    if (outcome === 'completed') this.change('completed', () => 'fulfilled');
    if (outcome === 'partial') this.change('partial', (_line, index) => (index === 0 ? 'fulfilled' : 'failed'));
    if (outcome === 'failed') this.change('failed', () => 'failed');
  }

  /** A customer asks; a refusal is an answer. */
  act(): void {
    const next = this.fate.acts[this.acts];
    if (next === undefined || this.log.length < next.after) return;
    this.acts += 1;
    const decide = (order: Order): Outcome<Order> => (next.what === 'cancel' ? cancel(order, REASON) : refund(order, { reason: REASON, ...(next.what === 'refund_part' && { lineIds: ['1'] }) }));
    try {
      this.decide('orders', inputDecision<Order>(orders, (order, context) => sendOrder(decide(order as Order), context)));
    } catch (error) {
      if (!(error instanceof ActRefused)) throw error;
    }
  }

  /** Whatever may happen now. `isEnd`: nobody acts any more and nothing is lost, so that it comes to rest. */
  moves(isEnd: boolean): (() => void)[] {
    const { found } = this;
    const deliver = (index: number, isKept: boolean) => (): void => {
      this.log.push(this.bus[index] as StoredEvent);
      if (!isKept) this.bus.splice(index, 1);
    };
    return [
      ...PARTS.filter((part) => this.read[part] < this.log.length).map((part) => () => this.readNext(part)),
      ...this.jobs.map((job) => () => this.attempt(job, false)),
      ...this.bus.map((_event, index) => deliver(index, false)),
      ...(found?.status === 'accepted' ? [() => this.finish()] : []),
      ...(isEnd ? [] : [
        ...this.jobs.map((job) => () => this.attempt(job, true)),
        ...this.bus.slice(0, 1).map((_event, index) => deliver(index, true)),
        ...(found !== undefined && found.status !== 'accepted' && this.request.status !== 'unasked'
          ? [() => void this.decide('fulfillment', inputDecision<FulfillmentRequest>(fulfillment, (state, context) => sendFulfillment(applyFound(state, found), context)))] : []),
      ]),
    ];
  }

  play(): this {
    for (const choice of this.fate.choices) {
      this.act();
      const moves = this.moves(false);
      moves[choice % moves.length]?.();
    }
    for (let left = 2_000; ; left -= 1) {
      this.act();
      const moves = this.moves(true);
      if (moves.length === 0) return this;
      if (left === 0) throw new Error(`It never comes to rest: ${this.log.map(({ type }) => type).join(' ')}`);
      // From another end each time, so that no job that cannot go on yet starves the rest.
      moves[left % moves.length]?.();
    }
  }

  count(type: string): number {
    return this.log.filter((entry) => entry.type === type).length;
  }

  /** Pieces of a product. */
  stock(sku: keyof typeof START): { onHand: number; reserved: number } {
    return this.rows.get(`inventory sku:${sku}`);
  }
}

const fates = fc.record<Fate>({
  inStock: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)), cardHolds: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  outcome: fc.constantFrom('completed', 'completed', 'partial', 'failed', 'refused'), choices: fc.array(fc.nat({ max: 10_000 }), { maxLength: 120 }),
  acts: fc.array(fc.record({ what: fc.constantFrom('cancel', 'refund', 'refund_part'), after: fc.nat({ max: 16 }) }), { maxLength: 3 }),
});

const LEGAL = new Set(ORDER_STATES.transitions.map(({ from, to }) => `${from} ${to}`));

const RUNS = process.env['LONG'] === '1' ? 1_500 : 400;

describe('one order, whatever happens, in whatever order and however often', () => {
  test('ends once, by legal moves, with stock, money and deliveries in balance and nothing left waiting', () => {
    const ends = new Set<string>();
    fc.assert(fc.property(fates, (fate) => {
      const world = new World(fate).play();
      const { order, provider, found, history } = world;
      ends.add(order.status);
      expect(CLOSED_STATUSES).toContain(order.status);
      expect(history.slice(1).filter((status, index) => !LEGAL.has(`${history[index] ?? ''} ${status}`))).toEqual([]);
      expect(Object.values(world.waiting).flat()).toEqual([]);
      expect([world.count('OrderCancelled'), world.count('OrderRefunded'), world.count('OrderConfirmed')].map((count) => count <= 1)).toEqual([true, true, true]);
      expect(world.count('OrderCancelled')).toBe(order.status === 'cancelled' ? 1 : 0);

      // Money: what was kept is what stands, as the fulfilling side has it and as the customer has asked.
      const refunded = [...provider.refunds.values()].reduce((sum, amount) => sum + amount, 0n);
      const asked = new Set(order.status === 'refunded' ? LINES.map(({ lineId }) => lineId) : order.refundLines);
      const stands = LINES.flatMap(({ lineId }, index) => (found?.lines[index]?.status === 'fulfilled' && !asked.has(lineId) ? [TOTALS[index] ?? 0n] : []));
      const due = stands.length === 0 ? 0n : stands.reduce((sum, total) => sum + total, FREIGHT);
      if (order.status === 'cancelled') expect(provider.charged - refunded).toBe(0n);
      else expect(provider.charged - refunded).toBe(due);

      // Stock: what left it was delivered and not returned, and nothing stays set aside.
      for (const [index, { sku, quantity }] of LINES.entries()) {
        const { onHand, reserved } = world.stock(sku as keyof typeof START);
        const isGone = order.status !== 'cancelled' && found?.lines[index]?.status === 'fulfilled';
        expect([sku, onHand, reserved]).toEqual([sku, (fate.inStock ? START[sku as keyof typeof START] : 0) - (isGone ? quantity : 0), 0]);
      }
      // Of a cancelled order the fulfilling side delivers nothing.
      if (order.status === 'cancelled') expect(found?.lines.some(({ status }) => status === 'fulfilled') ?? false).toBe(false);
      if (!fate.inStock || !fate.cardHolds) expect([provider.charged, found]).toEqual([0n, undefined]);
    }), { numRuns: RUNS });
    expect([...ends].toSorted()).toEqual(['cancelled', 'completed', 'refunded']);
  });

  test('is completed, and ships, when nobody acts and nothing fails', () => {
    const world = new World({ inStock: true, cardHolds: true, outcome: 'completed', choices: [], acts: [] }).play();
    expect(world.history).toEqual(['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed']);
    expect(['OrderShipped', 'ShippingCreated', 'OrderCompleted'].map((type) => world.count(type))).toEqual([1, 1, 1]);
  });
});
