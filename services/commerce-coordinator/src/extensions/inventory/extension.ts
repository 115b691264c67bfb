/**
 * Inventory: sets aside what an order needs, all of it or nothing, and settles it when the order ends.
 */
import { OrderCreated, OrderFulfilled, OrderTakenBack, OrderUnfulfilled } from '@commerce/events/entries';
import { PaymentFailed, PaymentRefunded } from '@commerce/events/entries/payments';
import type { EventLog } from '@commerce/event-log/log';
import { choice } from '@commerce/service-kit/config';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { createAdjusting } from './adjusting.pg.ts';
import { addInventoryRoutes } from './inventory.http.ts';
import { inventoryStore } from './inventory.pg.ts';
import { INVENTORY_MIGRATION } from './migrations/0001-inventory.ts';
import { inventoryProblems } from './problems.ts';
import { putBack, release } from './release.ts';
import { reserve } from './reserve.ts';
import type { UnknownSku } from './reserve.ts';
import type { InventoryRow, Reservation } from './reservation.ts';
import { settle, takeBack } from './settle.ts';
import { INVENTORY_SIGNALS, InventoryReleaseInitiated, send } from './signals.ts';
import { stockSubject, stockSubjects } from './stock.ts';
import type { Stock, StockOf } from './stock.ts';

interface Own {
  readonly unknownSku: UnknownSku;
}

export interface InventoryResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly inventory: Own;
}

const { transactional } = handlersOf<InventoryRow, Own>();

/** The stocks that a decision has named. */
function stocksIn({ other }: SendContext): StockOf {
  return (sku) => other(stockSubject(sku)) as Stock | undefined;
}

/** The rows under the id of an order are reservations. */
function reservationOf(row: InventoryRow | undefined): Reservation | undefined {
  if (row !== undefined && row.kind !== 'reservation') throw new TypeError(`A row of an order is a ${row.kind}.`);
  return row;
}

const also = ({ data: { lines } }: { readonly data: { readonly lines: readonly { readonly sku: string }[] } }): string[] => stockSubjects(lines);

export const inventory = defineExtension({
  name: 'inventory',
  description: 'Sets aside what an order needs, all of it or nothing, and settles it when the order ends.',
  source: 'inventory-service',
  needs: ['orders', 'payments'],
  configuration: {
    inventoryUnknownSku: choice('INVENTORY_UNKNOWN_SKU', ['refuse', 'unlimited'], {
      meaning: 'Orders of a product whose stock was never counted: refused for want of stock, or not limited. Not counted does not mean none: digital goods need no count, and a new installation sells before its first one.',
      default: 'unlimited',
    }),
  },
  signals: INVENTORY_SIGNALS,
  store: inventoryStore,
  migrations: [INVENTORY_MIGRATION],
  tables: ['inventory_stocks', 'inventory_reservations', 'inventory_adjustments'],
  routes: ['POST /inventory/adjustments', 'POST /inventory/adjustments/bulk', 'GET /inventory/:sku', 'GET /inventory'],
  problems: inventoryProblems,
  provide: ({ config }: { readonly config: { readonly inventoryUnknownSku: UnknownSku } }): Own => ({ unknownSku: config.inventoryUnknownSku }),
  open: ({ inventory: { unknownSku } }: InventoryResources): Own => ({ unknownSku }),
  addRoutes: (app: HttpApp, _own: Own, { log, cursors }: InventoryResources): void => {
    addInventoryRoutes(app, { pool: log.pool, cursors, adjust: createAdjusting(log, inventory) });
  },
  handlers: {
    'inventory.reserve': transactional([OrderCreated], (row, { data }, context, { unknownSku }) => send(reserve(reservationOf(row), data, stocksIn(context), unknownSku), context), { also }),
    'inventory.release': transactional([PaymentFailed, PaymentRefunded, OrderUnfulfilled], (row, event, context) => send(release(reservationOf(row), event), context)),
    'inventory.put_back': transactional([InventoryReleaseInitiated], (row, { data }, context) => send(putBack(reservationOf(row), data, stocksIn(context)), context), { also }),
    'inventory.settle': transactional([OrderFulfilled], (row, { data }, context) => send(settle(reservationOf(row), data, stocksIn(context)), context), { also }),
    'inventory.take_back': transactional([OrderTakenBack], (row, { data }, context) => send(takeBack(reservationOf(row), data, stocksIn(context)), context), { also }),
  },
});
