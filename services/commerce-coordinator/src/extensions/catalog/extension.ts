/**
 * Catalogue: the users who order and the products that are sold, with what the inventory says can be sold of them.
 */
import { UserRegistered } from '@commerce/events/entries/catalog';
import { InventoryAdjusted, InventoryReleased, InventoryReserved } from '@commerce/events/entries/inventory';
import type { EventLog } from '@commerce/event-log/log';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import { commandsOf } from '../../commands.ts';
import { customerIdCheck } from '../../customer-ids.ts';
import type { Offered } from '../../offered.ts';
import { catalogStore, readProductsBySku, userSubject } from './catalog.pg.ts';
import type { CatalogRow } from './catalog.pg.ts';
import { CATALOG_MIGRATION } from './migrations/0001-catalog.ts';
import { catalogProblems } from './problems.ts';
import { addProductRoutes } from './products.http.ts';
import { CATALOG_SIGNALS } from './signals.ts';
import { moveStocks, stocksMoved } from './stock.ts';
import type { Stock } from './stock.ts';
import { addUserRoutes } from './users.http.ts';
import { follow } from './users.ts';
import type { User } from './users.ts';

export interface CatalogResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
}

/** For whoever sells. */
export interface CatalogProvided {
  /** What the catalogue has of these products, by sku. */
  readonly findProducts: (skus: readonly string[]) => ReturnType<typeof readProductsBySku>;
}

const { transactional } = handlersOf<CatalogRow>();

export const catalog = defineExtension({
  name: 'catalog',
  description: 'The users who order and the products that are sold, with what can be sold of them.',
  source: 'catalog-service',
  needs: ['inventory'],
  signals: CATALOG_SIGNALS,
  store: catalogStore,
  migrations: [CATALOG_MIGRATION],
  tables: ['catalog_users', 'catalog_products', 'catalog_stocks'],
  routes: [
    'POST /users', 'PATCH /users/:userId', 'POST /users/:userId/deactivate', 'GET /users/:userId', 'GET /users',
    'POST /products', 'PATCH /products/:sku', 'POST /products/:sku/discontinue', 'GET /products/:sku', 'GET /products',
  ],
  problems: catalogProblems,
  provide: ({ pool }: Pick<Offered, 'pool'>): CatalogProvided => ({ findProducts: (skus) => readProductsBySku(pool, skus) }),
  open: (_resources: CatalogResources): void => undefined,
  addRoutes: (app: HttpApp, _own: void, { log, cursors }: CatalogResources): void => {
    const api = { pool: log.pool, cursors, run: commandsOf<CatalogRow>(log, catalog), checkId: customerIdCheck(log) };
    addUserRoutes(app, api);
    addProductRoutes(app, api);
  },
  handlers: {
    'catalog.availability': transactional([InventoryAdjusted, InventoryReserved, InventoryReleased], (state, event, context) => (
      // An order has no row here; what changes is the stock of its products.
      apply<CatalogRow>(state as CatalogRow, [], moveStocks(event, (subject) => context.other(subject) as Stock | undefined))
    ), { also: stocksMoved }),
    // Whoever registers here is written with the event; this is for those whom somebody else registers.
    'catalog.follow_user': transactional([UserRegistered], (state, event, context) => {
      if (event.origin === 'own') return apply<CatalogRow>(state as CatalogRow);
      const subject = userSubject(event.data.userId);
      const user = follow(context.other(subject) as User | undefined, event);
      return user.kind === 'stale' ? user : apply<CatalogRow>(state as CatalogRow, [], new Map([[subject, user]]));
    }, { also: ({ data }) => [userSubject(data.userId)] }),
  },
});
