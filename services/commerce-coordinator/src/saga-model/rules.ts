/**
 * What must be true of the saga, after every step and at the end. Each rule begins with its name: stock, money, history, liveness,
 * race, delivery. What is compared is kept apart from the extensions: the books of the provider and of the fulfilling side, what
 * people asked for, and the events.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredEvent } from '@commerce/event-log/event';
import type { MemoryWatcher } from '@commerce/event-log/memory-log';
import { fold } from '../extensions/orders/fold.ts';
import type { OrderRow } from '../extensions/orders/fold.ts';
import { nextDeadline } from '../extensions/orders/order-deadlines.ts';
import { RAISED_AFTER, standing } from '../extensions/orders/order.ts';
import type { Order } from '../extensions/orders/order.ts';
import { CLOSED_STATUSES, ORDER_STATES } from '@commerce/events/order-states';
import { isDisputed } from '../extensions/payments/payment.ts';
import type { Told } from '../extensions/payments/told.ts';
import { formatMoney, minorUnits } from '../money.ts';
import { faultsOfLast } from './history.ts';
import { shortId } from './ids.ts';
import type { World } from './world.ts';

export class Rules implements MemoryWatcher {
  readonly #world: World;
  readonly #sequences = new Map<string, number>();
  /** The rows of orders as the log alone tells them, and those that moved since they were compared. */
  readonly #rows = new Map<string, OrderRow>();
  readonly #moved = new Set<string>();
  /** Lines of which people asked the money back, by order. */
  readonly #refundAsked = new Map<string, Set<string>>();
  /** Orders of which the last money was given back by hand. */
  readonly #emptiedByHand = new Set<string>();
  readonly broken: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  break(text: string): void {
    this.broken.push(text);
  }

  // While it happens.

  appended(event: StoredEvent): void {
    const { type, subject, source, sequence, origin, data } = event;
    this.#fold(event);
    if (this.#world.isQuiet && !this.#world.isDenied(subject) && !this.#world.of.hasForgotten && (data as { difference?: string }).difference === 'outcome_missed') this.break(`liveness: the outcome of ${shortId(subject)} had arrived, and was found only by comparing`);
    const history = this.#world.log.history(subject).map((event) => event.type);
    for (const fault of faultsOfLast(history)) this.break(`history: ${shortId(subject)} has ${fault}`);
    if (type === 'OrderCancelled') this.#checkGivenBack(subject);
    if (origin === 'own' && sequence !== null) {
      const key = `${source} ${subject}`;
      const last = this.#sequences.get(key) ?? 0;
      if (sequence <= last) this.break(`history: ${type} of ${shortId(subject)} has the sequence ${sequence} after ${last}`);
      this.#sequences.set(key, sequence);
    }
  }

  #fold(event: StoredEvent): void {
    const row = fold(this.#rows.get(event.subject), event);
    if (row !== undefined) this.#rows.set(event.subject, row);
  }

  applied(extension: string, subject: string, before: unknown, after: unknown): void {
    if (extension !== 'orders' || before === undefined) return;
    this.#moved.add(subject);
    const [from, to] = [standing(before as Order), standing(after as Order)];
    const follows = (status: string): string[] => ORDER_STATES.transitions.filter((one) => one.from === status).map((one) => one.to);
    // What was taken back when its money had been given back already makes two moves at once.
    if (from !== to && !follows(from).includes(to) && !follows(from).flatMap(follows).includes(to)) this.break(`history: ${shortId(subject)} moved from ${from} to ${to}`);
  }

  /** Somebody outside is about to be asked for something that an order which ends does not want. */
  asked(what: string, orderId: string): void {
    if (this.#world.tables.isEnding(orderId)) this.break(`race: ${shortId(orderId)} is being ${what} though it is to end`);
  }

  effectEnded(handler: string, { subject }: StoredEvent): void {
    if (handler !== 'fulfillment.cancel' || this.#world.of.calledOff.has(subject) || this.#world.of.hasForgotten) return;
    const isKnown = this.#types(subject).some((type) => ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentRefused'].includes(type));
    if (!isKnown) this.break(`race: the cancel of ${shortId(subject)} has not reached the fulfilling side`);
  }

  /** The provider takes money for the first time. */
  charged(orderId: string): void {
    if (!this.#types(orderId).includes('InventoryReserved')) this.break(`history: ${shortId(orderId)} is charged before its stock is set aside`);
  }

  /** The fulfilling side takes the order. */
  requested(orderId: string): void {
    if (!this.#types(orderId).includes('PaymentProcessed')) this.break(`history: ${shortId(orderId)} is requested before it is paid`);
  }

  refundAsked(orderId: string, lineIds: readonly string[] | undefined): void {
    const asked = this.#refundAsked.get(orderId) ?? new Set();
    for (const { lineId } of this.#world.order(orderId).lines) if (lineIds?.includes(lineId) ?? true) asked.add(lineId);
    this.#refundAsked.set(orderId, asked);
  }

  emptiedByHand(orderId: string): void {
    this.#emptiedByHand.add(orderId);
  }

  webhookRefused({ update: { orderId, status } }: Told, verdict: string): void {
    // What was given back by hand may be more than what is not promised back already.
    if (verdict !== 'illegal') this.break(`money: the webhook ${status} of ${shortId(orderId)} is ${verdict}`);
  }

  undecided(orderId: string, error: unknown): void {
    const expected = error instanceof Error && (error.name === 'RetryLater' || error.name === 'NotNow');
    if (!expected) this.break(`delivery: what is found of ${shortId(orderId)} cannot be applied: ${String(error)}`);
  }

  // After every step.

  check(): void {
    for (const [sku, stock] of this.#world.tables.stocks) this.#checkStock(sku, stock);
    for (const orderId of this.#moved) this.#checkTold(orderId);
    this.#moved.clear();
    for (const orderId of this.#world.orderIds) {
      const order = this.#world.order(orderId);
      if (this.#world.provider.kept(orderId) < 0n) this.break(`money: ${shortId(orderId)} got back more than was taken`);
      if (!this.#isWatched(order)) this.break(`liveness: ${shortId(orderId)} is ${order.status}, and nothing is due for it`);
      this.#checkOwed(orderId);
    }
  }

  /** It has ended, it has a deadline, or it is on hold and it is known for what: a dispute, a person, something that it has not heard yet. */
  #isWatched(order: Order): boolean {
    if (CLOSED_STATUSES.includes(order.status) || nextDeadline(order) !== undefined) return true;
    if (order.status !== 'on_hold') return false;
    const payment = this.#world.tables.payment(order.orderId);
    return order.overdue >= RAISED_AFTER || (payment !== undefined && isDisputed(payment)) || this.#hasToHear('orders', order.orderId);
  }

  /** What is owed back is being given back, by a row of work or by an event that is not handled yet; what is held is held by a dispute. */
  #checkOwed(orderId: string): void {
    const payment = this.#world.tables.payment(orderId);
    if (payment === undefined) return;
    const owed = [
      ...payment.refunds.filter(({ isDone, isHeld }) => !isDone && !isHeld).map(({ refundId }) => ({ refundId, handler: 'payments.refund' })),
      ...payment.duplicates.filter(({ isDone }) => !isDone).map(({ refundId }) => ({ refundId, handler: 'payments.refund_duplicate' })),
    ];
    const { jobs } = this.#world.log.reader('payments');
    for (const { refundId, handler } of owed) {
      const isUnderWay = jobs.some(({ job }) => job.name === handler && job.event.subject === orderId && (job.event.data as { refundId?: string }).refundId === refundId);
      if (!isUnderWay && !this.#hasToHear('payments', orderId)) this.break(`liveness: the refund ${shortId(refundId)} of ${shortId(orderId)} is owed, and nothing of ${handler} is due`);
    }
    if (payment.refunds.some(({ isHeld }) => isHeld) && !isDisputed(payment)) this.break(`liveness: a refund of ${shortId(orderId)} is held, and no dispute is open`);
  }

  #hasToHear(extension: string, subject: string): boolean {
    const reader = this.#world.log.reader(extension);
    return reader.parked.has(subject) || reader.hasUnread(subject);
  }

  /** Deadlines of orders that have passed and that nobody has seen yet, in words. */
  overdue(): string[] {
    const nowMs = this.#world.log.options.preparer.nowMs();
    return this.#world.orderIds.flatMap((orderId) => {
      const order = this.#world.order(orderId);
      const deadline = nextDeadline(order);
      const isOver = deadline !== undefined && Date.parse(order.updatedAt) + deadline.afterMs < nowMs;
      return isOver ? [`the deadline of ${shortId(orderId)}, which is ${order.status} since ${order.updatedAt} (${deadline.act})`] : [];
    });
  }

  /** What was decided stands in the log, member by member. */
  #checkTold(orderId: string): void {
    const row = this.#rows.get(orderId);
    const told = row && {
      status: row.status, heldFrom: row.held_from, version: row.version, stock: row.stock, money: row.money, delivery: row.delivery, fulfillmentId: row.fulfillment_id, outcomes: row.outcomes,
      reason: row.reason, refundLines: row.refund_lines, overdue: row.overdue, statusSince: row.status_since, updatedAt: row.updated_at,
    };
    const { orderId: _id, orderNumber: _number, customerId: _customer, currency: _currency, total: _total, lines: _lines, ...kept } = this.#world.order(orderId);
    if (!isDeepStrictEqual(told, kept)) this.break(`history: of ${shortId(orderId)} the log tells ${JSON.stringify(told)}, kept is ${JSON.stringify(kept)}`);
  }

  #checkStock(sku: string, { onHand, reserved }: { readonly onHand: number; readonly reserved: number }): void {
    const inStatus = (...statuses: string[]): number => this.#linesOf(sku).reduce((sum, { status, quantity }) => (statuses.includes(status) ? sum + quantity : sum), 0);
    const told = this.#world.log.history(sku).reduce((sum, { type, data }) => (type === 'InventoryAdjusted' ? sum + (data as { delta: number }).delta : sum), 0);
    if (reserved < 0 || reserved > onHand) this.break(`stock: of ${sku} ${reserved} are set aside of ${onHand}`);
    if (onHand !== told - inStatus('delivered', 'shipped', 'returned')) this.break(`stock: of ${sku} there are ${onHand}, but ${told} came and ${inStatus('delivered', 'shipped', 'returned')} went`);
    if (reserved !== inStatus('held', 'releasing')) this.break(`stock: of ${sku} ${reserved} are set aside for lines of ${inStatus('held', 'releasing')}`);
  }

  #linesOf(sku: string) {
    return [...this.#world.tables.reservations.values()].flatMap(({ lines }) => lines.filter((line) => line.isCounted && line.sku === sku));
  }

  // When all has come to its end.

  checkEnd(): void {
    const { log, orderIds, tables } = this.#world;
    for (const reader of log.readers.values()) {
      for (const { job, kept } of reader.jobs) this.break(`liveness: ${job.name} of ${shortId(job.event.subject)} is left${job.state === 'dead' ? ' for a person' : ''}: ${kept.error?.message ?? 'it did not end'}`);
      for (const [subject, rows] of reader.parked) this.break(`liveness: ${rows.map(({ handler }) => handler).join(', ')} of ${shortId(subject)} is left`);
      for (const subject of reader.unread()) this.break(`liveness: ${reader.name} has not handled all of ${shortId(subject)}`);
      for (const key of reader.timers.keys()) this.break(`liveness: the timer ${shortId(key)} of ${reader.name} is left`);
    }
    for (const [sku, { reserved }] of tables.stocks) if (reserved !== 0) this.break(`stock: of ${sku} ${reserved} are still set aside`);
    for (const orderId of orderIds) this.#checkOrder(orderId);
  }

  #checkOrder(orderId: string): void {
    const { of, provider, tables } = this.#world;
    const name = shortId(orderId);
    const order = this.#world.order(orderId);
    const types = this.#types(orderId);
    if (!CLOSED_STATUSES.includes(order.status)) this.break(`liveness: ${name} is ${order.status} at the end`);

    const delivered = of.delivered(orderId);
    const asked = this.#refundAsked.get(orderId) ?? new Set();
    const isCancelled = order.status === 'cancelled';
    const stands = isCancelled ? [] : delivered.filter((lineId) => !asked.has(lineId));
    const placed = tables.orders.get(orderId)?.placed;
    const totals = (placed?.lines ?? []).filter(({ lineId }) => stands.includes(lineId)).reduce((sum, { total }) => sum + minorUnits(total), 0n);
    const due = stands.length === 0 ? 0n : totals + minorUnits(placed?.freight ?? '0');
    const kept = minorUnits(placed?.total ?? '0') === 0n ? 0n : provider.kept(orderId);
    // What was given back by hand is missing, unless more became due back meanwhile.
    const least = due - provider.byHand(orderId);
    if (kept > due || kept < (least < 0n ? 0n : least)) this.break(`money: of ${name} (${order.status}) ${formatMoney(kept)} are kept, due are ${formatMoney(due)} for the lines [${stands.join(', ')}]`);
    // Lines that are worth nothing may stand.
    if (this.#emptiedByHand.has(orderId) && due > 0n && order.status !== 'cancelled' && order.status !== 'refunded') this.break(`delivery: all of the money of ${name} went back by hand, and it is ${order.status}`);
    this.#checkMoneyTold(orderId);

    const unwanted = of.of(orderId).flatMap(({ lines }) => lines).filter(({ status, fate }) => status === 'fulfilled' && fate !== 'kept');
    if (isCancelled && unwanted.length > 0) this.break(`delivery: ${name} is cancelled, and ${unwanted.length} of its lines stand delivered`);
    if (of.of(orderId).filter(({ lines }) => lines.some(({ status }) => status === 'fulfilled')).length > 1) this.break(`delivery: ${name} is delivered twice`);
    for (const { lineId, status, isCounted } of tables.reservations.get(orderId)?.lines ?? []) {
      const isGone = status === 'delivered' || status === 'shipped';
      if (isCounted && !isCancelled && isGone !== delivered.includes(lineId) && !this.#isOnItsWayBack(orderId, lineId)) this.break(`stock: line ${lineId} of ${name} is ${status}${delivered.includes(lineId) ? ', and stands delivered' : ', and is not delivered'}`);
    }

    const returned = of.of(orderId).flatMap(({ lines }) => lines).filter(({ lineId, fate }) => fate === 'parcel' && tables.reservations.get(orderId)?.lines.some((line) => line.lineId === lineId && line.status === 'returned'));
    for (const { lineId } of returned) this.break(`stock: line ${lineId} of ${name} is a parcel, and was counted before it came back`);

    const [requested, ended] = [types.includes('OrderCancelRequested'), types.filter((type) => type === 'OrderCancelled' || type === 'OrderCancelRefused').length];
    if (requested && ended !== 1) this.break(`race: the cancel of ${name} has ${ended} ends`);
    if (order.status === 'completed' && !types.includes('OrderCompleted')) this.break(`history: ${name} is completed, and nobody was told`);
    if (order.status === 'refunded' && !types.includes('OrderRefunded')) this.break(`history: ${name} is refunded, and nobody was told`);
    if (isCancelled && !types.includes('OrderCancelled')) this.break(`history: ${name} is cancelled, and nobody was told`);
  }

  /** A parcel that was taken back is counted when it has come. */
  #isOnItsWayBack(orderId: string, lineId: string): boolean {
    return this.#world.of.of(orderId).some(({ lines }) => lines.some((line) => line.lineId === lineId && line.status === 'revoked' && line.fate === 'parcel'));
  }

  /**
   * Of an order that is called cancelled nothing is kept, as far as anybody knows. A charge that arrives after it was said that
   * nothing is taken may be told while the order is ending: that it is given back is judged at the end.
   */
  #checkGivenBack(orderId: string): void {
    if (this.#isTakenLate(orderId)) return;
    const [taken, back] = [this.#told(orderId, 'PaymentProcessed'), this.#told(orderId, 'PaymentRefunded')];
    if (taken !== back) this.break(`money: ${shortId(orderId)} is cancelled while ${formatMoney(taken - back)} are kept`);
  }

  #isTakenLate(orderId: string): boolean {
    const types = this.#types(orderId);
    return types.includes('PaymentFailed') && types.indexOf('PaymentFailed') < types.indexOf('PaymentProcessed');
  }

  /** Sum of the amounts of the events of a type. */
  #told(orderId: string, type: string): bigint {
    return this.#world.log.history(orderId).filter((event) => event.type === type).reduce((sum, { data }) => sum + minorUnits((data as { amount: string }).amount), 0n);
  }

  #checkMoneyTold(orderId: string): void {
    const { provider } = this.#world;
    const amounts = (type: string): bigint => this.#told(orderId, type);
    const taken = [...provider.charges.values()].filter((charge) => charge.orderId === orderId && charge.status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0n);
    const back = [...provider.refunds.values()].filter(({ charge }) => charge.orderId === orderId).reduce((sum, { amount }) => sum + amount, 0n);
    if (amounts('PaymentProcessed') !== taken) this.break(`money: of ${shortId(orderId)} ${formatMoney(taken)} were taken, told are ${formatMoney(amounts('PaymentProcessed'))}`);
    const again = [...provider.paidAgain.values()].filter((paid) => paid.orderId === orderId);
    for (const { amount, givenBack } of again) {
      if (givenBack.size !== 1) this.break(`money: what ${shortId(orderId)} paid once more was given back ${givenBack.size} times`);
      for (const type of ['PaymentDuplicated', 'PaymentDuplicateRefunded']) if (amounts(type) !== amount) this.break(`money: ${shortId(orderId)} paid ${formatMoney(amount)} once more, told by ${type} are ${formatMoney(amounts(type))}`);
    }
    this.#checkFailures(orderId);
    if (amounts('PaymentRefunded') !== back) this.break(`money: of ${shortId(orderId)} ${formatMoney(back)} were given back, told are ${formatMoney(amounts('PaymentRefunded'))}`);
  }

  /** That money which was given back did not reach the customer was told, and paid by somebody since. */
  #checkFailures(orderId: string): void {
    const { log, provider } = this.#world;
    const told = log.history(orderId).filter(({ type }) => type === 'PaymentRefundFailed').map(({ data }) => (data as { refundId: string }).refundId);
    for (const { charge, key, hasFailed } of provider.refunds.values()) {
      if (charge.orderId !== orderId) continue;
      const [times, failures] = [told.filter((refundId) => refundId === key).length, provider.failures.get(key) ?? 0];
      if (times > failures || (failures > 0 && times === 0)) this.break(`money: the refund ${shortId(key)} of ${shortId(orderId)} failed ${failures} times after it was given, told are ${times}`);
      if (hasFailed) this.break(`money: the refund ${shortId(key)} of ${shortId(orderId)} did not reach the customer, and nobody was to pay it`);
    }
  }

  #types(subject: string): string[] {
    return this.#world.log.history(subject).map(({ type }) => type);
  }
}
