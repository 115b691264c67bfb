/**
 * Both services and all that is around them, in one process and in a time of its own: their parts are put together as in production,
 * each process begins, dies and begins again from its tables, and people do what people do.
 */
import { startSqsConsumer } from '@commerce/bus/consumer';
import { CATALOGUE, World } from '@commerce/commerce-coordinator/saga-model/world';
import { CARDS } from '@commerce/commerce-coordinator/saga-model/provider-books';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { nextDeadline } from '@commerce/commerce-coordinator/order-deadlines';
import type { StoredEvent } from '@commerce/event-log/event';
import { RetryLater } from '@commerce/event-log/extension';
import type { MemoryReader } from '@commerce/event-log/memory-reader';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT, OUTCOME_EVENT_TYPES } from '@commerce/infra/names';
import { MemoryBus } from './bus.ts';
import type { Entry } from './bus.ts';
import { Fulfilling } from './fulfilling.ts';
import type { Kernel } from './kernel.ts';
import { Poison } from './poison.ts';
import { Process } from './process.ts';
import { Publishing } from './publishing.ts';
import { MemoryQueue } from './queue.ts';
import { Reading } from './reading.ts';
import { SILENT } from './silent.ts';
import { Webhooks } from './webhooks.ts';
import { Wire } from './wire.ts';

