/**
 * The payment of one order under any interleaving: answers that come, are lost or come twice, webhooks in any order and
 * number, cancels, outcomes of the fulfilling side, refunds here and at the provider, a second charge elsewhere, a dispute. In the end
 * money is conserved.
 */
import { expect, test } from '@jest/globals';
import type { NewEvent } from '@commerce/event-log/event';
import { RetryLater } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import fc from 'fast-check';
import { formatMoney } from '../../money.ts';
import { charge, find, refund, refundDuplicate, toldOf } from './asking.ts';
import type { Asking } from './asking.ts';
import { begin, cancel, overdue, settleCharge, settleDuplicate, settleFound } from './charge.ts';
import { takeDispute } from './disputes.ts';
import { isUnanswered, UNANSWERED_TIMER } from './payment.ts';
import type { Payment } from './payment.ts';
import type { PaymentProvider } from './provider.ts';
import { holdRefund, oweBack, settleRefund } from './refunds.ts';
import { ORDER_ID, sumOf, UNASKED } from './test-payment.ts';
import { takeUpdate } from './update.ts';
import type { DisputeUpdate, PaymentUpdate } from './told.ts';

const ASK_MS = 1_000;
type Fate = 'answered' | 'lost_before' | 'lost_after';
type Card = 'good' | 'declined' | 'later' | 'later_declined';

/** The provider's own books. */
class Books implements PaymentProvider {
  charged: 'pending' | 'succeeded' | 'failed' | undefined;
  readonly refunds = new Map<string, bigint>();
  readonly told: PaymentUpdate[] = [];
  chargeCalls = 0;
  fate: Fate = 'answered';
  readonly card: Card;
  constructor(card: Card) {
    this.card = card;
  }

  async #during<Result>(effect: () => Result): Promise<Result> {
    if (this.fate === 'lost_before') throw new RetryLater('lost');
    const result = effect();
    if (this.fate === 'lost_after') throw new RetryLater('lost');
    return result;
  }

  charge: PaymentProvider['charge'] = () => {
    this.chargeCalls += 1;
    return this.#during(() => {
      this.charged ??= this.card === 'good' ? 'succeeded' : this.card === 'declined' ? 'failed' : 'pending';
      return this.#answer(this.charged);
    });
  };
  /** What a second provider has taken, and given back by key. */
  elsewhere = 0n;
  readonly refundsElsewhere = new Map<string, bigint>();
  dispute: DisputeUpdate['status'] | undefined;
  readonly toldOfDispute: DisputeUpdate[] = [];

  /** The customer pays once more elsewhere. */
  payElsewhere(): void {
    if (this.elsewhere > 0n) return;
    this.elsewhere = UNASKED.amount;
    this.told.push({ provider: 'stripe', eventId: `evt_${this.told.length}`, orderId: ORDER_ID, status: 'succeeded', reference: 'pi_1', refundId: undefined, amount: UNASKED.amount, currency: 'USD', reason: undefined, mark: { atMs: this.told.length, sequence: null } });
  }

  /** A dispute about all of it is opened, then decided. Lost, it takes what is there. */
  disputeGoesOn(ends: 'won' | 'lost'): void {
    if (this.charged !== 'succeeded' || this.dispute === 'won' || this.dispute === 'lost') return;
    this.dispute = this.dispute === undefined ? 'opened' : ends;
    if (this.dispute === 'lost' && this.left() > 0n) this.refunds.set('lost', this.left());
    const atMs = this.toldOfDispute.length;
    this.toldOfDispute.push({ provider: 'standard', eventId: `dis_${atMs}`, orderId: ORDER_ID, disputeId: 'dp', reference: undefined, status: this.dispute, amount: UNASKED.amount, currency: 'USD', occurredAt: '2026-11-21T12:00:00Z', reason: undefined, mark: { atMs, sequence: null } });
  }

  isDisputed(): boolean {
    return this.dispute === 'opened';
  }

  /** At both providers. */
  taken(): bigint {
    return this.elsewhere + (this.charged === 'succeeded' ? UNASKED.amount : 0n);
  }

  kept(): bigint {
    return this.left() + [...this.refundsElsewhere.values()].reduce((rest, amount) => rest - amount, this.elsewhere);
  }

  second: PaymentProvider = {
    charge: () => Promise.reject(new Error('it is never asked for a charge')),
    find: () => this.#during(() => ({ kind: 'succeeded', reference: 'pi_1' })),
    withdraw: () => this.#during(() => ({ kind: 'succeeded', reference: 'pi_1' })),
    findRefund: ({ key }) => this.#during(() => (this.refundsElsewhere.has(key) ? 'given' : 'absent')),
    refund: ({ key, amount }) => this.#during(() => void this.refundsElsewhere.set(key, amount)),
  };

  withdraw: PaymentProvider['withdraw'] = () => this.#during(() => (this.charged === undefined ? { kind: 'absent' } : this.#answer(this.charged)));
  findRefund: PaymentProvider['findRefund'] = ({ key }) => this.#during(() => (this.refunds.has(key) ? 'given' : 'absent'));
  find: PaymentProvider['find'] = () => this.#during(() => (this.charged === undefined ? { kind: 'absent' } : this.#answer(this.charged)));
  refund: PaymentProvider['refund'] = ({ key, amount }) => this.#during(() => this.giveBack(key, amount));

  #answer(status: 'pending' | 'succeeded' | 'failed') {
    return status === 'failed' ? ({ kind: 'failed', reason: { code: 'card_declined' } } as const) : ({ kind: status, reference: 'ch_1' } as const);
  }

  decide(): void {
    if (this.charged !== 'pending') return;
    this.charged = this.card === 'later' ? 'succeeded' : 'failed';
    this.#tell(this.charged, UNASKED.amount);
  }

  giveBack(key: string, amount: bigint): void {
    if (this.refunds.has(key)) return;
    if (this.isDisputed()) throw new Error('it would be given back while it is disputed');
    if (amount > this.left()) throw new Error('more would be given back than was taken');
    this.refunds.set(key, amount);
    this.#tell('refunded', amount, key);
  }

  left(): bigint {
    return [...this.refunds.values()].reduce((rest, amount) => rest - amount, this.charged === 'succeeded' ? UNASKED.amount : 0n);
  }

  #tell(status: PaymentUpdate['status'], amount: bigint, refundId?: string): void {
    // A provider that knows no keys of ours leaves them out; which refund is meant is then found by its amount.
    this.told.push({ provider: 'standard', eventId: `evt_${this.told.length}`, orderId: ORDER_ID, status, reference: 'ch_1', refundId: this.told.length % 2 === 0 ? refundId : undefined, amount, currency: 'USD', reason: undefined, mark: { atMs: this.told.length, sequence: null } });
  }
}

