/**
 * Both services and all that is around them, in one process and in a time of its own: their parts are put together as in production,
 * each process begins, dies and begins again from its tables, and people do what people do.
 */
import { startSqsConsumer } from '@commerce/bus/consumer';
import { CATALOGUE, World } from '@commerce/commerce-coordinator/saga-model/world';
import { CARDS } from '@commerce/commerce-coordinator/saga-model/provider-books';
import { placeOrder } from '@commerce/commerce-coordinator/orders-api';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { nextDeadline } from '@commerce/commerce-coordinator/order-deadlines';
import type { StoredEvent } from '@commerce/event-log/event';
import { RetryLater } from '@commerce/event-log/extension';
import type { MemoryLog } from '@commerce/event-log/memory-log';
import type { MemoryReader } from '@commerce/event-log/memory-reader';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT, OUTCOME_EVENT_TYPES } from '@commerce/infra/names';
import { MemoryBus } from './bus.ts';
import type { Entry } from './bus.ts';
import { misCarried } from './carried.ts';
import { Clients } from './clients.ts';
import type { Place } from './clients.ts';
import { databaseDown, isDatabaseDown, surely, transacted } from './database.ts';
import { Fulfilling } from './fulfilling.ts';
import { INTERNAL_TYPES } from './internal-types.ts';
import type { Kernel } from './kernel.ts';
import { Poison } from './poison.ts';
import { Process } from './process.ts';
import { Publishing } from './publishing.ts';
import { MemoryQueue } from './queue.ts';
import { Reading } from './reading.ts';
import { SILENT } from './silent.ts';
import { Timely } from './timely.ts';
import type { Due } from './timely.ts';
import { Webhooks } from './webhooks.ts';
import { Wire } from './wire.ts';

const PAYMENT_TIMEOUT_MS = 5_000;
const COMPARE_MS = 30_000;
const CARE_MS = 10_000;
const OUTCOME_PATIENCE_MS = 30_000;
const SLOW_MS = 45_000;
/** Once faults have ended, a person looks so often for what was given up. */
const OPERATE_MS = 60_000;
const SKUS = ['download', 'parcel', 'course-now', 'course-later', 'course-none', 'course-kept', 'nobody'];
const REASON = 'payment provider: no answer';
const LOOK_MS = 5_000;
/** Of what was given up, a person tries each so often when nothing goes wrong any more. */
const MOST_TRIES_BY_HAND = 1;
/** It is tried again when the money was paid; see `payFailed`. */
const PAID_FIRST = 'payments.refund_failed';

/** What the world of the coordinator asks of the cluster that it belongs to. */
interface Around {
  readonly fulfilling: Fulfilling;
  readonly webhooks: Webhooks;
  readonly payments: Wire;
  readonly process: () => Process;
  readonly appended: (event: StoredEvent) => void;
}

export class Cluster {
  readonly kernel: Kernel;
  readonly fulfilling: Fulfilling;
  readonly queue: MemoryQueue;
  readonly webhooks: Webhooks;
  readonly poison: Poison;
  readonly payments: Wire;
  readonly world: World;
  readonly #buses: { readonly cc: MemoryBus; readonly of: MemoryBus };
  readonly #publishing: { readonly cc: Publishing; readonly of: Publishing };
  #cc: Process;
  #reading: { cc: Reading; of: Reading };
  /** What payment providers have still to tell. */
  #expected = 0;
  #told = 0;
  readonly #decided = new Set<string>();
  readonly #clients: Clients;
  readonly #sequences = new Map<string, number>();
  readonly #timely: Readonly<Record<'cc' | 'of' | 'between', Timely>>;
  #looksAtMs = 0;
  /** How often a person has tried again what was given up, by what that is. */
  readonly #triedByHand = new Map<string, number>();

