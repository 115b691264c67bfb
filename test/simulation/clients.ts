/**
 * Clients that place orders: each keeps its key until it is answered, asks again when it hears nothing, and some ask again though they
 * were answered. They are the witnesses: what they asked for and what they were told is compared with the rows.
 */
import { isDeepStrictEqual } from 'node:util';
import type { World } from '@commerce/commerce-coordinator/saga-model/world';
import type { placeOrder } from '@commerce/commerce-coordinator/orders-api';
import { Problem } from '@commerce/service-kit/problems';
import type { Kernel } from './kernel.ts';
import { isDatabaseDown } from './database.ts';

type Placement = Parameters<typeof placeOrder>[1];
/** What POST /orders answers. */
export type Placed = Awaited<ReturnType<typeof placeOrder>>;

interface Wish {
  readonly key: string;
  readonly form: Placement['form'];
  isAsked: boolean;
  /** Undefined until it was answered. */
  told: Placed['order'] | undefined;
}

/** As `placeOrder`, over the way to the service: rejects with its problem, and never ends when nobody answers. */
export type Place = (placement: Placement) => Promise<Placed>;

const CLIENT_ID = 'storefront';
const PATIENCE_MS = 8_000;

export class Clients {
  readonly #kernel: Kernel;
  readonly #place: Place;
  readonly #world: World;
  readonly #wishes: Wish[] = [];

  constructor(kernel: Kernel, world: World, place: Place) {
    this.#kernel = kernel;
    this.#world = world;
    this.#place = place;
  }

  /** Somebody wants an order, and asks for it after this time. */
  want(form: Placement['form'], afterMs: number): void {
    const wish: Wish = { key: `key-${this.#wishes.length + 1}`, form, isAsked: false, told: undefined };
    this.#wishes.push(wish);
    this.#askLater(wish, afterMs);
  }

  /** Each has its answer. */
  get isDone(): boolean {
    return this.#wishes.every(({ told }) => told !== undefined);
  }

  #askLater(wish: Wish, afterMs: number): void {
    this.#kernel.after(afterMs, `* an order is placed under ${wish.key}`, () => {
      wish.isAsked = true;
      this.#send(wish.key, wish.form, (placed) => this.#answered(wish, placed), () => this.#askLater(wish, this.#kernel.between(200, 4_000)));
    });
  }

  /** `silent`: nobody answers, or what answers is at fault. */
  #send(key: string, form: Placement['form'], answered: (placed: Placed) => void, silent: () => void, refused = this.#refusedWrongly): void {
    const kernel = this.#kernel;
    let isOver = false;
    const over = (act: () => void): void => {
      if (isOver) return;
      isOver = true;
      patience.cancel();
      act();
    };
    const patience = kernel.after(PATIENCE_MS, '', () => over(silent));
    const trigger = { correlationId: kernel.uuid(), metadata: { userId: CLIENT_ID } };
    this.#place({ clientId: CLIENT_ID, idempotencyKey: key, form, trigger }).then(
      (placed) => over(() => answered(placed)),
      (error: unknown) => over(() => {
        if (error instanceof Problem && error.status < 500) refused(key, error);
        else if (error instanceof Problem || isDatabaseDown(error)) silent();
        else this.#world.rules.break(`bug: the intake of ${key} throws ${String(error)}`);
      }),
    );
  }

  readonly #refusedWrongly = (key: string, { code, status }: Problem): void => this.#world.rules.break(`intake: the order of ${key} is refused with ${status} ${code}`);

  #answered(wish: Wish, { order, isReplayed }: Placed): void {
    const kernel = this.#kernel;
    if (wish.told !== undefined) {
      if (!isReplayed) this.#world.rules.break(`intake: ${wish.key} was placed once more, as ${order.orderId} beside ${wish.told.orderId}`);
      else kernel.hit('client.repeats');
      if (!isDeepStrictEqual(order, wish.told)) this.#world.rules.break(`intake: ${wish.key} is told ${JSON.stringify(order)}, and before it was told ${JSON.stringify(wish.told)}`);
    }
    wish.told ??= order;
    if (kernel.draws('client.repeats')) this.#askLater(wish, kernel.between(100, 30_000));
    if (kernel.draws('client.reuses')) this.#reuse(wish, kernel.between(100, 30_000));
  }

  /** Another order under a used key must be refused, whatever became of the first. */
  #reuse({ key, form }: Wish, afterMs: number): void {
    const kernel = this.#kernel;
    const [line, ...rest] = form.lines;
    if (line === undefined) return;
    kernel.after(afterMs, `* another order is placed under ${key}`, () => this.#send(
      key, { ...form, lines: [{ ...line, quantity: line.quantity + 1 }, ...rest] },
      ({ order }) => this.#world.rules.break(`intake: another order under ${key} is answered with ${order.orderId}`),
      () => undefined,
      (_key, problem) => {
        if (problem.status === 422 && problem.code === 'idempotency_key_reused') kernel.hit('client.reuses');
        else this.#refusedWrongly(key, problem);
      },
    ));
  }

  // What they are witnesses of.

  /** Orders that a client was told of, and that are not there, or not as it was told. */
  lost(): string[] {
    const { tables, log } = this.#world;
    return this.#wishes.flatMap(({ key, told }) => {
      if (told === undefined) return [];
      const placed = tables.orders.get(told.orderId)?.placed;
      if (placed === undefined) return [`${told.orderId}, which ${key} was told of, has no row`];
      if (placed.orderNumber !== told.orderNumber || placed.total !== told.total) return [`${told.orderId} is not as ${key} was told of it`];
      return log.history(told.orderId).some(({ type }) => type === 'OrderCreated') ? [] : [`${told.orderId}, which ${key} was told of, does not stand in the log`];
    });
  }

  /** Orders that nobody asked for, or more of one than was asked for. `isOver`: all clients have their answers, so each order was told to one. */
  unexpected(isOver: boolean): string[] {
    const byKey = new Map(this.#wishes.map((wish) => [wish.key, wish]));
    const seen = new Set<string>();
    return [...this.#world.tables.orders].flatMap(([orderId, { request: { idempotencyKey: key }, placed }]) => {
      const wish = byKey.get(key);
      const isSecond = seen.has(key);
      seen.add(key);
      if (wish?.isAsked !== true) return [`${orderId} is of ${key}, under which nobody asked for anything`];
      if (isSecond) return [`${orderId} is a second order of ${key}`];
      if (wish.told === undefined ? isOver : wish.told.orderId !== orderId) return [`${orderId} of ${key} is not what its client was told of`];
      const lines = (all: readonly { readonly sku: string; readonly quantity: number }[]): unknown => all.map(({ sku, quantity }) => [sku, quantity]);
      return isDeepStrictEqual(lines(placed.lines), lines(wish.form.lines)) ? [] : [`${orderId} has other lines than ${key} asked for`];
    });
  }
}