const PAYMENT_TIMEOUT_MS = 5_000;
const COMPARE_MS = 30_000;
const CARE_MS = 10_000;
const OUTCOME_PATIENCE_MS = 30_000;
const SLOW_MS = 45_000;
const SKUS = ['download', 'parcel', 'course-now', 'course-later', 'course-none', 'course-kept', 'nobody'];
const REASON = 'payment provider: no answer';

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
  readonly #placed = new Map<string, string>();
  readonly #sequences = new Map<string, number>();

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
    this.#buses = { cc: new MemoryBus(kernel, COMMERCE_COORDINATOR.bus, () => undefined), of: new MemoryBus(kernel, ORDER_FULFILLMENT.bus, (entry) => this.#route(entry)) };
    this.#publishing = {
      cc: new Publishing(kernel, { log: this.world.log, bus: this.#buses.cc, isPublished: () => true }),
      of: new Publishing(kernel, { log: this.fulfilling.side.log, bus: this.#buses.of, isPublished: (event) => this.fulfilling.side.isPublished(event) }),
    };
    this.#reading = { cc: this.#readingOf(this.#cc), of: this.#readingOf(this.fulfilling.process) };
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
      get of() {
        return late(() => need().fulfilling.booked);
      },
      registry: { wantsOrders: true, isWanted: (name) => need().webhooks.registry.isWanted(name), wanting: (name) => need().webhooks.registry.wanting(name) },
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
    if (origin !== 'own' || sequence === null || source !== 'order-service') return;
    const last = this.#sequences.get(subject) ?? 0;
    if (sequence > last + 1) this.world.rules.break(`history: ${type} of ${subject} has the sequence ${sequence} after ${last}`);
    this.#sequences.set(subject, Math.max(last, sequence));
  }

  // Processes.

  #readingOf(process: Process): Reading {
    const log = process.name === 'cc' ? this.world.log : this.fulfilling.side.log;
    return new Reading(this.kernel, { log, process, onRefused: (what, error) => this.world.rules.break(`race: ${what} is refused by the tables: ${String(error)}`) });
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
          await this.#database('cc.db.refused');
          if (kernel.fault('cc.db.slow')) await kernel.sleep(SLOW_MS);
          if (!process.isAlive) throw databaseDown();
          const results = world.log.appendForeign(envelopes, note);
          if (kernel.fault('cc.db.unknown')) throw databaseDown();
          return results;
        })()),
      },
      pool: {
        query: (_text: string, values: readonly unknown[]) => process.live((async () => {
          await this.#database('cc.db.refused');
          this.poison.refused(values[1] as readonly string[]);
        })()),
      } as never,
    });
  }

  /** A statement on its way. Throws as a database that is away. */
  async #database(kind: 'cc.db.refused'): Promise<void> {
    const { kernel } = this;
    await kernel.sleep(kernel.between(1, 6));
    if (kernel.isClogged('cc.db') || kernel.fault(kind)) throw databaseDown();
  }

  #repeat(process: Process, everyMs: number, act: () => void): void {
    this.kernel.after(everyMs, '', () => {
      if (!process.isAlive) return;
      if (!this.kernel.isClogged('cc.db')) act();
      this.#repeat(process, everyMs, act);
    });
  }

  /** Orders that stand still for too long; see order-deadlines.ts. */
  #care(): void {
    for (const orderId of this.world.orderIds) {
      const order = this.world.order(orderId);
      const deadline = nextDeadline(order);
      const sinceMs = Date.parse(order.statusSince ?? order.updatedAt);
      if (deadline !== undefined && sinceMs + deadline.afterMs * (order.overdue + 1) < this.kernel.nowMs) this.world.deadline(orderId);
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
      const copies = kernel.fault('payments.webhook_twice') ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) this.#tell(index, kernel.fault('payments.webhook_late') ? kernel.between(60_000, 300_000) : kernel.between(5, 5_000));
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

  #tell(index: number, afterMs: number): void {
    this.#expected += 1;
    this.kernel.after(afterMs, '', () => {
      this.#expected -= 1;
      // A provider tells until it is heard.
      if (!this.#isUp()) return this.#tell(index, this.kernel.between(1_000, 10_000));
      this.kernel.note(`the payment provider tells update ${index}`);
      this.world.webhook(index);
    });
  }

  // People.

  /** Commerce Coordinator answers. */
  #isUp(): boolean {
    return this.#cc.isAlive && !this.kernel.isClogged('cc.db');
  }

  /** As soon as the service answers. */
  #whenUp(what: string, act: () => void): void {
    if (!this.#isUp()) return void this.kernel.after(this.kernel.between(500, 4_000), '', () => this.#whenUp(what, act));
    this.kernel.note(`* ${what}`);
    act();
  }

  /** Plans what people do within this time. */
  people(withinMs: number): void {
    const { kernel } = this;
    for (const sku of ['download', 'parcel']) this.world.adjust(sku, kernel.between(3, 9));
    const orders = kernel.between(2, 5);
    for (let order = 0; order < orders; order += 1) this.#plan(kernel.between(0, withinMs / 2), 'an order is placed', () => this.#place(`key-${order}`));
    const acts: [string, () => void][] = [
      ['an order is to be cancelled', () => this.#of('cancel', (orderId) => this.world.cancel(orderId))],
      ['a refund is asked for', () => this.#of('refund', (orderId) => this.world.refund(orderId, kernel.chance(0.5) ? undefined : ['1']))],
      ['what was delivered is asked back', () => this.#of('revoke', (orderId) => this.world.revoke(orderId, undefined))],
      ['an order is requested again', () => this.#of('reRequest', (orderId) => this.world.reRequest(orderId))],
      ['stock changes', () => this.world.adjust(kernel.pick(['download', 'parcel']), kernel.between(-3, 5) || 1)],
      ['money goes back by hand', () => this.#of('byHand', (orderId) => this.world.byHand(orderId, kernel.chance(0.5)))],
      ['a customer pays once more', () => this.#of('payAgain', (orderId) => this.world.payAgain(orderId))],
      ['somebody retries an order', () => this.#of('retry', (orderId) => this.world.retry(orderId))],
    ];
    for (let count = kernel.between(0, 4); count > 0; count -= 1) {
      const [what, act] = kernel.pick(acts);
      this.#plan(kernel.between(100, withinMs), what, act);
    }
    for (let count = kernel.between(0, 3); count > 0; count -= 1) kernel.after(kernel.between(1_000, withinMs), '', () => this.poison.send());
  }

  #plan(afterMs: number, what: string, act: () => void): void {
    this.kernel.after(afterMs, '', () => this.#whenUp(what, act));
  }

  #of(act: Parameters<World['pick']>[1], then: (orderId: string) => void): void {
    const orderId = this.world.pick(this.kernel.between(0, 9), act);
    if (orderId !== undefined) then(orderId);
  }

  /** A client without an answer places it again, under the same key. */
  #place(key: string): void {
    const { kernel } = this;
    const known = this.#placed.get(key);
    if (known === undefined) {
      const lines = Array.from({ length: kernel.between(1, 3) }, () => ({ sku: kernel.pick(SKUS), quantity: kernel.between(1, 2), price: kernel.pick(['10.00', '7.35', '0.00']) }));
      this.world.place({ lines: lines.filter(({ sku }) => sku !== 'nobody' || kernel.chance(0.3)).concat(lines.slice(0, 1)).slice(0, 3), freight: kernel.pick(['5.00', '0.00']), card: kernel.pick(['good', 'good', 'good', ...CARDS]), fates: [], isDenied: false });
      this.#placed.set(key, this.world.orderIds.at(-1) ?? '');
    }
    if (this.#cc.dies('cc.order_committed') || kernel.fault('client.repeats')) this.#plan(kernel.between(100, 3_000), 'an order is placed again', () => this.#place(key));
  }

  /** Orders that a client was told of, and that are not there. */
  get lost(): number {
    return [...this.#placed.values()].filter((orderId) => !this.world.tables.orders.has(orderId)).length;
  }

  /** Fulfillments of orders that nobody has placed. */
  get unexpected(): number {
    return [...this.fulfilling.side.rows.fulfillments.values()].filter(({ orderId }) => !this.world.tables.orders.has(orderId)).length;
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
    this.webhooks.checkEnd();
    this.poison.checkEnd((text) => rules.break(text));
    for (const [name, log, bus] of [['cc', this.world.log, this.#buses.cc], ['of', this.fulfilling.side.log, this.#buses.of]] as const) {
      const missing = log.events.filter((event) => event.origin === 'own' && (name === 'cc' || this.fulfilling.side.isPublished(event)) && !bus.taken.has(event.eventId));
      if (log.events.some((event) => event.origin === 'foreign' && bus.taken.has(event.eventId))) rules.break(`bus: ${name} has published an event of others`);
      if (missing.length > 0) rules.break(`bus: ${missing.length} events of ${name} never reached it, such as ${missing[0]?.type}`);
    }
    for (const { orderId, status, version, fulfillmentId } of this.fulfilling.side.rows.fulfillments.values()) {
      const known = this.world.tables.request(orderId);
      const isSettled = ['completed', 'partial', 'failed', 'cancelled', 'revoked'].includes(status);
      if (isSettled && known?.fulfillmentId === fulfillmentId && known.toldVersion < version) rules.break(`delivery: of ${orderId} version ${version} (${status}) was settled, known is ${known.toldVersion}`);
    }
    if (this.lost > 0) rules.break(`delivery: ${this.lost} accepted orders are not there`);
    if (this.unexpected > 0) rules.break(`delivery: ${this.unexpected} fulfillments are of orders that nobody placed`);
  }
}

function databaseDown(): Error {
  return Object.assign(new Error('The database is away.'), { code: '57P03' });
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
