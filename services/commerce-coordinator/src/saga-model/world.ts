/**
 * The coordinator as a whole, in memory: its real extensions as the host gives them to the log, by the real map and catalogue, over
 * the log in memory, between a provider and a fulfilling side in memory, or what a simulation puts in their place. Everything that may
 * happen next is offered as a list; nothing happens by itself.
 */
import { modelId, shortId } from './ids.ts';
import type { NewEvent, StoredEvent, Trigger } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { apply } from '@commerce/event-log/extension';
import { MemoryLog } from '@commerce/event-log/memory-log';
import type { MemoryJob, MemoryReader } from '@commerce/event-log/memory-reader';
import { workKey } from '@commerce/event-log/work';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import { collectSent, inputDecision } from '@commerce/signals/sending';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { catalogueOf } from '../catalogue.ts';
import { fulfillment } from '../extensions/fulfillment/extension.ts';
import { send as sendFulfillment } from '../extensions/fulfillment/events.ts';
import type { RequestedOrder } from '../extensions/fulfillment/fulfiller.ts';
import { compare } from '../extensions/fulfillment/reconciliation.ts';
import type { FulfillmentRequest } from '../extensions/fulfillment/request.ts';
import { adjust, adjustmentKey, adjustmentSubject } from '../extensions/inventory/adjust.ts';
import type { Adjustment } from '../extensions/inventory/adjust.ts';
import { inventory } from '../extensions/inventory/extension.ts';
import { InventoryRefused } from '../extensions/inventory/problems.ts';
import { send as sendInventory } from '../extensions/inventory/signals.ts';
import { stockSubject } from '../extensions/inventory/stock.ts';
import type { Stock } from '../extensions/inventory/stock.ts';
import { orders } from '../extensions/orders/extension.ts';
import type { Placement, PlacementResult } from '../extensions/orders/intake.pg.ts';
import { repeatOf, requestHashOf } from '../extensions/orders/intake-repeats.ts';
import { checkoutInitiated, newOrder, orderCreated, paymentMethodOf } from '../extensions/orders/new-order.ts';
import { REQUEST_HANDLERS } from '../extensions/orders/act-facts.pg.ts';
import { ActRefused, cancel, refund, reRequest, revoke } from '../extensions/orders/order-acts.ts';
import type { ActFacts } from '../extensions/orders/order-acts.ts';
import { fallDue, nextDeadline } from '../extensions/orders/order-deadlines.ts';
import { machine, standing } from '../extensions/orders/order.ts';
import type { Order } from '../extensions/orders/order.ts';
import { send as sendOrders, tell as tellOrders } from '../extensions/orders/signals.ts';
import { payments } from '../extensions/payments/extension.ts';
import { toldOf } from '../extensions/payments/asking.ts';
import type { Standing } from '../extensions/payments/asking.ts';
import { wasTaken } from '../extensions/payments/payment.ts';
import type { Payment } from '../extensions/payments/payment.ts';
import { sendAll as sendPayments, take } from '../extensions/payments/kept.ts';
import type { PaymentProvider } from '../extensions/payments/provider.ts';
import type { Told } from '../extensions/payments/told.ts';
import { FulfillerBooks } from './fulfiller-books.ts';
import type { LineFate } from './fulfiller-books.ts';
import { Mail } from './mail.ts';
import type { FulfillingSide, Surroundings } from './surroundings.ts';
import { PROVIDER_NAMES, ProviderBooks } from './provider-books.ts';
import type { Card } from './provider-books.ts';
import { Rules } from './rules.ts';
import { Tables } from './tables.ts';

export const CLIENT_ID = 'commerce-coordinator';
const ASK_AFTER_MS = 1_000;
const REASON = { code: 'customer_changed_mind' };
/** A call that nobody waits for any more arrives before time has passed so often, or never. */
const LONGEST_WAY = 2;
/** From wherever it is to the end. */
const MAX_STEPS = 5_000;

/** Nothing of the model needs time to pass. */
const NOW_MS = Date.parse('2026-01-05T09:30:00.000Z');

