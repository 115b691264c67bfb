/**
 * Loyalty: customers earn points with completed orders, lose them when money is given back, and spend them. Points of an account on
 * which nothing happens lapse.
 */
import { commandsOf } from '@commerce/commerce-coordinator/for-extensions/commands';
import { minorUnits } from '@commerce/commerce-coordinator/for-extensions/money';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { OrderCompleted, OrderConfirmed, OrderRefunded } from '@commerce/events/entries';
import { PaymentRefunded } from '@commerce/events/entries/payments';
import { duration, integer, text } from '@commerce/service-kit/config';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf, stale } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { balanceOf, earn, lapse, revoke } from './account.ts';
import { count } from './counted-order.ts';
import type { Heard } from './counted-order.ts';
import { addLoyaltyRoutes } from './loyalty.http.ts';
import { loyaltyStore } from './loyalty.pg.ts';
import { LOYALTY_MIGRATION } from './migration.ts';
import { loyaltyProblems } from './problems.ts';
import { accountIn, orderIn } from './rows.ts';
import type { LoyaltyRow } from './rows.ts';
import { LoyaltyPointsEarned, loyaltyPointsEarned, loyaltyPointsLapsed, loyaltyPointsRedeemed, LoyaltyPointsRevoked, loyaltyPointsRevoked } from './signals.ts';

/** What the service gives to it. */
export interface LoyaltyResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly config: { readonly loyaltyPointsPerUnit: number; readonly loyaltyCurrency: string; readonly loyaltyLapseMs: number };
}

/** What its handlers, timers and routes work with. */
interface Own {
  readonly pointsPerUnit: number;
  readonly currency: string;
  readonly lapseLater: TimerChange & { readonly dueInMs: number };
}

const LAPSE_TIMER = 'lapse';
const TWO_YEARS_MS = 2 * 365 * 24 * 3_600_000;

const { transactional, timer } = handlersOf<LoyaltyRow, Own>();

export const loyalty = defineExtension({
  name: 'loyalty',
  description: 'Customers earn points with completed orders, lose them when money is given back, and spend them.',
  source: 'loyalty-service',
  needs: ['orders', 'payments'],
  configuration: {
    loyaltyPointsPerUnit: integer('LOYALTY_POINTS_PER_UNIT', { meaning: 'Points for each whole unit of money of a completed order.', default: 1, minimum: 1, maximum: 100 }),
    loyaltyCurrency: text('LOYALTY_CURRENCY', { meaning: 'Orders in another currency earn no points.', default: 'USD' }),
    loyaltyLapseMs: duration('LOYALTY_LAPSE_MS', { meaning: 'Time after the last change of an account until its points lapse.', default: TWO_YEARS_MS, minimum: 1_000 }),
  },
  signals: [loyaltyPointsEarned, loyaltyPointsRevoked, loyaltyPointsRedeemed, loyaltyPointsLapsed],
  store: loyaltyStore,
  migrations: [LOYALTY_MIGRATION],
  tables: ['loyalty_orders', 'loyalty_accounts', 'loyalty_redemptions'],
  routes: ['GET /loyalty', 'GET /loyalty/:customerId', 'POST /loyalty/:customerId/redeem'],
  problems: loyaltyProblems,
  panels: [{ id: 'loyalty', title: 'Loyalty points', data: '/loyalty' }],
  open: ({ config }: LoyaltyResources): Own => ({
    pointsPerUnit: config.loyaltyPointsPerUnit, currency: config.loyaltyCurrency, lapseLater: { name: LAPSE_TIMER, dueInMs: config.loyaltyLapseMs },
  }),
  addRoutes: (app: HttpApp, { lapseLater }: Own, { log, cursors }: LoyaltyResources): void => {
    addLoyaltyRoutes(app, { db: log.pool, cursors, run: commandsOf<LoyaltyRow>(log, loyalty), lapseLater });
  },
  handlers: {
    // About an order: what it is worth.
    'loyalty.note': transactional([OrderConfirmed], (row, { data: { orderId, customerId, currency: paidIn, total } }, context, { currency, pointsPerUnit }) =>
      (paidIn === currency ? counted(row, orderId, { customerId, charged: minorUnits(total), rate: pointsPerUnit }, context) : stale('other_currency', { paidIn, currency }))),
    'loyalty.earn': transactional([OrderCompleted], (row, { data: { orderId, customerId } }, context) => counted(row, orderId, { customerId, isCompleted: true }, context)),
    'loyalty.take_back': transactional([PaymentRefunded, OrderRefunded], (row, { data }, context) =>
      counted(row, data.orderId, { refunded: minorUnits('refunded' in data ? data.refunded : data.amount) }, context)),
    // About an account: what is on it.
    'loyalty.credit': transactional([LoyaltyPointsEarned], (row, { data }, _context, { lapseLater }) => apply(earn(accountIn(row), data), [lapseLater])),
    'loyalty.debit': transactional([LoyaltyPointsRevoked], (row, { data }) => apply(revoke(accountIn(row), data))),
  },
  timers: {
    [LAPSE_TIMER]: timer((row, _timer, context) => {
      const account = accountIn(row);
      if (account === undefined || balanceOf(account) === 0) return stale('nothing_to_lapse');
      loyaltyPointsLapsed.sendRobust({ customerId: account.customerId, points: balanceOf(account) }, context);
      return apply(lapse(account));
    }),
  },
});

/** Takes in what was heard of an order, and tells the account when that has changed its worth. */
function counted(row: LoyaltyRow | undefined, orderId: string, heard: Heard, context: SendContext): Outcome<LoyaltyRow> {
  const before = orderIn(row);
  const after = count(before, orderId, heard);
  if (after === before) return stale('nothing_new', { points: after.points });
  const { customerId } = after;
  const difference = after.points - (before?.points ?? 0);
  if (customerId !== null && difference > 0) loyaltyPointsEarned.sendRobust({ customerId, orderId, points: difference }, context);
  if (customerId !== null && difference < 0) loyaltyPointsRevoked.sendRobust({ customerId, orderId, points: -difference }, context);
  return apply(after);
}