  private constructor(kernel: Kernel, worldOf: (around: Around) => World) {
    this.kernel = kernel;
    this.#cc = new Process(kernel, 'cc');
    this.queue = new MemoryQueue(kernel, (text) => this.world.rules.break(text));
    this.payments = new Wire(kernel, 'payments');
    this.fulfilling = new Fulfilling(kernel);
    this.webhooks = new Webhooks(kernel, (text) => this.world.rules.break(text));
    this.world = worldOf({ fulfilling: this.fulfilling, webhooks: this.webhooks, payments: this.payments, process: () => this.#cc, appended: (event) => this.#appended(event) });
    this.fulfilling.rules = this.world.rules;
    this.world.tables.onPlanned = (planned) => this.webhooks.keep(planned);
    this.poison = new Poison(kernel, this.queue, this.world.log);
    this.#clients = new Clients(kernel, this.world, this.#take);
    this.#buses = { cc: new MemoryBus(kernel, COMMERCE_COORDINATOR.bus, () => undefined), of: new MemoryBus(kernel, ORDER_FULFILLMENT.bus, (entry) => this.#route(entry)) };
    this.#publishing = {
      cc: new Publishing(kernel, { log: this.world.log, bus: this.#buses.cc, isPublished: ({ type }) => !INTERNAL_TYPES.has(type) }),
      of: new Publishing(kernel, { log: this.fulfilling.side.log, bus: this.#buses.of, isPublished: (event) => this.fulfilling.side.isPublished(event) }),
    };
    this.#reading = { cc: this.#readingOf(this.#cc), of: this.#readingOf(this.fulfilling.process) };
    const timely = (): Timely => new Timely((text) => this.world.rules.break(text));
    this.#timely = { cc: timely(), of: timely(), between: timely() };
    this.#startCc(this.#cc);
    this.#startOf(this.fulfilling.process);
  }

  static async open(kernel: Kernel): Promise<Cluster> {
    let around: Around | undefined;
    const need = (): Around => {
      if (around === undefined) throw new Error('There is no cluster yet.');
      return around;
    };
    // The world is opened before the cluster that it belongs to: what it asks of that comes later.
    const world = await World.open({
      nowMs: () => kernel.nowMs, uuid: kernel.uuid, random: kernel.random, patienceMs: OUTCOME_PATIENCE_MS,
      mail: { send: (what, _to, effect) => sendTo(need().payments, need().process(), what, effect) },
      transact: (write) => transacted(kernel, 'cc.db', write),
      get of() {
        return late(() => need().fulfilling.booked);
      },
      registry: { wantsOrders: true, isWanted: (name) => need().webhooks.registry.isWanted(name), wanting: (name, body) => need().webhooks.registry.wanting(name, body) },
      watcher: (rules) => ({
        appended: (event) => {
          need().appended(event);
          rules.appended(event);
        },
        applied: (...moved) => rules.applied(...moved), effectEnded: (...ended) => rules.effectEnded(...ended),
      }),
    });
    return new Cluster(kernel, (given) => {
      around = given;
      return world;
    });
  }

  #appended({ type, subject, sequence, source, origin }: StoredEvent): void {
    this.kernel.note(`CC: ${type} of ${subject}`);
    if (type === 'PaymentRefundFailed') this.kernel.hit('payments.refund_failed');
    if (origin !== 'own' || sequence === null || source !== 'order-service') return;
    const last = this.#sequences.get(subject) ?? 0;
    if (sequence > last + 1) this.world.rules.break(`history: ${type} of ${subject} has the sequence ${sequence} after ${last}`);
    this.#sequences.set(subject, Math.max(last, sequence));
  }

  // Processes.

  #readingOf(process: Process): Reading {
    const { kernel, fulfilling } = this;
    const own = process.name === 'cc' ? { log: this.world.log, nowMs: () => kernel.nowMs } : { log: fulfilling.side.log, nowMs: fulfilling.nowMs };
    return new Reading(kernel, { ...own, process, onRefused: (what, error) => this.world.rules.break(`race: ${what} is refused by the tables: ${String(error)}`) });
  }

  #startCc(process: Process): void {
    this.#cc = process;
    this.#reading.cc = this.#readingOf(process);
    this.fulfilling.startClient(process);
    this.#publishing.cc.start(process);
    this.webhooks.start(process);
    this.#startConsumer(process);
    this.#repeat(process, COMPARE_MS, () => this.world.compare());
    this.#repeat(process, CARE_MS, () => this.#care());
    process.onEnd(() => {
      for (const reader of this.world.log.readers.values()) reader.die();
      // What it was comparing is forgotten, too.
      this.world.die('fulfillment');
      this.kernel.after(this.#downMs(), 'cc begins again', () => this.#startCc(new Process(this.kernel, 'cc')));
    });
  }

  #startOf(process: Process): void {
    this.#reading.of = this.#readingOf(process);
    this.#publishing.of.start(process);
    process.onEnd(() => {
      for (const reader of this.fulfilling.side.log.readers.values()) reader.die();
      this.kernel.after(this.#downMs(), 'of begins again', () => this.#startOf(this.fulfilling.restart()));
    });
  }

  #downMs(): number {
    return this.kernel.chance(0.8) ? this.kernel.between(200, 3_000) : this.kernel.between(10_000, 120_000);
  }

  #startConsumer(process: Process): void {
    const { kernel, world } = this;
    void startSqsConsumer({
      queueUrl: 'memory', queue: this.queue.calls(process), accepts: MAP.foreign, receivers: 2, sleep: process.sleep, random: kernel.random, monotonicMs: () => kernel.nowMs,
      logger: SILENT, faults: process.faults,
      log: {
        catalogue: CATALOGUE,
        appendForeign: (envelopes, note) => process.live((async () => {
          await kernel.sleep(kernel.between(1, 6));
          if (kernel.draws('cc.db.slow')) {
            await kernel.sleep(SLOW_MS);
            if (process.isAlive) kernel.hit('cc.db.slow');
          }
          if (!process.isAlive) throw databaseDown();
          const results = transacted(kernel, 'cc.db', () => world.log.appendForeign(envelopes, note));
          if (kernel.skewMs !== 0 && results.some(({ kind }) => kind === 'appended')) kernel.hit('clocks.differ');
          return results;
        })()),
      },
      pool: {
        query: (_text: string, values: readonly unknown[]) => process.live((async () => {
          await kernel.sleep(kernel.between(1, 6));
          transacted(kernel, 'cc.db', () => this.poison.refused(values[1] as readonly string[]));
        })()),
      } as never,
    });
  }

  #repeat(process: Process, everyMs: number, act: () => void): void {
    this.kernel.after(everyMs, '', () => {
      if (!process.isAlive) return;
      unlessDown(act);
      this.#repeat(process, everyMs, act);
    });
  }