interface Job {
  readonly event: NewEvent;
  maybeSent: boolean;
}

/** What the engine does with the decisions: keeps state, log, work, timers and parked inputs. */
class World {
  payment: Payment = UNASKED;
  readonly log: NewEvent[] = [];
  jobs: Job[] = [];
  hasTimer = false;
  parked: (() => Outcome<Payment>)[] = [];
  readonly taken = new Set<string>();
  readonly arrived = new Set<string>();
  readonly books: Books;
  chargedAfterTheEnd = 0;
  constructor(card: Card) {
    this.books = new Books(card);
  }

  decide(decision: () => Outcome<Payment>): void {
    const outcome = decision();
    if (outcome.kind === 'notYet') this.parked.push(decision);
    if (outcome.kind !== 'apply') return;
    this.payment = outcome.state;
    for (const { name, dueInMs } of outcome.timers) if (name === UNANSWERED_TIMER) this.hasTimer = dueInMs !== null;
    for (const event of outcome.events) {
      this.log.push(event);
      if (event.type === 'PaymentInitiated' || event.type === 'PaymentOverdue' || event.type === 'PaymentRefundInitiated' || event.type === 'PaymentDuplicated') this.jobs.push({ event, maybeSent: false });
    }
    for (const waiting of this.parked.splice(0)) this.decide(waiting);
  }

