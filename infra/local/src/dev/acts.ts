// What the keys of `pnpm dev` do: place an order and tell its way, break something and tell what came of it. Everything that reaches
// outside is given.
import type { Lab } from '../lab/lab.ts';
import type { Outcome } from '../lab/outcome.ts';
import { WishRefused } from '../lab/wish.ts';
import type { EventLines, StreamedEvent } from './event-lines.ts';
import type { Experiment } from './menu.ts';
import { harmless } from './paint.ts';
import type { Paint } from './paint.ts';

export type Delivery = { readonly event: string; readonly signature: string; readonly answer: number };

export type World = {
  readonly print: (line: string) => void;
  readonly paint: Paint;
  readonly lab: Pick<Lab, 'begin' | 'mendAll' | 'outcome' | 'accepted'>;
  /** Places an order; tried again while Commerce Coordinator is away. */
  readonly place: () => Promise<{ readonly orderId: string; readonly orderNumber: number }>;
  /** What the receiver got about an order, once this event has come. */
  readonly deliveries: (orderId: string, event: string) => Promise<readonly Delivery[]>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  readonly lines: EventLines;
  /** Where the dashboard shows it. */
  readonly links: { readonly order: (orderId: string) => string; readonly breaks: string };
};

const ENDS: ReadonlySet<string> = new Set(['order.completed', 'order.cancelled', 'order.refunded']);
const ORDERS_OF_AN_EXPERIMENT = 3;
const LOOK_INTERVAL_MS = 1_000;
/** After the end of the break; what needs longer goes on without the terminal. */
const RECOVERY_LIMIT_MS = 120_000;

export class Acts {
  readonly #world: World;
  /** Orders that were placed here, and when; until their end. */
  readonly #watched = new Map<string, { readonly atMs: number; readonly orderNumber: number }>();
  #isExperimenting = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Prints what is to be seen of an event, and the end of an order that was placed here. */
  heard(event: StreamedEvent): void {
    const { lines, nowMs, print } = this.#world;
    for (const line of lines.lines(event, nowMs())) print(line);
    const watched = this.#watched.get(event.subject);
    if (watched !== undefined && ENDS.has(event.name)) void this.#tellEnd(event, watched);
  }

  async placeOrder(): Promise<void> {
    const { print, paint, nowMs } = this.#world;
    const atMs = nowMs();
    const { orderNumber } = await this.#place();
    print(paint('bold', `Order #${orderNumber} is accepted after ${nowMs() - atMs} ms.`));
  }

  /** Breaks it, places some orders, and tells until everything has recovered. */
  async breakSomething({ title, dependency, wish }: Experiment): Promise<void> {
    const { print, paint, lab } = this.#world;
    if (this.#isExperimenting) return print('One at a time: wait for the end of this one, or mend everything with f, then 0.');
    this.#isExperimenting = true;
    try {
      const { seed } = await lab.begin(dependency, wish);
      print(paint('red', `Broken: ${title} (seed ${seed}). ${ORDERS_OF_AN_EXPERIMENT} orders are placed.`));
      await Promise.all(Array.from({ length: ORDERS_OF_AN_EXPERIMENT }, () => this.#place()));
      await this.#tellOutcome(wish.seconds * 1_000 + RECOVERY_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof WishRefused)) throw error;
      print(paint('red', error.message));
    } finally {
      this.#isExperimenting = false;
    }
  }

  async mendAll(): Promise<void> {
    await this.#world.lab.mendAll();
    this.#world.print('Everything is mended.');
  }

  async #place(): Promise<{ orderId: string; orderNumber: number }> {
    const { place, lab, lines, nowMs } = this.#world;
    const atMs = nowMs();
    const placed = await place();
    lab.accepted(placed.orderId);
    lines.follow(placed.orderId);
    this.#watched.set(placed.orderId, { atMs, orderNumber: placed.orderNumber });
    return placed;
  }

  async #tellEnd({ subject, name }: StreamedEvent, { atMs, orderNumber }: { readonly atMs: number; readonly orderNumber: number }): Promise<void> {
    const { print, paint, deliveries, nowMs, links, lines } = this.#world;
    this.#watched.delete(subject);
    const afterMs = nowMs() - atMs;
    const came = await deliveries(subject, name).catch(() => []);
    lines.unfollow(subject);
    const last = came.find(({ event }) => event === name);
    const webhook = last === undefined ? 'your receiver has not got it yet' : `webhook ${last.answer} at your receiver, signature ${harmless(last.signature)}`;
    print(`${paint('bold', `Order #${orderNumber}: ${name} after ${afterMs} ms.`)}  ${webhook}  ${links.order(subject)}`);
  }

  async #tellOutcome(limitMs: number): Promise<void> {
    const { print, paint, lab, sleep, nowMs, links } = this.#world;
    const end = nowMs() + limitMs;
    let told = '';
    for (;;) {
      const outcome = await lab.outcome();
      if (outcome.state === 'settled') return print(paint(isGood(outcome) ? 'green' : 'red', `${outcome.text}  ${links.breaks}`));
      const text = progressOf(outcome);
      if (text !== told) print(paint('yellow', (told = text)));
      if (nowMs() > end) return print(paint('yellow', `It is not over yet: ${outcome.text}. It goes on by itself: ${links.breaks}`));
      await sleep(LOOK_INTERVAL_MS);
    }
  }
}

function isGood({ orders }: Outcome): boolean {
  return orders.lost === 0 && orders.doubled === 0;
}

/** One line while it goes on. */
function progressOf({ state, orders: { waiting, touched, lost, doubled }, unread }: Outcome): string {
  const away = unread.length === 0 ? '' : `; not to be asked: ${unread.join(', ')}`;
  return `  ${state === 'broken' ? 'broken' : 'mended'}: ${waiting} of ${touched} on their way, ${lost} lost, ${doubled} doubled${away}`;
}
