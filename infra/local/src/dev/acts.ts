// What the keys of `pnpm dev` do: place an order and tell its way, break something and tell what came of it. Everything that reaches
// outside is given.
import type { Lab } from '../lab/lab.ts';
import { isFinal, WAITED_AFTER_MS } from '../lab/outcome.ts';
import type { Outcome } from '../lab/outcome.ts';
import { WishRefused } from '../lab/wish.ts';
import type { EventLines, StreamedEvent } from './event-lines.ts';
import type { Experiment } from './menu.ts';
import { harmless } from './paint.ts';
import type { Paint } from './paint.ts';

export type Delivery = { readonly event: string; readonly signature: string; readonly answer: number };

/** An order as Commerce Coordinator tells of it; times as ISO 8601. */
export type OrderNow = { readonly status: string; readonly createdAt: string; readonly updatedAt: string };

/** Deliveries of all endpoints: on the way, and given up. */
export type WebhooksNow = { readonly queued: number; readonly givenUp: number };

export type World = {
  readonly print: (line: string) => void;
  readonly paint: Paint;
  readonly lab: Pick<Lab, 'begin' | 'mendAll' | 'outcome' | 'accepted'>;
  /** Places an order; tried again while Commerce Coordinator is away. */
  readonly place: () => Promise<{ readonly orderId: string; readonly orderNumber: number }>;
  /** Throws when Commerce Coordinator does not say. */
  readonly order: (orderId: string) => Promise<OrderNow>;
  /** Throws when Commerce Coordinator does not say. */
  readonly webhooks: () => Promise<WebhooksNow>;
  /** What the receiver got about an order, once this event has come. */
  readonly deliveries: (orderId: string, event: string) => Promise<readonly Delivery[]>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  readonly lines: EventLines;
  /** Where the dashboard shows it. */
  readonly links: { readonly order: (orderId: string) => string; readonly breaks: string; readonly webhooks: string };
};

