/** Messages that no service can take: they must come to the dead-letter queue, each with its reason, and delay nobody. */
import type { MemoryLog } from '@commerce/event-log/memory-log';
import type { Fault } from './faults.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryQueue } from './queue.ts';

const KINDS = ['poison.malformed', 'poison.not_accepted', 'poison.invalid', 'poison.conflict'] as const satisfies readonly Fault[];

export class Poison {
  readonly #kernel: Kernel;
  readonly #queue: MemoryQueue;
  readonly #log: MemoryLog;
  readonly #bodies: string[] = [];
  readonly #reasons = new Set<string>();

  constructor(kernel: Kernel, queue: MemoryQueue, log: MemoryLog) {
    this.#kernel = kernel;
    this.#queue = queue;
    this.#log = log;
  }

  /** Somebody sends one of them. It counts when it is handed out. */
  send(): void {
    for (const kind of KINDS) {
      const body = this.#kernel.draws(kind) ? this.#bodyOf(kind) : undefined;
      if (body === undefined) continue;
      this.#bodies.push(body);
      this.#queue.send(body, () => this.#kernel.hit(kind));
    }
  }

  /** Something that could be taken is among the dead: its outcome has to be found by comparing. */
  get hasBuriedOthers(): boolean {
    return this.#queue.dead.some(({ body }) => !this.#bodies.includes(body));
  }

  #bodyOf(kind: (typeof KINDS)[number]): string | undefined {
    const foreign = this.#log.events.filter(({ origin }) => origin === 'foreign');
    const [event] = foreign;
    const detail = (type: string, eventId: string, data: object): object => ({
      eventId, eventType: type, eventVersion: 'v1', timestamp: new Date(this.#kernel.nowMs).toISOString(), source: 'order-fulfillment', correlationId: eventId, causationId: null, data, metadata: { sequence: 2 },
    });
    const wrap = (type: string, inner: object): string => JSON.stringify({ source: 'order-fulfillment', 'detail-type': type, detail: inner });
    switch (kind) {
      case 'poison.malformed':
        return `{"source": ${this.#bodies.length}`;
      case 'poison.not_accepted':
        return wrap('OrderCancelled', detail('OrderCancelled', this.#kernel.uuid(), {}));
      case 'poison.invalid':
        return wrap('FulfillmentCompleted', detail('FulfillmentCompleted', this.#kernel.uuid(), { orderId: 7 }));
      case 'poison.conflict':
        // Only of what is known: of two that come for the first time nobody can tell which is forged.
        return event === undefined ? undefined : wrap(event.type, { ...detail(event.type, event.eventId, { ...(event.data as object), orderId: 'another' }), correlationId: event.correlationId });
    }
  }

  /** Reasons were kept for these messages. */
  refused(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#reasons.add(id);
  }

  /** Each is dead, with a reason, unless whoever had it died each time before it came again, or had no database; and nothing else is that the log does not have. */
  checkEnd(fault: (text: string) => void): void {
    const dead = this.#queue.dead;
    for (const body of this.#bodies) if (!dead.some((message) => message.body === body)) fault(`poison: a message that cannot be taken is not in the dead-letter queue: ${body.slice(0, 80)}`);
    for (const { id, body, receiveCount, hands } of dead) {
      const isPoison = this.#bodies.includes(body);
      if (isPoison && !this.#reasons.has(id) && hands.some(({ couldBeJudged }) => couldBeJudged)) fault(`poison: the dead message ${id} has no reason`);
      if (!isPoison && receiveCount < 5) fault(`poison: ${id} was given up after ${receiveCount} receives`);
    }
  }
}