  async run(index: number, fate: Fate): Promise<void> {
    const job = this.jobs[index % Math.max(1, this.jobs.length)];
    if (job === undefined) return;
    const { event, maybeSent } = job;
    const own: Asking = {
      providers: new Map([['standard', this.books], ['stripe', this.books.second]]), defaultMethod: { type: 'card', token: 'any' },
      standingOf: async () => ({ status: this.payment.status, orderEnds: this.payment.orderEnds, method: null, provider: this.payment.provider, reference: this.payment.reference, stray: this.payment.stray, ...toldOf(this.payment) }),
    };
    const run = { event: event as never, maybeSent, signal: new AbortController().signal };
    this.books.fate = fate;
    const before = this.books.chargeCalls;
    try {
      if (event.type === 'PaymentInitiated') {
        const answer = await charge(run, own);
        this.decide(() => settleCharge(this.payment, answer, ASK_MS));
      } else if (event.type === 'PaymentOverdue') {
        const found = await find(run, own);
        this.decide(() => settleFound(this.payment, found, ASK_MS));
      } else if (event.type === 'PaymentDuplicated') {
        await refundDuplicate(run, own);
        this.decide(() => settleDuplicate(this.payment, (event.data as { refundId: string }).refundId));
      } else {
        const { refundId } = event.data as { refundId: string };
        const answer = await refund(run, own);
        this.decide(() => (answer === 'held' ? holdRefund(this.payment, refundId) : settleRefund(this.payment, refundId)));
      }
      this.jobs = this.jobs.filter((other) => other !== job);
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      job.maybeSent = true;
    } finally {
      if (this.payment.orderEnds) this.chargedAfterTheEnd += this.books.chargeCalls - before;
    }
  }

  deliver(index: number): void {
    const update = this.books.told[index % Math.max(1, this.books.told.length)];
    if (update === undefined) return;
    this.arrived.add(update.eventId);
    if (this.taken.has(update.eventId)) return;
    const { verdict, decision } = takeUpdate(this.payment, update);
    if (verdict === 'accepted' || verdict === 'known') this.taken.add(update.eventId);
    this.decide(() => decision);
  }

  /** The dispute goes on, and is told at once. It is about money of which it is known that it was taken, and of which nothing is on its way. */
  async disputeGoesOn(ends: 'won' | 'lost'): Promise<void> {
    if (!['processed', 'partly_refunded'].includes(this.payment.status) || this.payment.provider !== 'standard') return;
    const before = this.books.toldOfDispute.length;
    this.books.disputeGoesOn(ends);
    const told = this.books.toldOfDispute[before];
    if (told !== undefined) this.decide(() => takeDispute(this.payment, told).decision);
  }

  fire(): void {
    if (!this.hasTimer) return;
    this.hasTimer = false;
    this.decide(() => overdue(this.payment, ASK_MS));
  }

  /** Everything that is due happens, nothing is lost any more, and a dispute that is open is decided. */
  async settle(): Promise<void> {
    await this.#settle();
    if (!this.books.isDisputed()) return;
    await this.disputeGoesOn(this.books.told.length % 2 === 0 ? 'won' : 'lost');
    await this.#settle();
  }

  async #settle(): Promise<void> {
    for (let round = 0; this.jobs.length > 0 || this.hasTimer || this.#isUntold() || (isUnanswered(this.payment) && round < 50); round += 1) {
      if (round > 200) throw new Error('it does not come to an end');
      this.books.decide();
      this.fire();
      while (this.jobs.length > 0) await this.run(0, 'answered');
      if (!this.hasTimer) this.books.told.forEach((_update, index) => this.deliver(index));
    }
  }

  #isUntold(): boolean {
    return this.books.told.some(({ eventId }) => !this.arrived.has(eventId));
  }
}

