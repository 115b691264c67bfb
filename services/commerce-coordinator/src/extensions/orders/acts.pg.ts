/**
 * Runs what people ask of an order, and what the passing of time asks: decided under the lock of the order, written in one
 * transaction with its events, the record of who asked, and what is tried at once.
 */
import type { Trigger } from '@commerce/event-log/event';
import { stale } from '@commerce/event-log/extension';
import type { Extension, Outcome, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { run } from '@commerce/event-log/statement';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import { audit } from '../../audit.ts';
import type { Act, GivenReason } from '../../audit.ts';
import { readFacts } from './act-facts.pg.ts';
import { endRequests } from './ended-requests.pg.ts';
import { cancel, doesSomething, refund, reRequest, retry, revoke } from './order-acts.ts';
import type { ActFacts, LinesWish, OrderAct } from './order-acts.ts';
import { DEADLINES, fallDue, LONGEST_STEP_MS } from './order-deadlines.ts';
import type { Order } from './order.ts';
import { ordersStore } from './orders.pg.ts';
import { tell } from './signals.ts';

/** Who asks, as the record needs it, and the request for the events. */
export interface Asked {
  readonly orderId: string;
  readonly by: Act['by'];
  readonly trigger: Trigger;
}

/** What was asked, with its reason as it was given. */
type GivenLinesWish = LinesWish & { readonly reason: GivenReason };

/** Each resolves after the commit with the order as it is then. Each throws `ActRefused`. */
export interface OrderActs {
  cancel(asked: Asked, reason: GivenReason): Promise<Order>;
  refund(asked: Asked, wish: GivenLinesWish): Promise<Order>;
  /** Takes back what was delivered. */
  revoke(asked: Asked, wish: GivenLinesWish): Promise<Order>;
  /** Asks the fulfilling side again, under a new key. */
  reRequest(asked: Asked, reason: GivenReason): Promise<Order>;
  /** Tries at once what waits for the order. */
  retry(asked: Asked, reason: GivenReason): Promise<Order>;
  /** One batch of orders whose time in their status has run out. True when there may be more. `percent`: of the times of the table. */
  fallDue(percent: number): Promise<boolean>;
}

/** What an act decides, and what it does with the rows that wait. */
interface ActPlan {
  readonly act: OrderAct;
  readonly reason: GivenReason;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly decide: (order: Order | undefined, facts: ActFacts) => Outcome<Order>;
  readonly after?: (tx: Tx) => Promise<void>;
}

const NOTHING_KNOWN: ActFacts = { waits: false, isBeingRequested: false, deliveredAfterEnd: false };

/** Orders that fall due in one batch. */
const BATCH = 100;

export function createOrderActs(log: EventLog, definition: ExtensionDefinition): OrderActs {
  const { name, source } = definition;
  const extension: Extension<Order> = { name, source, store: ordersStore, handlers: {}, effects: {}, timers: {} };

  async function perform({ orderId, by, trigger }: Asked, { act, reason, details, decide, after }: ActPlan): Promise<Order> {
    let facts = NOTHING_KNOWN;
    const [settled] = await log.change(extension, [{
      subject: orderId, trigger, handler: `command:orders.${act}`,
      decide: inputDecision<Order>(definition, (order, context) => {
        const outcome = decide(order, facts);
        const sent = tell(order, outcome, context);
        // One that is repeated while it is under way does nothing, and there is nothing to be recorded.
        if (act === 'retry' || doesSomething(order, outcome)) audit({ act: `order.${act}`, about: orderId, by, why: reason, ...(details && { details }) }, context);
        return sent;
      }),
    }], {
      before: async (tx) => void (facts = (await readFacts(tx, [orderId])).get(orderId) ?? NOTHING_KNOWN),
      after: (tx, [one]) => (after !== undefined && one?.outcome.kind === 'apply' ? [after(tx)] : []),
    });
    if (settled?.outcome.kind === 'apply') return settled.outcome.state;
    throw settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(`${act} of ${orderId} was not decided.`);
  }

  return {
    cancel: (asked, reason) => perform(asked, { act: 'cancel', reason, decide: (order) => cancel(order, reason) }),
    refund: (asked, wish) => perform(asked, { act: 'refund', reason: wish.reason, details: wish.lineIds && { lineIds: wish.lineIds }, decide: (order) => refund(order, wish) }),
    revoke: (asked, wish) => perform(asked, {
      act: 'revoke', reason: wish.reason, details: wish.lineIds && { lineIds: wish.lineIds }, decide: (order, facts) => revoke(order, wish, facts),
      // What was given up when it was asked before stands before this.
      after: (tx) => log.pullIn(tx, [asked.orderId]),
    }),
    reRequest: (asked, reason) => perform(asked, {
      act: 're-request', reason, decide: (order, facts) => reRequest(order, reason, facts), after: (tx) => endRequests(tx, asked.orderId, asked.by, reason),
    }),
    retry: (asked, reason) => perform(asked, { act: 'retry', reason, decide: retry, after: (tx) => log.pullIn(tx, [asked.orderId]) }),

    async fallDue(percent) {
      const due = await readDue(log, percent);
      if (due.length === 0) return false;
      const inputs = due.map(({ orderId, trigger, ...read }) => ({
        subject: orderId, trigger, handler: 'job:orders.deadlines',
        decide: inputDecision<Order>(definition, (order, context) => tell(order, order === undefined ? stale('unknown_order') : fallDue(order, read), context)),
      }));
      await log.change(extension, inputs, {
        after: (tx, settled) => {
          const overdue = settled.flatMap(({ input, outcome }) => (outcome.kind === 'apply' ? [input.subject] : []));
          // What was given up is a person's: time alone does not bring it back.
          return overdue.length === 0 ? [] : [log.pullIn(tx, overdue, { dead: false })];
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

// Ids of orders are compared by their bytes, subjects of the log are not: an index over subjects serves only a comparison in its own collation.
async function readDue(log: EventLog, percent: number): Promise<Due[]> {
  const { rows } = await run(log.pool,
    `SELECT o.order_id, o.status, o.overdue, e.event_id, e.correlation_id, e.metadata
     FROM orders o JOIN unnest($1::text[], $2::integer[], $3::float8[], $4::boolean[]) AS d(status, step, after_ms, is_last)
       ON o.status = d.status AND (o.overdue = d.step OR (d.is_last AND o.overdue > d.step)) AND o.updated_at <= clock_timestamp()
         - CASE WHEN o.overdue > d.step THEN least(d.after_ms * 2 ^ least(o.overdue - d.step, 30), greatest(d.after_ms, $5)) ELSE d.after_ms END * interval '1 ms'
     JOIN LATERAL (SELECT event_id, correlation_id, metadata FROM events WHERE subject = o.order_id COLLATE "default" AND type = 'OrderCreated' LIMIT 1) e ON true
     WHERE o.closed_as IS NULL ORDER BY o.order_id LIMIT ${BATCH}`,
    [STEPS.map(({ status }) => status), STEPS.map(({ index }) => index), STEPS.map(({ afterMs }) => (afterMs * percent) / 100), STEPS.map(({ isLast }) => isLast), (LONGEST_STEP_MS * percent) / 100],
  );
  return rows.map((row): Due => {
    const { sequence: _own, ...metadata } = row.metadata;
    return { orderId: row.order_id, status: row.status, overdue: row.overdue, trigger: { correlationId: row.correlation_id, causationId: row.event_id, metadata } };
  });
}
