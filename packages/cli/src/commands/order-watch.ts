/**
 * `order watch`: follows one order until it has ended: what has happened to it, and then each event as it is committed, under the one
 * that caused it. A lost stream is taken up again where it was, so no event is left out and none is shown twice.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { Bad } from '../failures.ts';
import { follow } from '../following.ts';
import { readPages } from '../pages.ts';
import { path } from '../paths.ts';
import { printable } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const eventForm = z.looseObject({
  eventId: z.string(), eventType: z.string(), source: z.string(), recordedAt: z.string(), causationId: z.string().nullable(), handler: z.string().nullable(), attempt: z.number().nullable(),
});
type Event = z.infer<typeof eventForm>;
const orderForm = z.looseObject({ orderNumber: z.number(), status: z.string(), createdAt: z.string(), reason: z.looseObject({ code: z.string() }).nullish() });
type Order = z.infer<typeof orderForm>;

const DEFAULT_CLIENT = 'operator';
const MOST = '10000';
const GOOD_END = 'completed';
const ENDED: ReadonlySet<string> = new Set([GOOD_END, 'cancelled', 'refunded']);
/** After one of these the order is looked at. */
const ENDING = /^Order(Completed|Cancelled|Refunded)$/;
/** What is deeper stands no further to the right. */
const DEEPEST = 12;

export function addWatch(orders: Command, perform: Perform): void {
  orders.command('watch').description('follow an order until it has ended: a line for each event, with --json its event; ends with 1 when the order does not end completed').argument('<id>').action(perform(watch));
}

async function watch(work: Work, id: string): Promise<void> {
  await watchOrder(work, await work.api('cc', DEFAULT_CLIENT), id);
}

/** Resolves when the order is completed, or the operator wants it to end. Throws Bad when the order ends otherwise. */
export async function watchOrder(work: Work, api: Api, orderId: string): Promise<void> {
  const look = async (): Promise<Order> => orderForm.parse(await api.call('GET', path`/orders/${orderId}`));
  const shown = new Shown(work, Date.parse((await look()).createdAt));
  let ended: Order | undefined;
  const judge = async (): Promise<void> => {
    const order = await look();
    if (ENDED.has(order.status)) ended = order;
  };
  await follow(work, {
    api, filter: JSON.stringify({ subject: [orderId] }), done: 'shown',
    // What is committed from here on comes over the stream, what was before stands in the timeline; what is in both is shown once.
    onLive: async () => {
      const { items } = await readPages(api, `${path`/orders/${orderId}`}/timeline`, {}, MOST);
      for (const item of items) shown.add(eventForm.parse(item), item as object);
      await judge();
    },
    handle: async (item) => {
      const event = eventForm.safeParse(item);
      if (event.success && shown.add(event.data, item as object) && ENDING.test(event.data.eventType)) await judge();
    },
    isEnough: () => ended !== undefined,
  });
  if (ended === undefined) return;
  const { orderNumber, status, reason } = ended as Order;
  const said = `Order ${orderNumber} is ${status}${reason === undefined || reason === null ? '' : ` (${reason.code})`}.`;
  if (status !== GOOD_END) throw new Bad(said);
  work.remark(said);
}

/** What was shown, each event under its cause. */
class Shown {
  readonly #work: Work;
  readonly #beganMs: number;
  readonly #depths = new Map<string, number>();

  constructor(work: Work, beganMs: number) {
    this.#work = work;
    this.#beganMs = beganMs;
  }

  /** False when it was shown before. */
  add({ eventId, causationId, eventType, handler, attempt, source, recordedAt }: Event, item: object): boolean {
    if (this.#depths.has(eventId)) return false;
    const above = causationId === null ? undefined : this.#depths.get(causationId);
    const depth = above === undefined ? 0 : Math.min(above + 1, DEEPEST);
    this.#depths.set(eventId, depth);
    const by = handler === null ? source : `${handler}${attempt === null || attempt === 1 ? '' : ` (attempt ${attempt})`}`;
    const offset = `${Math.max(0, Date.parse(recordedAt) - this.#beganMs)} ms`;
    const name = `${'   '.repeat(Math.max(0, depth - 1))}${depth === 0 ? '' : '└─ '}${eventType}`;
    this.#work.tell(item, `${offset.padStart(10)}  ${printable(name.padEnd(56))}  ${this.#work.paint('quiet', printable(by))}`.trimEnd());
    return true;
  }
}
