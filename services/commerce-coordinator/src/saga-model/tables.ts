/**
 * The rows of the extensions, in memory: each store in the form in which its `.pg.ts` gives it, joins included.
 *
 * Promise: what is loaded is a picture of this moment; what another extension writes after it is not seen. Refuses: what the
 * tables refuse (a version that does not grow, a second shipment, a second use of a key), and extensions that it has no rows for.
 */
import { UNSEEN } from '../extensions/analytics/watch.ts';
import type { Watched } from '../extensions/analytics/watch.ts';
import type { FannedOut } from '../extensions/webhooks/fan-out.ts';
import type { CatalogRow } from '../extensions/catalog/catalog.pg.ts';
import type { FulfillmentRequest } from '../extensions/fulfillment/request.ts';
import type { InventoryRow, Reservation } from '../extensions/inventory/reservation.ts';
import { skuOf } from '../extensions/inventory/stock.ts';
import type { Stock } from '../extensions/inventory/stock.ts';
import type { Correspondence } from '../extensions/notifications/notify.ts';
import type { FirstPlacement } from '../extensions/orders/intake-repeats.ts';
import type { Order } from '../extensions/orders/order.ts';
import type { NewOrder } from '../extensions/orders/new-order.ts';
import type { Payment } from '../extensions/payments/payment.ts';
import type { PaymentMethod } from '../extensions/payments/provider.ts';
import type { Shipping } from '../extensions/shipping/shipment.ts';
import { minorUnits } from '../money.ts';

/** A row of orders: what never changes, what decisions change, how it is paid, and under which key it was placed. */
interface OrderRow {
  readonly placed: NewOrder;
  readonly method: PaymentMethod | null;
  readonly request: { readonly clientId: string; readonly idempotencyKey: string; readonly requestHash: Buffer };
  readonly createdAt: string;
  order: Order;
}

interface Store {
  load(subject: string): unknown;
  save(subject: string, after: never, before: unknown): void;
}

export class Tables {
  readonly orders = new Map<string, OrderRow>();
  readonly stocks = new Map<string, Stock>();
  readonly reservations = new Map<string, Reservation>();
  readonly payments = new Map<string, Payment>();
  readonly requests = new Map<string, FulfillmentRequest>();
  readonly acknowledged = new Map<string, number>();
  readonly #adjustments = new Map<string, InventoryRow>();
  readonly #shipments = new Map<string, Shipping['shipment']>();
  readonly #catalog = new Map<string, CatalogRow>();
  readonly #told = new Map<string, Correspondence>();
  readonly #watched = new Map<string, Watched>();
  readonly #fannedOut = new Map<string, FannedOut>();
  /** Is told of the webhooks that a transaction writes. */
  onPlanned: (planned: FannedOut['planned']) => void = () => undefined;