/** What is said while one of them goes on. */
export const ONE_AT_A_TIME = 'One at a time: wait for the end of this one, or mend everything with f, then 0.';
const ENDS: ReadonlySet<string> = new Set(['order.completed', 'order.cancelled', 'order.refunded']);
const ORDERS_OF_AN_EXPERIMENT = 3;
const LOOK_INTERVAL_MS = 1_000;
/** Longer than a delivery is tried. */
const LATE_WEBHOOK_MS = 60_000;
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

  /** Something is broken by these keys, and what came of it is not told yet. */
  get isExperimenting(): boolean {
    return this.#isExperimenting;
  }

  /** Breaks it, places some orders, and tells until they are at their end and everything has recovered. */
  async breakSomething({ title, dependency, wish, isBefore = false }: Experiment): Promise<void> {
    const { print, paint, lab, nowMs, webhooks } = this.#world;
    if (this.#isExperimenting) return print(ONE_AT_A_TIME);
    this.#isExperimenting = true;
    try {
      const before = await webhooks().catch(() => undefined);
      const early = isBefore ? await this.#placeSome() : [];
      const { seed } = await lab.begin(dependency, wish);
      const beganAtMs = nowMs();
      print(paint('red', `Broken: ${title} (seed ${seed}). ${ORDERS_OF_AN_EXPERIMENT} orders ${isBefore ? 'were just placed' : 'are placed'}.`));
      const placed = isBefore ? early : await this.#placeSome();
      await this.#tellOutcome({ placed, beganAtMs, before, limitMs: wish.seconds * 1_000 + RECOVERY_LIMIT_MS });
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

  async #placeSome(): Promise<string[]> {
    return (await Promise.all(Array.from({ length: ORDERS_OF_AN_EXPERIMENT }, () => this.#place()))).map(({ orderId }) => orderId);
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
    const { print, paint, deliveries, nowMs, sleep, links, lines } = this.#world;
    this.#watched.delete(subject);
    const afterMs = nowMs() - atMs;
    const look = async (): Promise<Delivery | undefined> => (await deliveries(subject, name).catch(() => [])).find(({ event }) => event === name);
    const told = ({ answer, signature }: Delivery): string => `webhook ${answer} at your receiver, signature ${harmless(signature)}`;
    let last = await look();
    lines.unfollow(subject);
    print(`${paint('bold', `Order #${orderNumber}: ${name} after ${afterMs} ms.`)}  ${last === undefined ? 'your receiver has not got it yet' : told(last)}  ${links.order(subject)}`);
    if (last !== undefined) return;
    for (const endMs = nowMs() + LATE_WEBHOOK_MS; last === undefined && nowMs() < endMs; last = await look()) await sleep(LOOK_INTERVAL_MS);
    print(last === undefined ? paint('yellow', `Order #${orderNumber}: your receiver has not got ${name} in ${LATE_WEBHOOK_MS / 1_000} s; what became of it: ${links.webhooks}`) : `Order #${orderNumber}: ${told(last)}, late`);
  }

  async #tellOutcome({ placed, beganAtMs, before, limitMs }: Run): Promise<void> {
    const { print, paint, lab, sleep, nowMs, links, order, webhooks } = this.#world;
    const end = nowMs() + limitMs;
    let told = '';
    for (;;) {
      const [outcome, now, orders] = await Promise.all([lab.outcome(), webhooks().catch(() => undefined), Promise.all(placed.map((orderId) => order(orderId).catch(() => undefined)))]);
      const own = accountOf(placed, orders, outcome, beganAtMs, nowMs());
      const [queued, givenUp] = now === undefined || before === undefined ? [0, 0] : [now.queued - before.queued, now.givenUp - before.givenUp];
      const isSettled = outcome.state === 'settled' && outcome.unread.length === 0 && own.onTheirWay === 0;
      if (isSettled && (queued <= 0 || nowMs() > end)) {
        const met = outcome.orders.touched === 0 ? '; none of them met it' : '';
        print(paint(toneOf(outcome, givenUp), `${wordsOf(own, outcome)}${met}  ${links.breaks}`));
        if (givenUp > 0) print(paint('yellow', `${givenUp} ${givenUp === 1 ? 'webhook was' : 'webhooks were'} given up after the last attempt, and kept. This sends them: cli webhooks recover --since ${Math.ceil((nowMs() - beganAtMs) / 60_000) + 1}m  ${links.webhooks}`));
        return;
      }
      const waiting = outcome.waiting.find(({ orderId, nextStep }) => placed.includes(orderId) && nextStep !== null);
      const step = outcome.state === 'recovering' && waiting !== undefined ? `. ${waiting.nextStep}` : '';
      const text = isSettled ? `  mended: ${queued} ${queued === 1 ? 'webhook' : 'webhooks'} on the way` : progressOf(own, outcome);
      // A step counts down, and so do the webhooks: each is told once.
      const stage = isSettled ? 'webhooks' : `${text}${step === ''}`;
      if (stage !== told) print(paint('yellow', `${text}${step}`));
      told = stage;
      if (nowMs() > end) return print(paint('yellow', `It is not over yet: ${wordsOf(own, outcome)}. It goes on by itself: ${links.breaks}`));
      await sleep(LOOK_INTERVAL_MS);
    }
  }
}

/** `before`: how webhooks stood when it began; undefined when that could not be asked. */
type Run = { readonly placed: readonly string[]; readonly beganAtMs: number; readonly before: WebhooksNow | undefined; readonly limitMs: number };

/** What became of the orders of one experiment. `ends`: how many by status. */
type Account = { readonly placed: number; readonly ends: ReadonlyMap<string, number>; readonly onTheirWay: number; readonly waited: number };

/** `orders`: in the order of `placed`; undefined where Commerce Coordinator did not answer. What is lost is not on its way. */
function accountOf(placed: readonly string[], orders: readonly (OrderNow | undefined)[], { lost }: Outcome, beganAtMs: number, nowMs: number): Account {
  const ended = orders.filter((order) => order !== undefined && isFinal(order)) as readonly OrderNow[];
  const open = placed.filter((orderId, index) => !ended.includes(orders[index] as OrderNow) && !lost.some((one) => one.orderId === orderId));
  const waited = orders.filter((order) => order !== undefined && (isFinal(order) ? Date.parse(order.updatedAt) : nowMs) - Math.max(Date.parse(order.createdAt), beganAtMs) > WAITED_AFTER_MS);
  return { placed: placed.length, ends: new Map([...Map.groupBy(ended, ({ status }) => status)].map(([status, some]) => [status, some.length])), onTheirWay: open.length, waited: waited.length };
}

/** One form for all that is told, while it goes on and at its end. Lost and doubled count every order of that time. */
function wordsOf({ placed, ends, onTheirWay, waited }: Account, { orders: { lost, doubled, waiting } }: Outcome): string {
  const others = Math.max(0, waiting - onTheirWay);
  const parts = [...[...ends].map(([status, count]) => `${count} ${status}`), ...(onTheirWay === 0 ? [] : [`${onTheirWay} on the way`]), ...(others === 0 ? [] : [`${others} of others on the way`])];
  return `${placed} placed: ${[...parts, `${waited} had to wait`, `${lost} lost`, `${doubled} doubled`].join(', ')}`;
}

function progressOf(own: Account, outcome: Outcome): string {
  const away = outcome.unread.length === 0 ? '' : `; could not be asked just now: ${outcome.unread.join(', ')}`;
  return `  ${outcome.state === 'broken' ? 'broken' : 'mended'}: ${wordsOf(own, outcome)}${away}`;
}

/** Good is only what was judged, and has lost nothing. */
function toneOf({ orders }: Outcome, givenUp: number): 'green' | 'red' | 'yellow' {
  if (orders.lost > 0 || orders.doubled > 0) return 'red';
  return orders.touched === 0 || givenUp > 0 ? 'yellow' : 'green';
}
