// Events as lines: each below what caused it, with the time since the first event of its order, and for what came over the bus the
// time from the other service's log into this one. Not more lines a second than a person can see pass by; how many were left out is
// said. Orders that somebody follows are never left out. Pure: the time is given.
import type { Colour, Paint } from './paint.ts';
import { harmless } from './paint.ts';

/** An event as the stream tells it. */
export type StreamedEvent = {
  readonly eventId: string;
  readonly name: string;
  readonly subject: string;
  readonly topic: string;
  readonly origin: 'own' | 'foreign';
  readonly causationId: string | null;
  /** ISO 8601: when it happened, and when it came into Commerce Coordinator's log. */
  readonly timestamp: string;
  readonly recordedAt: string;
  readonly data: unknown;
};

const LINES_PER_SECOND = 20;
const MAX_REMEMBERED = 5_000;
const DEEPEST = 10;
const NAME_WIDTH = 40;

/** The first event of an order has no number; the one that has follows at once. */
const UNNUMBERED = 'order.checkout_initiated';

type Known = { readonly depth: number };
/** `label`: the number of the order, else the end of its id, for ids begin with the time. */
type Flow = { readonly firstId: string; readonly beganMs: number; readonly label: string };

export class EventLines {
  readonly #paint: Paint;
  readonly #known = new Map<string, Known>();
  readonly #flows = new Map<string, Flow>();
  readonly #followed = new Set<string>();
  /** By order: the event that waits for the number of its order, until the next second at most. */
  readonly #unnumbered = new Map<string, StreamedEvent>();
  #second = 0;
  #shown = 0;
  #leftOut = 0;
  readonly #leftOutOf = new Set<string>();

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** From now on every event of this order is shown. */
  follow(subject: string): void {
    this.#followed.add(subject);
  }

  unfollow(subject: string): void {
    this.#followed.delete(subject);
  }

  /** The lines to print for one event: none when there are too many. */
  lines(event: StreamedEvent, nowMs: number): string[] {
    const before = this.tick(nowMs);
    if (event.name === UNNUMBERED && numberIn(event.data) === undefined && this.#unnumbered.size < MAX_REMEMBERED) {
      this.#flowOf(event);
      this.#unnumbered.set(event.subject, event);
      return before;
    }
    const held = this.#unnumbered.get(event.subject);
    if (held === undefined) return [...before, ...this.#shownLines(event)];
    this.#unnumbered.delete(event.subject);
    this.#flowOf(event);
    return [...before, ...this.#shownLines(held), ...this.#shownLines(event)];
  }

  /** The line of an event; none, but counted, when there are too many in this second. */
  #shownLines(event: StreamedEvent): string[] {
    const flow = this.#flowOf(event);
    const depth = this.#depthOf(event, flow);
    if (!this.#followed.has(event.subject)) {
      if (this.#shown >= LINES_PER_SECOND) {
        this.#leftOut += 1;
        this.#leftOutOf.add(event.subject);
        return [];
      }
      this.#shown += 1;
    }
    return [this.#line(event, depth, flow)];
  }

  /** What is to be said because a second has passed: how many events were left out in it. */
  tick(nowMs: number): string[] {
    const second = Math.floor(nowMs / 1_000);
    if (second === this.#second) return [];
    const [events, orders] = [this.#leftOut, this.#leftOutOf.size];
    [this.#second, this.#shown, this.#leftOut] = [second, 0, 0];
    this.#leftOutOf.clear();
    const alone = [...this.#unnumbered.values()];
    this.#unnumbered.clear();
    return [...(events === 0 ? [] : [this.#paint('grey', `  … ${events} more ${events === 1 ? 'event' : 'events'} of ${orders} ${orders === 1 ? 'order' : 'orders'} in this second, left out here`)]), ...alone.flatMap((event) => this.#shownLines(event))];
  }

  #line(event: StreamedEvent, depth: number, { beganMs, label }: Flow): string {
    const sinceMs = Math.max(0, Date.parse(event.recordedAt) - beganMs);
    const name = `${'  '.repeat(depth)}${depth === 0 ? '' : '└ '}${harmless(event.name, 60)}`;
    const bus = event.origin === 'foreign' ? `bus→queue ${Math.max(0, Date.parse(event.recordedAt) - Date.parse(event.timestamp))} ms` : '';
    const notes = [bus, noteOf(event.data)].filter((note) => note !== '').join('  ');
    return `  ${this.#paint('grey', label.padEnd(10))} ${this.#paint(colourOf(event.name), name.padEnd(NAME_WIDTH))} ${this.#paint('grey', `+${sinceMs} ms`.padStart(9))}  ${notes}`.trimEnd();
  }

  /** What came over the bus was caused in the other service's log: it stands below the first event of its order. */
  #depthOf({ eventId, causationId }: StreamedEvent, { firstId }: Flow): number {
    const cause = causationId === null ? undefined : this.#known.get(causationId);
    const depth = cause === undefined ? (eventId === firstId ? 0 : 1) : Math.min(cause.depth + 1, DEEPEST);
    remember(this.#known, eventId, { depth });
    return depth;
  }

  #flowOf({ subject, eventId, recordedAt, data }: StreamedEvent): Flow {
    const known = this.#flows.get(subject);
    const number = numberIn(data);
    if (known !== undefined && (number === undefined || known.label.startsWith('#'))) return known;
    const label = number === undefined ? `…${harmless(subject).slice(-8)}` : `#${number}`;
    const flow = known === undefined ? { firstId: eventId, beganMs: Date.parse(recordedAt), label } : { ...known, label };
    remember(this.#flows, subject, flow);
    return flow;
  }
}

function numberIn(data: unknown): number | undefined {
  const number = typeof data === 'object' && data !== null && 'orderNumber' in data ? data.orderNumber : undefined;
  return typeof number === 'number' ? number : undefined;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

const COLOUR_OF_ROOM: Readonly<Record<string, Colour>> = { order: 'cyan', inventory: 'yellow', payment: 'magenta', fulfillment: 'blue', shipping: 'green', notification: 'green', dispute: 'red' };

/** What went wrong is red, whatever it is about; everything else has the colour of its room. */
export function colourOf(name: string): Colour {
  if (/failed|refused|unfulfilled|cancelled|overdue|lost|dead|disabled/.test(name)) return 'red';
  return COLOUR_OF_ROOM[name.split('.')[0] ?? ''] ?? 'grey';
}

/** What an event tells of money and of its reason. */
function noteOf(data: unknown): string {
  const { amount, total, currency, reason } = (typeof data === 'object' && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  const money = amount ?? total;
  const code = typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : undefined;
  return [...(money === undefined ? [] : [money, currency]), code].filter((one) => typeof one === 'string').map((text) => harmless(text, 60)).join(' ');
}