const fate = fc.constantFrom<Fate>('answered', 'lost_before', 'lost_after');
const lineIds = fc.oneof(fc.constant('all' as const), fc.subarray(['1', '2', '3', 'nobody'], { minLength: 1 }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const) }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({ kind: fc.constant('withdraw' as const) }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), index: fc.nat(5), fate }) },
  fc.record({ kind: fc.constant('decide' as const) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deliver' as const), index: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('owe' as const), lineIds }) },
  fc.record({ kind: fc.constant('fire' as const) }),
  fc.record({ kind: fc.constant('payElsewhere' as const) }),
  fc.record({ kind: fc.constant('dispute' as const), ends: fc.constantFrom('won' as const, 'lost' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function play(card: Card, steps: readonly Step[]): Promise<World> {
  const world = new World(card);
  for (const one of steps) {
    if (one.kind === 'begin') world.decide(() => begin(world.payment));
    else if (one.kind === 'end') world.payment = isUnanswered(world.payment) || world.payment.status === 'unasked' ? { ...world.payment, orderEnds: true } : world.payment;
    else if (one.kind === 'withdraw') world.decide(() => cancel(world.payment, ASK_MS));
    else if (one.kind === 'run') await world.run(one.index, one.fate);
    else if (one.kind === 'decide') world.books.decide();
    else if (one.kind === 'deliver') world.deliver(one.index);
    else if (one.kind === 'owe') world.decide(() => oweBack(world.payment, one.lineIds, { code: 'because' }));
    else if (one.kind === 'payElsewhere') world.books.payElsewhere();
    else if (one.kind === 'dispute') await world.disputeGoesOn(one.ends);
    else world.fire();
  }
  await world.settle();
  return world;
}

const card = fc.constantFrom<Card>('good', 'declined', 'later', 'later_declined');
const count = (log: readonly NewEvent[], type: string): number => log.filter((event) => event.type === type).length;

const RUNS = process.env['LONG'] === '1' ? 100 : 30;

test('money is conserved, and every payment that was begun comes to an end that is told once', async () => {
  await fc.assert(fc.asyncProperty(card, fc.array(step, { maxLength: 40 }), async (which, steps) => {
    const { log, payment, books, chargedAfterTheEnd, parked } = await play(which, [{ kind: 'begin' }, ...steps]);
    const standing = payment.lines.filter(({ lineId }) => !payment.goneLines.includes(lineId));
    const due = standing.length === 0 ? 0n : standing.reduce((sum, { total }) => sum + total, payment.freight);
    const given = log.filter(({ type }) => type === 'PaymentRefunded').map(({ data }) => data as { refunded: string });

    expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_event, index) => index + 1));
    expect(count(log, 'PaymentProcessed')).toBe(books.charged === 'succeeded' || books.elsewhere > 0n ? 1 : 0);
    expect(count(log, 'PaymentFailed')).toBeLessThanOrEqual(1);
    expect(count(log, 'PaymentProcessed') + count(log, 'PaymentFailed')).toBeGreaterThanOrEqual(1);
    expect(sumOf(log, 'PaymentProcessed') + sumOf(log, 'PaymentDuplicated')).toBe(books.taken());
    expect(sumOf(log, 'PaymentRefunded') + sumOf(log, 'PaymentDuplicateRefunded')).toBe(books.taken() - books.kept());
    expect(books.kept()).toBe(books.taken() > 0n && books.dispute !== 'lost' ? due : 0n);
    // What was taken once more is back, once, whatever became of the payment.
    expect([count(log, 'PaymentDuplicated'), sumOf(log, 'PaymentDuplicated')]).toEqual(books.taken() > UNASKED.amount ? [1, sumOf(log, 'PaymentDuplicateRefunded')] : [0, 0n]);
    expect(given.at(-1)?.refunded ?? '0.00').toBe(formatMoney(sumOf(log, 'PaymentRefunded')));
    expect(payment.refunds.every(({ isDone }) => isDone)).toBe(true);
    if (payment.orderEnds || count(log, 'PaymentFailed') > 0) expect(books.kept()).toBe(0n);
    expect(chargedAfterTheEnd).toBe(0);
    expect(parked).toEqual([]);
  }), { numRuns: 10 * RUNS });
});

test('refunds that are made at the provider are never paid a second time', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.bigInt({ min: 1n, max: UNASKED.amount }), fc.array(step, { maxLength: 20 }), async (first, amount, then) => {
    const world = await play('good', [{ kind: 'begin' }, ...first]);
    if (amount <= world.books.left() && !world.books.isDisputed()) world.books.giveBack('made-by-hand', amount);
    world.books.told.forEach((_update, index) => world.deliver(index));
    for (const one of then) if (one.kind === 'owe') world.decide(() => oweBack(world.payment, one.lineIds, { code: 'because' }));
    await world.settle();
    expect(sumOf(world.log, 'PaymentRefunded') + sumOf(world.log, 'PaymentDuplicateRefunded')).toBe(world.books.taken() - world.books.kept());
    expect(world.books.kept()).toBeGreaterThanOrEqual(0n);
    if (world.books.taken() > 0n && world.payment.goneLines.length === 3) expect(world.books.kept()).toBe(0n);
  }), { numRuns: 3 * RUNS });
});