  /** Orders that stand still for too long; see order-deadlines.ts. */
  #care(): void {
    for (const orderId of this.world.orderIds) {
      const order = this.world.order(orderId);
      const deadline = nextDeadline(order);
      if (deadline !== undefined && Date.parse(order.updatedAt) + deadline.afterMs < this.kernel.nowMs) this.world.deadline(orderId);
    }
  }

  /** The rule of the bus. */
  #route({ DetailType, Detail, Source }: Entry): void {
    const detail = JSON.parse(Detail) as { data: { clientId?: string } };
    if (!OUTCOME_EVENT_TYPES.includes(DetailType) || detail.data.clientId !== COMMERCE_COORDINATOR.clientId) return;
    this.queue.send(JSON.stringify({ version: '0', id: this.kernel.uuid(), source: Source, 'detail-type': DetailType, detail }));
  }

  /** After each step: whoever has something to do begins. */
  wake(): void {
    this.#reading.cc.wake();
    this.#reading.of.wake();
    this.#publishing.cc.wake();
    this.#publishing.of.wake();
    this.webhooks.wake();
    this.#providersTell();
  }

  /** What a payment provider decides later, and what it tells. */
  #providersTell(): void {
    const { kernel, world: { provider } } = this;
    for (; this.#told < provider.updates.length; this.#told += 1) {
      const index = this.#told;
      this.#tellSoon(index, () => this.#noteDispute(index));
      if (kernel.draws('payments.webhook_twice')) this.#tellSoon(index, () => kernel.hit('payments.webhook_twice'));
    }
    const pending = [...provider.charges.values()].filter(({ status, key }) => status === 'pending' && !this.#decided.has(key));
    for (const { key } of pending) {
      this.#decided.add(key);
      this.#expected += 1;
      kernel.after(kernel.between(500, 60_000), 'the payment provider decides', () => {
        this.#expected -= 1;
        provider.decide(key);
      });
    }
  }

  #tellSoon(index: number, onHeard: () => void): void {
    const { kernel } = this;
    if (!kernel.draws('payments.webhook_late')) return this.#tell(index, kernel.between(5, 5_000), onHeard);
    this.#tell(index, kernel.between(60_000, 300_000), () => {
      kernel.hit('payments.webhook_late');
      onHeard();
    });
  }

  #tell(index: number, afterMs: number, onHeard: () => void): void {
    const { kernel } = this;
    this.#expected += 1;
    kernel.after(afterMs, '', () => {
      this.#expected -= 1;
      kernel.note(`the payment provider tells update ${index}`);
      // A provider tells until it is heard.
      if (this.#cc.isAlive && unlessDown(() => this.world.webhook(index))) return onHeard();
      this.#tell(index, kernel.between(1_000, 10_000), onHeard);
    });
  }

  #noteDispute(index: number): void {
    const told = this.world.provider.updates[index];
    if (told?.about !== 'dispute') return;
    if (told.update.status === 'won' || told.update.status === 'lost') this.kernel.hit(`payments.dispute_${told.update.status}`);
  }

  /** A customer disputes a payment: as soon as there is one. */
  #dispute(ends: 'won' | 'lost', tries: number): void {
    const { kernel, world } = this;
    kernel.after(kernel.between(5_000, 30_000), '', () => {
      if (kernel.isCalm || tries === 0) return;
      const orderId = world.pick(kernel.between(0, 9), 'dispute');
      if (orderId === undefined || !world.dispute(orderId, ends)) return this.#dispute(ends, tries - 1);
      kernel.note(`* a payment of ${orderId} is disputed`);
      this.#decideDispute();
    });
  }

  /** Money that was given back does not reach the customer: as soon as there is some. */
  #failRefund(tries: number): void {
    const { kernel, world } = this;
    kernel.after(kernel.between(5_000, 30_000), '', () => {
      if (kernel.isCalm || tries === 0) return;
      const orderId = world.pick(kernel.between(0, 9), 'refundFails');
      if (orderId === undefined || !world.refundFails(orderId)) return this.#failRefund(tries - 1);
      kernel.note(`* what was given back of ${orderId} comes back`);
    });
  }

  /** The provider decides it some time later, when none of its money is on its way. */
  #decideDispute(): void {
    const { kernel, world } = this;
    kernel.after(kernel.between(2_000, 60_000), '', () => {
      if (this.#isUp()) for (const goOn of world.openDisputes()) goOn();
      if (world.openDisputes().length > 0) this.#decideDispute();
    });
  }

  // People.

  /** Commerce Coordinator answers. */
  #isUp(): boolean {
    return this.#cc.isAlive && !this.kernel.isClogged('cc.db');
  }

  /** As soon as the service answers: `begin` gives what is then asked, and asked again while nobody knows whether it was done. */
  #whenUp(what: string, begin: () => (() => void) | undefined): void {
    const { kernel } = this;
    const act = this.#isUp() ? begin() ?? (() => undefined) : undefined;
    if (act !== undefined) kernel.note(`* ${what}`);
    if (act === undefined || !unlessDown(act)) kernel.after(kernel.between(500, 4_000), '', () => this.#whenUp(what, act === undefined ? begin : () => act));
  }

  /** Plans what people do within this time. */
  people(withinMs: number): void {
    const { kernel, world } = this;
    for (const sku of ['download', 'parcel']) {
      const pieces = kernel.between(3, 9);
      surely(() => world.adjust(sku, pieces, `opening ${sku}`));
    }
    for (let orders = kernel.between(2, 5); orders > 0; orders -= 1) this.#clients.want(this.#drawOrder(), kernel.between(0, withinMs / 2));
    const of = (act: Parameters<World['pick']>[1], then: (orderId: string) => void) => (): (() => void) | undefined => {
      const orderId = world.pick(kernel.between(0, 9), act);
      return orderId === undefined ? undefined : () => then(orderId);
    };
    const acts: [string, () => (() => void) | undefined][] = [
      ['an order is to be cancelled', of('cancel', (orderId) => world.cancel(orderId))],
      ['a refund is asked for', () => {
        const lineIds = kernel.chance(0.5) ? undefined : ['1'];
        return of('refund', (orderId) => world.refund(orderId, lineIds))();
      }],
      ['what was delivered is asked back', of('revoke', (orderId) => world.revoke(orderId, undefined))],
      ['an order is requested again', of('reRequest', (orderId) => world.reRequest(orderId))],
      ['stock changes', () => {
        const [sku, delta, key] = [kernel.pick(['download', 'parcel']), kernel.between(-3, 5) || 1, kernel.uuid()];
        return () => world.adjust(sku, delta, key);
      }],
      ['money goes back by hand', () => {
        const isTotal = kernel.chance(0.5);
        return of('byHand', (orderId) => world.byHand(orderId, isTotal))();
      }],
      ['a customer pays once more', of('payAgain', (orderId) => world.payAgain(orderId))],
      ['somebody retries an order', of('retry', (orderId) => world.retry(orderId))],
    ];
    for (let count = kernel.between(0, 4); count > 0; count -= 1) {
      const [what, begin] = kernel.pick(acts);
      kernel.after(kernel.between(100, withinMs), '', () => this.#whenUp(what, begin));
    }
    for (const ends of ['won', 'lost'] as const) if (kernel.draws(`payments.dispute_${ends}`)) this.#dispute(ends, 5);
    if (kernel.draws('payments.refund_failed')) this.#failRefund(10);
    for (let count = kernel.between(0, 3); count > 0; count -= 1) kernel.after(kernel.between(1_000, withinMs), '', () => this.poison.send());
  }

  #drawOrder(): Parameters<Place>[0]['form'] {
    const { kernel } = this;
    const lines = Array.from({ length: kernel.between(1, 3) }, () => ({ sku: kernel.pick(SKUS), quantity: kernel.between(1, 2), unitPrice: kernel.pick(['10.00', '7.35', '0.00']) }));
    return {
      customerId: 'VINET', currency: 'USD', freight: kernel.pick(['5.00', '0.00']), lines: lines.filter(({ sku }) => sku !== 'nobody' || kernel.chance(0.3)).concat(lines.slice(0, 1)).slice(0, 3),
      payment: { method: { type: 'card', token: kernel.pick(['good', 'good', 'good', ...CARDS]) } },
    };
  }

  /** POST /orders, from its arrival to its answer. */
  readonly #take: Place = async (placement) => {
    const { kernel } = this;
    const process = this.#cc;
    await kernel.sleep(kernel.between(1, 20));
    if (!process.isAlive) return new Promise(() => undefined);
    const placed = await placeOrder({ intake: { place: async (asked) => this.world.intake(asked) }, isFull: () => false }, placement);
    if (!placed.isReplayed && process.dies('cc.order_committed')) return new Promise(() => undefined);
    await kernel.sleep(kernel.between(1, 20));
    return process.live(Promise.resolve(placed));
  };

  /** From here on nothing goes wrong; and a person brings back what was given up. */
  calm(): void {
    this.kernel.calm();
    this.#operate();
  }

  #operate(): void {
    this.kernel.after(OPERATE_MS, '', () => {
      for (const log of [this.world.log, this.fulfilling.side.log]) {
        for (const subject of new Set(this.#countGivenUp(log))) {
          this.kernel.note(`* what was given up of ${subject} is tried again`);
          log.pullIn(subject);
        }
      }
      this.world.payFailed();
      this.#operate();
    });
  }

  /** Notes what is about to be tried by hand; gives the subjects. What is given up again though nothing goes wrong any more was not given up because of a fault. */
  #countGivenUp({ readers }: MemoryLog): string[] {
    const dead = [...readers.values()].flatMap(({ jobs, parked }) => [
      ...jobs.filter(({ kept }) => kept.state === 'dead').map(({ job: { name, event } }) => ({ name, event })),
      ...[...parked.values()].flat().filter(({ state }) => state === 'dead').map(({ handler, event }) => ({ name: handler, event })),
    ]);
    for (const { name, event } of dead) {
      const key = `${name} of ${event.type} ${event.eventId}`;
      const times = (this.#triedByHand.get(key) ?? 0) + 1;
      this.#triedByHand.set(key, times);
      // That one waits for money that somebody has to pay first.
      if (times > MOST_TRIES_BY_HAND && name !== PAID_FIRST) this.world.rules.break(`liveness: ${key} was given up, tried by a person, and given up again though nothing goes wrong`);
    }
    return dead.filter(({ name }) => name !== PAID_FIRST).map(({ event }) => event.subject);
  }

  /** What was given up while faults lasted, and a person had to try again. */
  get triedByHand(): number {
    return this.#triedByHand.size;
  }

  /** Orders that a client was told of, and that are not there. */
  get lost(): number {
    return this.#clients.lost().length;
  }

  /** Orders and fulfillments that nobody has asked for. */
  get unexpected(): number {
    return this.#clients.unexpected(false).length + this.#unknownFulfillments().length;
  }

  #unknownFulfillments(): string[] {
    return [...this.fulfilling.side.rows.fulfillments.values()].filter(({ orderId }) => !this.world.tables.orders.has(orderId)).map(({ orderId }) => `the fulfilling side has ${orderId}, which nobody placed`);
  }

  /** What was accepted is there, and nothing else. `isOver`: all clients have their answers. */
  checkAccepted(isOver: boolean): void {
    const { rules } = this.world;
    for (const text of this.#clients.lost()) rules.break(`intake: ${text}`);
    for (const text of [...this.#clients.unexpected(isOver), ...this.#unknownFulfillments()]) rules.break(`intake: ${text}`);
  }

  /** Nothing that the fulfilling side has told was lost on the way: then comparing finds nothing that had not been heard. */
  get isAllHeard(): boolean {
    return !this.poison.hasBuriedOthers;
  }

  /** From time to time: what is due is done, and no order stands in its status for longer than it may. Between the services that is asked when faults have ended. */
  checkInTime(): void {
    const { kernel, world, fulfilling, queue, webhooks } = this;
    if (kernel.nowMs < this.#looksAtMs) return;
    this.#looksAtMs = kernel.nowMs + LOOK_MS;
    const isUp = { cc: this.#cc.isAlive && !kernel.seesClogged('cc.db'), of: fulfilling.process.isAlive && !kernel.seesClogged('of.db') };
    const overdue = world.rules.overdue().map((what): Due => ({ what }));
    this.#timely.cc.look([...this.#reading.cc.due(), ...overdue], isUp.cc, kernel.nowMs);
    this.#timely.of.look(this.#reading.of.due(), isUp.of, kernel.nowMs);
    this.#timely.between.look([...this.#publishing.cc.due('cc'), ...this.#publishing.of.due('of'), ...queue.due(), ...webhooks.due()], kernel.isCalm && isUp.cc && isUp.of, kernel.nowMs);
  }

  // The end.

  /** What is not at its end yet, in words; none when all is still. */
  restless(): string[] {
    const { world, fulfilling, webhooks, queue } = this;
    const reading = (name: string, reader: MemoryReader): string[] => {
      const timers = name === 'analytics' ? 0 : reader.timers.size;
      const left = [...reader.unread()].length + reader.jobs.length + reader.parked.size + timers;
      return left > 0 || reader.open !== undefined ? [`${name} has ${[...reader.unread()].length} subjects unread, ${reader.jobs.map(({ job }) => `${job.name} ${job.state} attempt ${job.attempt}`).join(', ')}, ${reader.parked.size} parked, ${timers} timers`] : [];
    };
    const wires = [fulfilling.wires.http, fulfilling.wires.lms, fulfilling.wires.issuer, this.payments];
    return [
      ...(this.#cc.isAlive && fulfilling.process.isAlive ? [] : ['a process is away']),
      ...[...world.log.readers].flatMap(([name, reader]) => reading(name, reader)), ...[...fulfilling.side.log.readers].flatMap(([name, reader]) => reading(name, reader)),
      ...(this.#publishing.cc.isDone ? [] : [`cc: ${this.#publishing.cc.lacking}`]), ...(this.#publishing.of.isDone ? [] : [`of: ${this.#publishing.of.lacking}`]),
      ...(queue.size === 0 ? [] : [`${queue.size} messages are in the queue`]),
      ...(wires.some(({ underWay }) => underWay > 0) ? ['calls are under way'] : []),
      ...(this.#expected + fulfilling.expected > 0 ? ['somebody outside has something to tell'] : []),
      ...(webhooks.isDone ? [] : ['webhooks are not delivered']),
      ...(this.#clients.isDone ? [] : ['a client has no answer']), ...(world.provider.disputes().length === 0 ? [] : ['a dispute is open']),
    ];
  }

  /** Grows with whatever happens in either log. */
  get length(): number {
    return this.world.log.events.length + this.fulfilling.side.log.events.length;
  }

  /** Timers of what only counts are due now. */
  endCounting(): void {
    const reader = this.world.log.reader('analytics');
    for (const { key } of reader.dueTimers()) {
      reader.beginTimer(key);
      reader.commit();
    }
  }

  /** All that must hold when nothing more can happen. */
  checkEnd(): void {
    const { rules } = this.world;
    rules.checkEnd();
    this.fulfilling.checkEnd();
    this.webhooks.checkEnd(this.world.log.events);
    this.checkAccepted(true);
    this.poison.checkEnd((text) => rules.break(text));
    for (const [service, log] of [['cc', this.world.log], ['of', this.fulfilling.side.log]] as const) for (const text of misCarried(service, log.events, this.#buses[service].taken)) rules.break(text);
    for (const { orderId, status, version, fulfillmentId } of this.fulfilling.side.rows.fulfillments.values()) {
      const known = this.world.tables.request(orderId);
      const isSettled = ['completed', 'partial', 'failed', 'cancelled', 'revoked'].includes(status);
      if (isSettled && known?.fulfillmentId === fulfillmentId && known.toldVersion < version) rules.break(`delivery: of ${orderId} version ${version} (${status}) was settled, known is ${known.toldVersion}`);
    }
  }
}

/** False when the database failed: nobody knows whether it was done. */
function unlessDown(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (isDatabaseDown(error)) return false;
    throw error;
  }
}

/** A call to the payment provider: what it throws is its refusal. */
async function sendTo<Result>(wire: Wire, process: Process, what: string, effect: () => Result): Promise<Result> {
  const heard = await process.live(wire.call<{ result: Result } | { error: unknown }>({
    what, timeoutMs: PAYMENT_TIMEOUT_MS,
    arrive: () => {
      try {
        return { result: effect() };
      } catch (error) {
        return { error };
      }
    },
  }));
  if (heard.kind === 'silence') throw new RetryLater(REASON, { sent: heard.sent });
  if ('error' in heard.answer) throw heard.answer.error;
  return heard.answer.result;
}

/** An object that is known later: asked for each time. */
function late<Target extends object>(target: () => Target): Target {
  return new Proxy({} as Target, { get: (_none, name) => Reflect.get(target(), name) as unknown });
}
