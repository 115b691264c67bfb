/**
 * Runs what people ask of an order, and what the passing of time asks: decided under the lock of the order, written in one
 * transaction with its events, the record of who asked, and what is tried at once.
 */
import type { Trigger } from '@commerce/event-log/event';
import { apply, stale } from '@commerce/event-log/extension';
import type { Extension, Outcome } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { run } from '@commerce/event-log/statement';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/host';
import { audit } from '../../audit.ts';
import type { Act } from '../../audit.ts';
import { ActRefused, cancel, refund } from './order-acts.ts';
import type { RefundWish } from './order-acts.ts';
import { DEADLINES, fallDue } from './order-deadlines.ts';
import type { Order, Reason } from './order.ts';
import { ordersStore } from './orders.pg.ts';
import { pullIn } from './retry.pg.ts';
import { send } from './signals.ts';

/** Who asks, as the record needs it, and the request for the events. */
export interface Asked {
  readonly orderId: string;
  readonly by: Act['by'];
  readonly trigger: Trigger;
}

/** Each resolves after the commit with the order as it is then. Each throws `ActRefused`. */
export interface OrderActs {
  cancel(asked: Asked, reason: Reason): Promise<Order>;
  refund(asked: Asked, wish: RefundWish): Promise<Order>;
  /** Tries at once what waits for the order. */
  retry(asked: Asked, reason: Reason): Promise<Order>;
  /** One batch of orders whose time in their status has run out. True when there may be more. `percent`: of the times of the table. */
  fallDue(percent: number): Promise<boolean>;
}

/** Orders that fall due in one batch. */
const BATCH = 100;

export function createOrderActs(log: EventLog, definition: ExtensionDefinition): OrderActs {
  const { name, source } = definition;
  const extension: Extension<Order> = { name, source, store: ordersStore, handlers: {}, effects: {}, timers: {} };

  async function act(asked: Asked, what: string, reason: Reason, details: Record<string, unknown> | undefined, decide: (order: Order | undefined) => Outcome<Order>, alsoRetry = false): Promise<Order> {
    const { orderId, by, trigger } = asked;
    const [settled] = await log.change(extension, [{
      subject: orderId, trigger, handler: `command:orders.${what}`,
      decide: inputDecision<Order>(definition, (order, context) => {
        const outcome = decide(order);
        audit({ act: `order.${what}`, about: orderId, by, why: reason.message ?? reason.code, ...(details && { details }) }, context);
        return send(outcome, context);
      }),
    }], alsoRetry ? { after: (tx) => [pullIn(tx, [orderId])] } : {});
    if (settled?.outcome.kind === 'apply') return settled.outcome.state;
    throw settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(`${what} of ${orderId} was not decided.`);
  }

  return {
    cancel: (asked, reason) => act(asked, 'cancel', reason, undefined, (order) => cancel(order, reason)),
    refund: (asked, wish) => act(asked, 'refund', wish.reason, wish.lineIds && { lineIds: wish.lineIds }, (order) => refund(order, wish)),
    retry: (asked, reason) => act(asked, 'retry', reason, undefined, (order) => {
      if (order === undefined) throw new ActRefused('order_not_found', 'There is no such order.');
      return apply(order);
    }, true),

    async fallDue(percent) {
      const due = await readDue(log, percent);
      if (due.length === 0) return false;
      const inputs = due.map(({ orderId, trigger, ...read }) => ({
        subject: orderId, trigger, handler: 'job:orders.deadlines',
        decide: inputDecision<Order>(definition, (order, context) => send(order === undefined ? stale('unknown_order') : fallDue(order, read), context)),
      }));
      await log.change(extension, inputs, {
        after: (tx, settled) => {
          const overdue = settled.flatMap(({ input, outcome }) => (outcome.kind === 'apply' ? [input.subject] : []));
          return overdue.length === 0 ? [] : [pullIn(tx, overdue)];
        },
      });
      return due.length === BATCH;
    },
  };
}

interface Due {
  readonly orderId: string;
  readonly status: string;
  readonly overdue: number;
  readonly trigger: Trigger;
}

/** The steps of the table, one row each, so that the database finds who is due. */
const STEPS = Object.entries(DEADLINES).flatMap(([status, steps]) => steps.map(({ afterMs }, index) => ({ status, index, afterMs, isLast: index === steps.length - 1 })));

async function readDue(log: EventLog, percent: number): Promise<Due[]> {
  const { rows } = await run(log.pool,
    `SELECT o.order_id, o.status, o.overdue, e.event_id, e.correlation_id, e.metadata
     FROM orders o JOIN unnest($1::text[], $2::integer[], $3::float8[], $4::boolean[]) AS d(status, step, after_ms, is_last)
       ON o.status = d.status AND (o.overdue = d.step OR (d.is_last AND o.overdue > d.step)) AND o.updated_at <= clock_timestamp() - d.after_ms * interval '1 ms'
     JOIN LATERAL (SELECT event_id, correlation_id, metadata FROM events WHERE subject = o.order_id AND type = 'OrderCreated' LIMIT 1) e ON true
     WHERE o.closed_as IS NULL ORDER BY o.order_id LIMIT ${BATCH}`,
    [STEPS.map(({ status }) => status), STEPS.map(({ index }) => index), STEPS.map(({ afterMs }) => (afterMs * percent) / 100), STEPS.map(({ isLast }) => isLast)],
  );
  return rows.map((row): Due => {
    const { sequence: _own, ...metadata } = row.metadata;
    return { orderId: row.order_id, status: row.status, overdue: row.overdue, trigger: { correlationId: row.correlation_id, causationId: row.event_id, metadata } };
  });
}
