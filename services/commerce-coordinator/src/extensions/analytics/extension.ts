/**
 * Analytics: counts the events, measures the steps between them, and looks for patterns, as they come. Never by scanning the log.
 *
 * A batch of the reader writes one row of counts, whatever it has, in its own transaction: so an event counts once, and no partition
 * waits for another. A job folds these rows into windows.
 */
import { ENTRIES } from '@commerce/events/entries';
import { ANALYTICS_ENTRIES } from '@commerce/events/entries/analytics';
import { CART_ENTRIES } from '@commerce/events/entries/carts';
import { CATALOG_ENTRIES } from '@commerce/events/entries/catalog';
import { INVENTORY_ENTRIES } from '@commerce/events/entries/inventory';
import { NOTIFICATION_ENTRIES } from '@commerce/events/entries/notifications';
import { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';
import type { EventLog } from '@commerce/event-log/log';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import { tellAbsences } from './absences.pg.ts';
import { addAnalyticsRoutes } from './analytics.http.ts';
import { foldBatches, removeOldWindows } from './folding.pg.ts';
import { ANALYTICS_MIGRATION } from './migrations/0001-analytics.ts';
import { PATTERNS } from './patterns.ts';
import { analyticsProblems } from './problems.ts';
import { ANALYTICS_SIGNALS } from './signals.ts';
import { STEPS } from './steps.ts';
import { createWatch } from './watch.ts';
import type { Watched } from './watch.ts';
import { watchedStore } from './watched.pg.ts';

export interface AnalyticsResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

type Own = Pick<AnalyticsResources, 'log' | 'nowMs'>;

/** Between two folds: so old may figures be. */
const FOLD_EVERY_MS = 2_000;
const ABSENCES_EVERY_MS = 5_000;
const TIDY_EVERY_MS = 300_000;

/**
 * What is counted: the published events of the catalogue's package, but that a customer was erased (CustomerErased). Not what an extension
 * tells itself alone, nor what one that is added brings with it.
 */
const COUNTED = [...ENTRIES, ...INVENTORY_ENTRIES, ...PAYMENT_ENTRIES, ...CATALOG_ENTRIES, ...CART_ENTRIES, ...NOTIFICATION_ENTRIES, ...ANALYTICS_ENTRIES] as const;

const watch = createWatch(STEPS, PATTERNS);
const { transactional } = handlersOf<Watched, Own>();

export const analytics = defineExtension({
  name: 'analytics',
  description: 'Counts events, measures the steps between them, looks for patterns.',
  source: 'analytics-service',
  signals: ANALYTICS_SIGNALS,
  store: watchedStore,
  migrations: [ANALYTICS_MIGRATION],
  tables: ['analytics_batches', 'analytics_windows', 'analytics_subjects'],
  routes: ['GET /api/analytics', 'GET /api/analytics/series'],
  problems: analyticsProblems,
  panels: [{ id: 'analytics', title: 'Flow of events', data: '/api/analytics' }],
  open: ({ log, nowMs }: AnalyticsResources): Own => ({ log, nowMs }),
  addRoutes: (app: HttpApp, _own: Own, { log, cursors, nowMs }: AnalyticsResources): void => addAnalyticsRoutes(app, { pool: log.pool, cursors, nowMs }),
  handlers: {
    'analytics.observe': transactional(COUNTED, (watched, event, context) => watch.observe(watched, event, context), { also: (event) => watch.also(event) }),
  },
  jobs: [
    { name: 'analytics.fold', everyMs: () => FOLD_EVERY_MS, run: ({ log, nowMs }: Own): Promise<boolean> => foldBatches(log.pool, nowMs()) },
    { name: 'analytics.absences', everyMs: () => ABSENCES_EVERY_MS, run: ({ log }: Own): Promise<boolean> => tellAbsences(log, analytics, watch) },
    { name: 'analytics.tidy', everyMs: () => TIDY_EVERY_MS, run: ({ log, nowMs }: Own): Promise<boolean> => removeOldWindows(log.pool, nowMs()) },
  ],
});