const LOADED = { extensions: EXTENSIONS as readonly ExtensionDefinition[], map: MAP };
export const CATALOGUE = catalogueOf(LOADED);
const HEARD_BY = handlersByType(MAP);

/** What a customer orders, and what will become of it outside. */
export interface Wish {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: string }[];
  readonly freight: string;
  readonly card: Card;
  /** `denied`: the request is taken, and refused in the same breath. */
  readonly fates: readonly LineFate[] | 'refused';
  readonly isDenied: boolean;
}

/** Something that may happen next. */
export interface Possible {
  readonly what: () => string;
  readonly weight: number;
  /** A call that nobody waits for any more. */
  readonly isLate: boolean;
  readonly happen: () => void;
}

/** The world that is played: the extensions are opened once, for all. */
let stage: World;
let opened: Awaited<ReturnType<typeof openExtensions>> | undefined;

const NOBODY_WANTS = { isWanted: () => false, wanting: () => [], wantsOrders: false };

/** The extension with its reads in memory; its decisions are its own. */
function inMemory(definition: ExtensionDefinition): ExtensionDefinition {
  const own: Readonly<Record<string, object>> = {
    orders: { clientId: CLIENT_ID },
    inventory: { unknownSku: 'unlimited' },
    payments: {
      askAfterMs: ASK_AFTER_MS, defaultProvider: 'standard', defaultMethod: { type: 'card', token: 'good' },
      providers: new Map(PROVIDER_NAMES.map((name): [string, PaymentProvider] => [name, {
        charge: (...asked) => stage.provider.at(name).charge(...asked), refund: (...asked) => stage.provider.at(name).refund(...asked), find: (...asked) => stage.provider.at(name).find(...asked),
        withdraw: (...asked) => stage.provider.at(name).withdraw(...asked), findRefund: (...asked) => stage.provider.at(name).findRefund(...asked),
      }])),
      standingOf: async (orderId: string) => stage.standing(orderId),
    },
    fulfillment: {
      clientId: CLIENT_ID, orderOf: async (orderId: string) => stage.requestedOrder(orderId), requestOf: async (orderId: string) => stage.tables.request(orderId),
      // Looked at once before there is a world: what is opened is frozen.
      get fulfiller() {
        return (stage as World | undefined)?.of.port;
      },
    },
    shipping: { clientId: CLIENT_ID },
    catalog: {},
    carts: {},
    webhooks: {
      get registry() {
        return (stage as World | undefined)?.around.registry ?? NOBODY_WANTS;
      },
    },
    notifications: { attempts: 3, mailer: { send: async () => undefined }, contactOf: async () => ({ email: 'vinet@example.com', name: null, isActive: true }), orderOf: async (orderId: string) => stage.requestedOrder(orderId) },
  };
  const { openStore: _ofTheDatabase, ...rest } = definition;
  return { ...rest, open: () => own[definition.name] };
}

export class World {
  readonly tables = new Tables();
  readonly mail = new Mail();
  readonly rules: Rules;
  readonly log: MemoryLog;
  readonly provider: ProviderBooks;
  readonly of: FulfillingSide;
  readonly around: Surroundings;
  /** What has happened, in words. */
  readonly story: string[] = [];
  readonly orderIds: string[] = [];
  /** What the fulfilling side tells does not arrive by itself: comparing may be faster. */
  isBusSlow = false;
  /** Nothing goes wrong any more, and what is to be told has been. */
  isQuiet = false;
  readonly #wishes = new Map<string, Wish>();
  readonly #webhooksTaken = new Set<string>();
  readonly #webhooksArrived = new Set<string>();
  readonly #foreignTaken = new Set<string>();
  readonly #waysLeft = new Map<object, number>();
  #comparing: Promise<unknown> | undefined;
  #requests = 0;
  #ids = 0;