  readonly #stores: Readonly<Record<string, Store>> = {
    orders: {
      load: (id) => this.orders.get(id)?.order,
      save: (id, after: Order, before) => {
        if (before !== undefined && after.version <= (before as Order).version) throw new Error(`The order ${id} was changed and kept its version ${after.version}.`);
        (this.orders.get(id) as OrderRow).order = after;
      },
    },
    inventory: {
      load: (subject) => this.stocks.get(skuOf(subject) ?? '') ?? this.#adjustments.get(subject) ?? this.#reservation(subject),
      save: (subject, after: InventoryRow) => {
        if (after.kind === 'stock') this.stocks.set(after.sku, after);
        else if (after.kind === 'reservation') this.reservations.set(subject, after);
        else if (this.#adjustments.has(subject)) throw new Error(`The adjustment ${subject} was written twice.`);
        else this.#adjustments.set(subject, after);
      },
    },
    // What was judged of the updates that were kept is no longer kept.
    payments: { load: (id) => this.payment(id), save: (id, after: Payment) => void this.payments.set(id, { ...after, kept: after.kept.filter(({ verdict }) => verdict === null) }) },
    fulfillment: { load: (id) => this.request(id), save: (id, after: FulfillmentRequest) => void this.requests.set(id, after) },
    shipping: {
      load: (id): Shipping | undefined => (this.orders.has(id) ? { orderId: id, fulfillmentId: this.requests.get(id)?.fulfillmentId ?? null, shipment: this.#shipments.get(id) ?? null } : undefined),
      save: (id, after: Shipping, before) => {
        if (after.shipment === null || after.shipment === (before as Shipping).shipment) return;
        if (this.#shipments.has(id)) throw new Error(`The order ${id} has two shipments.`);
        this.#shipments.set(id, after.shipment);
      },
    },
    catalog: { load: (subject) => this.#catalog.get(subject), save: (subject, after: CatalogRow) => void this.#catalog.set(subject, after) },
    notifications: { load: (about) => this.#told.get(about), save: (about, after: Correspondence) => void this.#told.set(about, after) },
    carts: { load: () => undefined, save: () => undefined },
    webhooks: {
      load: (subject) => this.#fannedOut.get(subject),
      save: (subject, after: FannedOut) => {
        this.onPlanned(after.planned);
        this.#fannedOut.set(subject, { ...after, planned: [] });
      },
    },
    // What is counted is in no model.
    analytics: { load: (subject) => this.#watched.get(subject), save: (subject, after: Watched) => void this.#watched.set(subject, { ...after, readings: UNSEEN.readings }) },
  };

  load(extension: string, subjects: readonly string[]): Map<string, unknown> {
    const store = this.#store(extension);
    return new Map(subjects.map((subject): [string, unknown] => [subject, store.load(subject)]).filter(([, row]) => row !== undefined));
  }

  save(extension: string, after: ReadonlyMap<string, unknown>, before: ReadonlyMap<string, unknown>): void {
    const store = this.#store(extension);
    for (const [subject, row] of after) store.save(subject, row as never, before.get(subject));
  }

  #store(extension: string): Store {
    const store = this.#stores[extension];
    if (store === undefined) throw new Error(`The model has no rows for the extension ${extension}: write its store in saga-model/tables.ts.`);
    return store;
  }

  /** What was placed under a key; undefined where nothing was. */
  placedUnder(clientId: string, idempotencyKey: string): FirstPlacement | undefined {
    const row = [...this.orders.values()].find(({ request }) => request.clientId === clientId && request.idempotencyKey === idempotencyKey);
    if (row === undefined) return undefined;
    const { placed: { orderId, orderNumber, customerId, currency, total }, createdAt, request: { requestHash } } = row;
    return { requestHash, order: { orderId, orderNumber, customerId, status: 'created', currency, total, createdAt } };
  }

  /** The order asks to be cancelled, or is. */
  isEnding(orderId: string): boolean {
    const status = this.orders.get(orderId)?.order.status;
    return status === 'cancel_pending' || status === 'cancelled';
  }

  payment(orderId: string): Payment | undefined {
    const placed = this.orders.get(orderId)?.placed;
    if (placed === undefined) return undefined;
    const row = this.payments.get(orderId);
    const { currency, lines, total, freight } = placed;
    return {
      orderId, currency, amount: minorUnits(total), freight: minorUnits(freight), lines: lines.map((line) => ({ lineId: line.lineId, total: minorUnits(line.total) })), orderEnds: this.isEnding(orderId),
      status: row?.status ?? 'unasked', version: row?.version ?? 0, provider: row?.provider ?? null, reference: row?.reference ?? null, stray: row?.stray ?? null, checks: row?.checks ?? 0,
      refunds: row?.refunds ?? [], duplicates: row?.duplicates ?? [], goneLines: row?.goneLines ?? [],
      reason: row?.reason ?? null, lastTold: row?.lastTold ?? null, disputes: row?.disputes ?? [], kept: row?.kept ?? [],
    };
  }

  request(orderId: string): FulfillmentRequest | undefined {
    if (!this.orders.has(orderId)) return undefined;
    return this.requests.get(orderId) ?? { orderId, fulfillmentId: null, status: 'unasked', version: 0, toldVersion: 0, isHeld: false };
  }

  #reservation(orderId: string): Reservation | undefined {
    if (!this.orders.has(orderId)) return undefined;
    return { kind: 'reservation', orderId, status: 'unasked', version: 0, lines: [], ...this.reservations.get(orderId), orderEnds: this.isEnding(orderId) };
  }
}