  private constructor(around: Surroundings, extensions: NonNullable<typeof opened>) {
    this.around = around;
    this.rules = new Rules(this);
    this.log = new MemoryLog({
      preparer: { catalogue: CATALOGUE, nowMs: around.nowMs ?? (() => NOW_MS), uuid: around.uuid ?? (() => modelId('e', (this.#ids += 1))) },
      extensions: extensions.map(({ extension }) => extension), map: HEARD_BY, tables: this.tables, watcher: around.watcher?.(this.rules) ?? this.rules, random: around.random ?? (() => 0),
    });
    const fault = (text: string): void => this.rules.break(text);
    this.provider = new ProviderBooks({ mail: around.mail ?? this.mail, fault, onAsk: (orderId) => this.rules.asked('charged', orderId), onCharge: (orderId) => this.rules.charged(orderId) });
    this.of = around.of ?? this.#books();
  }

  #books(): FulfillingSide {
    return new FulfillerBooks({
      mail: this.mail, clientId: CLIENT_ID, fateOf: (orderId) => this.#wishes.get(orderId)?.fates ?? 'refused', denies: (orderId) => this.isDenied(orderId),
      onAsk: (orderId) => this.rules.asked('requested', orderId),
      isAnswered: (orderId) => this.log.history(orderId).some(({ type }) => type === 'FulfillmentRefused' || type === 'FulfillmentRequested'),
      onTaken: (orderId) => this.rules.requested(orderId),
    });
  }

  /** `around`: what a simulation puts in the place of the model's own. One world is played at a time. */
  static async open(around: Surroundings = {}): Promise<World> {
    opened ??= await openExtensions(LOADED.extensions.map(inMemory), MAP, {});
    const world = new World(around, opened);
    stage = world;
    return world;
  }

  standing(orderId: string): Standing {
    const payment = this.tables.payment(orderId) as Payment;
    const { status, orderEnds, provider, reference, stray } = payment;
    return { status, orderEnds, provider, reference, stray, method: this.tables.orders.get(orderId)?.method ?? null, ...toldOf(payment) };
  }

  requestedOrder(orderId: string): RequestedOrder {
    const { orderNumber, customerId, lines } = this.order(orderId);
    return { orderId, orderNumber, customerId, lines, isEnding: this.tables.isEnding(orderId), isHeld: this.tables.request(orderId)?.isHeld === true };
  }

  order(orderId: string): Order {
    const order = this.tables.orders.get(orderId)?.order;
    if (order === undefined) throw new Error(`There is no order ${orderId}.`);
    return order;
  }

  isDenied(orderId: string): boolean {
    return this.#wishes.get(orderId)?.isDenied === true;
  }

  /** An order for which an act is worth a try: one that it may still change, or any when there is none. */
  pick(pick: number, act: 'cancel' | 'refund' | 'retry' | 'deadline' | 'revoke' | 'reRequest' | 'forget' | 'undo' | 'byHand' | 'dispute' | 'payAgain' | 'refundFails'): string | undefined {
    const fits = this.orderIds.filter((orderId) => {
      const order = this.order(orderId);
      if (act === 'deadline') return nextDeadline(order) !== undefined;
      if (act === 'retry') return true;
      if (act === 'byHand' || act === 'dispute' || act === 'payAgain') return this.provider.kept(orderId) > 0n;
      if (act === 'refundFails') return this.provider.hasGivenBack(orderId);
      if (act === 'undo') return this.of.of(orderId).length > 0;
      if (act === 'reRequest' || act === 'forget') return standing(order) === 'fulfilling' || standing(order) === 'paid';
      return machine.step(standing(order), act === 'revoke' ? 'refund' : act).kind === 'move';
    });
    const among = fits.length > 0 ? fits : this.orderIds;
    return among[pick % Math.max(1, among.length)];
  }

  #trigger(): Trigger {
    this.#requests += 1;
    return { correlationId: modelId('e', 900_000 + this.#requests), causationId: null, metadata: {} };
  }

  // What people do.

  place(wish: Wish): void {
    const form = { customerId: 'VINET', currency: 'USD', freight: wish.freight, lines: wish.lines.map(({ sku, quantity, price }) => ({ sku, quantity, unitPrice: price })), payment: { method: { type: 'card' as const, token: wish.card } } };
    const result = this.intake({ clientId: 'storefront', idempotencyKey: `key-${this.orderIds.length + 1}`, form, trigger: this.#trigger() });
    if (result.kind === 'placed') this.#wishes.set(result.order.orderId, wish);
  }

  /** A request to place an order has arrived. As the statement of intake.pg.ts has it for one at a time, with the same decision about its key. */
  intake({ clientId, idempotencyKey, form, trigger }: Placement): PlacementResult {
    return this.#transact(() => {
      const requestHash = requestHashOf(form);
      const repeat = repeatOf(this.tables.placedUnder(clientId, idempotencyKey), requestHash);
      if (repeat.kind !== 'new') return repeat;
      const number = this.orderIds.length + 1;
      const placed = newOrder(modelId('o', number), number, form);
      const begun = { ...trigger, causationId: null };
      const request = { clientId, idempotencyKey, hash: requestHash.toString('hex') };
      const { events: [asked, told] } = collectSent(orders, { nowMs: this.log.options.preparer.nowMs(), trigger: begun }, (context) => sendOrders(apply(undefined, [checkoutInitiated(placed), orderCreated(placed, request)]), context));
      const initiated = this.log.prepare(asked as NewEvent, orders.source, begun);
      const created = this.log.prepare(told as NewEvent, orders.source, { ...trigger, causationId: initiated.eventId });
      const { orderId, orderNumber, customerId, currency, total, lines } = placed;
      this.orderIds.push(orderId);
      this.tables.orders.set(orderId, {
        placed, method: paymentMethodOf(form) ?? null, request: { clientId, idempotencyKey, requestHash }, createdAt: created.timestamp,
        // As the table's defaults have it.
        order: {
          orderId, orderNumber, customerId, currency, total, lines, status: 'created', heldFrom: null, version: 1, stock: 'unknown', money: 'unknown', delivery: 'unknown',
          fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 0, updatedAt: created.timestamp, statusSince: null,
        },
      });
      this.log.append([initiated, created]);
      return { kind: 'placed', order: { orderId, orderNumber, customerId, status: 'created', currency, total, createdAt: created.timestamp } };
    });
  }

  cancel(orderId: string): void {
    this.#act(orderId, 'cancel', (order) => cancel(order, REASON));
  }

  refund(orderId: string, lineIds: readonly string[] | undefined): void {
    this.#act(orderId, 'refund', (order) => refund(order, { reason: REASON, lineIds }), () => this.rules.refundAsked(orderId, lineIds));
  }

  /** What was delivered is asked back; the money follows. */
  revoke(orderId: string, lineIds: readonly string[] | undefined): void {
    this.#act(orderId, 'revoke', (order) => revoke(order, { reason: REASON, lineIds }, this.#facts(orderId)));
  }

  /** The fulfilling side is asked for it again. */
  reRequest(orderId: string): void {
    this.#act(orderId, 're-request', (order) => reRequest(order, REASON, this.#facts(orderId)));
  }

  /** As the tables tell them. */
  #facts(orderId: string): ActFacts {
    const readers = this.#readers();
    const jobs = readers.flatMap((reader) => reader.jobs).map(({ job }) => job).filter(({ event }) => event.subject === orderId);
    return {
      waits: jobs.length > 0 || readers.some(({ parked, timers }) => parked.has(orderId) || [...timers.values()].some(({ subject }) => subject === orderId)),
      isBeingRequested: jobs.some(({ name, state }) => REQUEST_HANDLERS.includes(name) && state !== 'dead'),
      deliveredAfterEnd: this.tables.request(orderId)?.status === 'unwanted',
    };
  }

  /** The fulfilling side loses what it has not settled of an order. */
  forget(orderId: string): void {
    this.of.forget(orderId);
  }

  /** The fulfilling side calls it off or takes it back by itself. */
  undo(orderId: string): void {
    this.of.undo(orderId);
  }

  /** Money is given back at the provider by hand, which tells it at once; not while a refund of ours is under way. */
  byHand(orderId: string, isTotal: boolean): void {
    this.log.reader('payments').commit();
    const { status, refunds } = this.tables.payment(orderId) as Payment;
    if ((status !== 'processed' && status !== 'partly_refunded') || refunds.some(({ isDone }) => !isDone)) return;
    const update = this.provider.giveBackByHand(orderId, isTotal);
    if (update === undefined) return;
    if (this.provider.kept(orderId) === 0n) this.rules.emptiedByHand(orderId);
    this.#takeWebhook(update);
  }

  /** The customer pays once more, elsewhere: when it is known that he has paid, so that it is this one that goes back. */
  payAgain(orderId: string): void {
    this.log.reader('payments').commit();
    if (wasTaken(this.tables.payment(orderId) as Payment)) this.provider.payAgain(orderId);
  }

  /** Money that was given back does not reach the customer. True when there was some. */
  refundFails(orderId: string): boolean {
    return this.provider.failRefund(orderId);
  }

  /** Somebody pays what did not reach a customer, as the dead letters say; and tries those again of which that was told before. True when there was something to do. */
  payFailed(): boolean {
    const payments = this.log.reader('payments');
    const isLeft = ({ job, kept }: MemoryJob): boolean => job.name === 'payments.refund_failed' && kept.state === 'dead';
    const left = payments.jobs.filter(isLeft);
    const paid = left.filter(({ job }) => this.provider.giveAnew((job.event.data as { refundId: string }).refundId));
    if (paid.length > 0) return true;
    // Of an order for which something else was given up nothing is tried: that is nobody's to be expected.
    const subjects = left.map(({ job }) => job.event.subject).filter((subject) => payments.jobs.every((one) => one.job.event.subject !== subject || one.kept.state !== 'dead' || isLeft(one)));
    for (const subject of subjects) payments.pullIn(subject);
    return subjects.length > 0;
  }

  /** True when there was a payment to be disputed. */
  dispute(orderId: string, ends: 'won' | 'lost'): boolean {
    return this.provider.dispute(orderId, ends);
  }

  /** A dispute goes on. What is lost is told at once, and, as what is given back by hand, not while a refund of ours is under way. */
  #disputeGoesOn(orderId: string, proceed: () => Told): void {
    this.log.reader('payments').commit();
    if (!this.#isMoneyStill(orderId)) return;
    const told = proceed();
    if (told.update.status !== 'lost') return;
    if (this.provider.kept(orderId) === 0n) this.rules.emptiedByHand(orderId);
    this.#takeWebhook(told);
  }

  #isMoneyStill(orderId: string): boolean {
    const payment = this.tables.payment(orderId) as Payment;
    return wasTaken(payment) && payment.refunds.every(({ isDone, isHeld }) => isDone || isHeld);
  }

  retry(orderId: string): void {
    this.#transact(() => this.log.pullIn(orderId));
  }

  /** `then` is called within the commit, when it is not refused. */
  #act(orderId: string, what: string, decide: (order: Order | undefined) => Outcome<Order>, then: () => void = () => undefined): void {
    this.#transact(() => {
      const [settled] = this.log.reader('orders').change([{
        subject: orderId, trigger: this.#trigger(), handler: `command:orders.${what}`, decide: inputDecision<Order>(orders, (order, context) => tellOrders(order, decide(order), context)),
      }]);
      if (settled?.outcome.kind === 'failed' && !(settled.outcome.error instanceof ActRefused)) throw settled.outcome.error;
      if (settled?.outcome.kind === 'apply') then();
    });
  }

  /** `idempotencyKey`: the same again changes nothing more. */
  adjust(sku: string, delta: number, idempotencyKey = `adjustment ${(this.#requests += 1)}`): void {
    const key = adjustmentKey('warehouse', idempotencyKey);
    const form = { reason: { code: 'restock' }, adjustments: [{ sku, delta }] };
    this.#transact(() => {
      const [settled] = this.log.reader('inventory').change([{
        subject: adjustmentSubject(key), trigger: this.#trigger(), handler: 'command:inventory.adjust', also: [stockSubject(sku)],
        decide: inputDecision(inventory, (done, context) => sendInventory(adjust(done as Adjustment | undefined, key, form, (wanted) => context.other(stockSubject(wanted)) as Stock | undefined), context)),
      }]);
      if (settled?.outcome.kind === 'failed' && !(settled.outcome.error instanceof InventoryRefused)) throw settled.outcome.error;
    });
  }

  /** What is written at once, for a request or a job. */
  #transact<Result>(write: () => Result): Result {
    return this.around.transact === undefined ? write() : this.around.transact(write);
  }

  // What goes wrong.

  /** The time of an order in its status runs out. */
  deadline(orderId: string): void {
    this.#timePasses();
    const order = this.order(orderId);
    if (nextDeadline(order) === undefined) return;
    this.#transact(() => {
      this.log.reader('orders').change([{
        subject: orderId, trigger: this.#trigger(), handler: 'job:orders.deadlines',
        decide: inputDecision<Order>(orders, (now, context) => tellOrders(now, fallDue(now, order), context)),
      }]);
      // What was given up is a person's: time alone does not bring it back.
      this.log.pullIn(orderId, { dead: false });
    });
  }

  /** Some timer falls due. */
  timer(pick: number): void {
    const due = this.#readers().flatMap((reader) => [...reader.timers.keys()].map((key) => ({ reader, key })));
    const one = due[pick % Math.max(1, due.length)];
    if (one === undefined) return;
    this.#timePasses();
    one.reader.commit();
    one.reader.beginTimer(one.key);
    one.reader.commit();
  }

  /** The process that has an extension ends. */
  die(extension: string): void {
    this.log.reader(extension).die();
    const to = extension === 'payments' ? 'provider' : extension === 'fulfillment' ? 'fulfiller' : undefined;
    for (const call of this.mail.calls) if (call.to === to) this.mail.abandon(call);
    if (extension === 'fulfillment') this.#comparing = undefined;
  }

  /** The next decision of a handler throws. */
  throwOnce(handler: string): void {
    this.log.reader(handler.split('.')[0] ?? '').throwing.add(handler);
  }

  /** A call has no answer. `late`: it arrives when nobody waits for it any more. */
  lose(pick: number, how: 'before' | 'after' | 'late'): void {
    const open = this.mail.calls.filter(({ isAbandoned }) => !isAbandoned);
    const call = open[pick % Math.max(1, open.length)];
    if (call === undefined) return;
    if (how === 'after') this.mail.deliver(call);
    this.mail.lose(call, how === 'late');
  }

  /** Begins a comparison with the fulfilling side, unless one is under way. */
  compare(): void {
    if (this.#comparing !== undefined) return;
    const { requests, acknowledged } = this.tables;
    const reader = this.log.reader('fulfillment');
    const all = (): FulfillmentRequest[] => [...requests.values()];
    const mark = {};
    const running = compare({
      fulfiller: this.of.port, clientId: CLIENT_ID, patienceMs: this.around.patienceMs ?? 0, signal: new AbortController().signal, nowMs: this.log.options.preparer.nowMs, uuid: () => modelId('e', 0),
      keyOf: ({ eventId }) => workKey('fulfillment.request', eventId),
      onUndecided: (orderId, error) => this.rules.undecided(orderId, error),
      change: async (inputs) => {
        // One that died meanwhile writes nothing.
        if (this.#comparing !== running) return new Promise(() => mark);
        const settled = this.#transact(() => reader.change(inputs.map((input) => ({ ...input, decide: inputDecision<FulfillmentRequest>(fulfillment, (state, context) => sendFulfillment(input.decide(state, context), context)) }))));
        return settled.map(({ outcome }, index) => ({ input: inputs[index] as never, outcome }));
      },
      store: {
        dueRequests: async () => all().flatMap(({ orderId, fulfillmentId, status }) => (status === 'requested' && fulfillmentId !== null ? [{ orderId, fulfillmentId }] : [])),
        putOff: async () => undefined,
        unacknowledged: async () => all().flatMap(({ orderId, fulfillmentId, toldVersion }) => (
          fulfillmentId !== null && toldVersion > (acknowledged.get(orderId) ?? 0) ? [{ orderId, fulfillmentId, version: toldVersion }] : []
        )),
        acknowledged: async (items) => items.forEach(({ orderId, version }) => acknowledged.set(orderId, version)),
        known: async (orderIds) => new Map(all().flatMap(({ orderId, fulfillmentId, toldVersion }) => (
          fulfillmentId !== null && orderIds.includes(orderId) ? [[orderId, { orderId, fulfillmentId, version: toldVersion }]] : []
        ))),
        causes: async (orderIds) => new Map(orderIds.flatMap((orderId): [string, StoredEvent][] => {
          const cause = this.log.history(orderId).find(({ type }) => type === 'PaymentProcessed') ?? this.log.history(orderId).find(({ type }) => type === 'OrderCreated');
          return cause === undefined ? [] : [[orderId, cause]];
        })),
        orders: async (orderIds) => new Map(orderIds.map((orderId) => [orderId, this.requestedOrder(orderId)])),
      },
    });
    this.#comparing = running;
    running.catch(() => undefined).finally(() => {
      if (this.#comparing === running) this.#comparing = undefined;
    });
  }

  /** A webhook arrives. `pick` among all that can be told: it may have arrived before. */
  webhook(pick: number): void {
    const update = this.provider.updates[pick % Math.max(1, this.provider.updates.length)];
    if (update !== undefined) this.#transact(() => this.#takeWebhook(update));
  }

  /** An event of the fulfilling side arrives. `pick` among all that it has told: it may have arrived before. */
  foreign(pick: number): void {
    if (this.of.told.length > 0) this.#takeForeign(pick % this.of.told.length);
  }

  /** Disputes that are not decided, each with its next step. */
  openDisputes(): (() => void)[] {
    return this.provider.disputes().map(({ orderId, proceed }) => () => this.#disputeGoesOn(orderId, proceed));
  }

  #takeWebhook(told: Told): void {
    const { update } = told;
    this.#webhooksArrived.add(update.providerEventId);
    if (this.#webhooksTaken.has(update.providerEventId)) return;
    const trigger = this.log.history(update.orderId).find(({ type }) => type === 'PaymentInitiated');
    this.log.reader('payments').change([{
      subject: update.orderId, handler: 'command:payments.webhook', trigger: trigger === undefined ? this.#trigger() : { correlationId: trigger.correlationId, causationId: trigger.eventId, metadata: {} },
      decide: inputDecision<Payment>(payments, (payment, context) => {
        const { verdict, decision } = take(payment, told);
        if (verdict === 'unknown_order' || verdict === 'illegal') this.rules.webhookRefused(told, verdict);
        else this.#webhooksTaken.add(update.providerEventId);
        return sendPayments(decision, context);
      }),
    }]);
  }

  #takeForeign(index: number): void {
    const told = this.of.told[index];
    if (told === undefined) return;
    this.#foreignTaken.add(told.eventId);
    this.log.appendForeign([{
      eventId: told.eventId, eventType: told.type, eventVersion: 'v1', timestamp: new Date(this.log.options.preparer.nowMs()).toISOString(), source: 'order-fulfillment',
      correlationId: told.eventId, causationId: null, data: told.data, metadata: { sequence: told.sequence },
    }]);
  }

  /** Calls that nobody waits for have arrived by now, or never do. */
  #timePasses(): void {
    for (const call of this.mail.calls) {
      if (!call.isAbandoned) continue;
      const left = (this.#waysLeft.get(call) ?? LONGEST_WAY) - 1;
      this.#waysLeft.set(call, left);
      if (left <= 0) this.mail.deliver(call);
    }
  }

  // What happens by itself.

  #readers(): MemoryReader[] {
    return [...this.log.readers.values()];
  }

  /** Everything that may happen next when nothing goes wrong. `patient`: transactions may stay open meanwhile. */
  possible(patient: boolean): Possible[] {
    const found: Possible[] = [];
    const add = (weight: number, what: () => string, happen: () => void): void => void found.push({ what, weight, happen, isLate: false });
    for (const reader of this.#readers()) {
      if (reader.open !== undefined) {
        add(3, () => `${reader.name} commits`, () => reader.commit());
        continue;
      }
      if (reader.isIdle) continue;
      const whole = (begin: () => void) => (): void => {
        begin();
        reader.commit();
      };
      for (const subject of reader.unread()) {
        add(4, () => `${reader.name} handles ${shortId(subject)}`, whole(() => reader.begin([subject])));
        if (patient) add(1, () => `${reader.name} begins ${shortId(subject)}`, () => reader.begin([subject]));
      }
      for (const { subject } of reader.retries()) add(3, () => `${reader.name} tries ${shortId(subject)} again`, whole(() => reader.beginRetry(subject)));
      for (const one of reader.startable()) add(4, () => `${one.job.name} of ${shortId(one.job.event.subject)} starts`, () => void reader.start(one));
      for (const one of reader.ended()) {
        add(4, () => `${one.job.name} of ${shortId(one.job.event.subject)} ends`, whole(() => reader.beginOutcome(one)));
        if (patient) add(1, () => `${one.job.name} of ${shortId(one.job.event.subject)} begins its end`, () => reader.beginOutcome(one));
      }
    }
    for (const call of this.mail.calls) {
      if (call.isAbandoned) found.push({ what: () => `${call.what} arrives late`, weight: 1, isLate: true, happen: () => this.mail.deliver(call) });
      else if (call.arrived === undefined) add(2, () => `${call.what} arrives`, () => this.mail.deliver(call));
      if (!call.isAbandoned) add(3, () => `${call.what} is answered`, () => this.mail.answer(call));
    }
    for (const { orderId, proceed } of this.provider.disputes()) if (this.#isMoneyStill(orderId)) add(1, () => `the dispute about ${shortId(orderId)} goes on`, () => this.#disputeGoesOn(orderId, proceed));
    for (const decide of this.provider.undecided()) add(1, () => 'the provider decides', decide);
    for (const { what, tell } of this.of.untold()) add(1, () => `${what()} is settled`, tell);
    if (!this.isBusSlow) this.of.told.forEach((told, index) => {
      if (!this.#foreignTaken.has(told.eventId)) add(3, () => `${told.type} of ${shortId((told.data as { orderId: string }).orderId)} arrives`, () => this.#takeForeign(index));
    });
    for (const told of this.provider.updates) {
      const { providerEventId, status, orderId } = told.update;
      if (!this.#webhooksArrived.has(providerEventId)) add(1, () => `webhook ${status} of ${shortId(orderId)} arrives`, () => this.#takeWebhook(told));
    }
    return found;
  }

  /** Everything ends that can, and nothing goes wrong any more. */
  async settle(): Promise<void> {
    this.story.push('-- all comes to its end');
    for (const reader of this.#readers()) {
      reader.throwing.clear();
      reader.commit();
    }
    this.provider.refundsTakeTime = false;
    for (let compared = -1, steps = 0; ; steps += 1) {
      const all = this.possible(false);
      // What is late comes when nothing else does, and before time passes.
      const prompt = all.filter(({ isLate }) => !isLate);
      const possible = prompt.length > 0 ? prompt : all;
      // Not always the first: what is tried again must not keep the others from happening.
      const next = possible[steps % Math.max(1, possible.length)];
      if (steps > MAX_STEPS) return this.rules.break(`liveness: it does not come to an end: ${next?.what() ?? 'comparing'}`);
      if (next !== undefined) await this.happen(next);
      else if (this.payFailed()) await this.breathe();
      else if (this.#fireTimers()) await this.breathe();
      else if (compared === this.log.events.length && !this.isBusSlow) break;
      else if (compared === this.log.events.length) this.isBusSlow = false;
      else {
        // Nothing moves by itself: both sides are compared until that finds nothing more.
        compared = this.log.events.length;
        this.isQuiet = !this.isBusSlow;
        this.compare();
        await this.breathe();
      }
    }
    this.rules.checkEnd();
  }

  /** True when there was one. */
  #fireTimers(): boolean {
    const due = this.#readers().flatMap((reader) => [...reader.timers.keys()].map((key) => ({ reader, key })));
    for (const { reader, key } of due) {
      reader.beginTimer(key);
      reader.commit();
    }
    return due.length > 0;
  }

  async happen({ what, happen }: Possible): Promise<void> {
    this.story.push(what());
    happen();
    await this.breathe();
  }

  /** What was answered goes through the promises of whoever asked; then the rules are judged. */
  async breathe(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
    this.rules.check();
  }
}
