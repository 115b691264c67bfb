/**
 * What both databases, the queues and the books of the providers say of the orders of one scenario. Every query is about the rows of these
 * orders; nothing is counted on the way.
 */
import { readLmsLedger } from '@commerce/local-stack/accounts';
import type { World } from './world.ts';

export interface OrderFact {
  readonly orderId: string;
  readonly key: string;
  readonly status: string;
  readonly version: number;
  /** What Commerce Coordinator holds for the outcome of each line. */
  readonly outcomes: readonly { readonly lineId: string; readonly status: string; readonly provider: string | null }[];
}

/** A change of an order, as its event tells it; in the order of the log. */
export interface ChangeFact {
  readonly orderId: string;
  readonly type: string;
  readonly version: number;
  /** Null: it stays as it is. */
  readonly status: string | null;
}

export interface FulfillmentFact {
  readonly orderId: string;
  readonly status: string;
  readonly lines: readonly { readonly lineId: string; readonly status: string; readonly provider: string | null }[];
}

export interface EffectFact {
  readonly provider: string;
  readonly orderId: string;
  readonly lineId: string;
  readonly effects: number;
}

/** Orders of which an event stands more or less often in a log than once. */
export interface TimesFact {
  readonly orderId: string;
  readonly type: string;
  readonly count: number;
}

export interface DeliveryFact {
  readonly orderId: string;
  /** Also the id of the webhook. */
  readonly eventId: string;
  readonly state: string;
}

export interface Facts {
  readonly orders: readonly OrderFact[];
  readonly changes: readonly ChangeFact[];
  readonly fulfillments: readonly FulfillmentFact[];
  readonly effects: readonly EffectFact[];
  readonly notOnce: readonly TimesFact[];
  readonly deliveries: readonly DeliveryFact[];
  /** Events of these orders that a webhook should tell, and that have no delivery. */
  readonly undelivered: readonly { readonly orderId: string; readonly type: string }[];
  /** What is still to be done: one line each. */
  readonly left: readonly string[];
  readonly queue: { readonly size: number; readonly dead: number };
  /** Messages that nobody can take: their reasons, as the consumer wrote them. */
  readonly refusals: readonly { readonly messageId: string; readonly reason: string; readonly receiveCount: number }[];
}

/** Of the events of orders. */
const TOLD_BY_WEBHOOKS = "e.type LIKE 'Order%' AND e.type <> 'OrderUpdated'";

/** Told once of every order that was completed, or accepted by the other side. */
const ONCE_OF_COMPLETED = ['OrderCheckoutInitiated', 'OrderCreated', 'FulfillmentRequested', 'ShippingCreated', 'OrderCompleted'];
const ONCE_OF_FULFILLED = ['FulfillmentAccepted', 'FulfillmentCompleted'];

/** The orders whose key begins with `scenario-`. */
export async function readFacts(world: World, scenario: string): Promise<Facts> {
  const orders = await world.rows<OrderFact>('cc',
    `SELECT order_id AS "orderId", idempotency_key AS key, status, version,
       coalesce((SELECT jsonb_agg(jsonb_build_object('lineId', o->>'lineId', 'status', o->>'status', 'provider', o->>'provider')) FROM jsonb_array_elements(outcomes) o), '[]') AS outcomes
     FROM orders WHERE client_id = 'storefront' AND idempotency_key LIKE $1 ORDER BY order_id`, [`${scenario}-%`]);
  const ids = orders.map(({ orderId }) => orderId);
  const subjects = ids.map((id) => `commerce-coordinator ${id}`);
  const [changes, fulfillments, local, lms, once, onceThere, deliveries, undelivered, left, size, dead, refusals] = await Promise.all([
    world.rows<ChangeFact>('cc',
      `SELECT subject AS "orderId", type, (data->'changes'->>'version')::int AS version, data->'changes'->>'status' AS status
       FROM events WHERE subject = ANY ($1) AND origin = 'own' AND data ? 'changes' ORDER BY epoch, txid, position`, [ids]),
    world.rows<FulfillmentFact>('of',
      `SELECT order_id AS "orderId", status, (SELECT jsonb_agg(jsonb_build_object('lineId', l->>'lineId', 'status', l->>'status', 'provider', l->>'provider')) FROM jsonb_array_elements(lines) l) AS lines
       FROM fulfillments WHERE client_id = 'commerce-coordinator' AND order_id = ANY ($1)`, [ids]),
    world.rows<EffectFact>('of', `SELECT provider, order_id AS "orderId", line_id AS "lineId", effects FROM provider_ledger`),
    readLmsLedger(world.stack.description.lms, world.stack.description.inside.lmsApiKey),
    world.rows<TimesFact>('cc',
      `SELECT o.order_id AS "orderId", t.type, count(e.event_id)::int AS count FROM orders o CROSS JOIN unnest($2::text[]) t(type)
       LEFT JOIN events e ON e.subject = o.order_id AND e.type = t.type
       WHERE o.order_id = ANY ($1) AND o.status = 'completed' GROUP BY o.order_id, t.type HAVING count(e.event_id) <> 1`, [ids, ONCE_OF_COMPLETED]),
    world.rows<TimesFact>('of',
      `SELECT f.order_id AS "orderId", t.type, count(e.event_id)::int AS count FROM fulfillments f CROSS JOIN unnest($2::text[]) t(type)
       LEFT JOIN events e ON e.subject = 'commerce-coordinator ' || f.order_id AND e.type = t.type
       WHERE f.order_id = ANY ($1) AND f.status = 'completed' GROUP BY f.order_id, t.type HAVING count(e.event_id) <> 1`, [ids, ONCE_OF_FULFILLED]),
    world.rows<DeliveryFact>('cc', 'SELECT m.subject AS "orderId", event_id AS "eventId", d.state FROM webhook_messages m JOIN webhook_deliveries d USING (event_id) WHERE d.endpoint_id = $1 AND m.subject = ANY ($2)', [world.endpointId, ids]),
    world.rows<{ orderId: string; type: string }>('cc',
      `SELECT e.subject AS "orderId", e.type FROM events e WHERE e.subject = ANY ($1) AND ${TOLD_BY_WEBHOOKS}
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.event_id AND d.endpoint_id = $2)`, [ids, world.endpointId]),
    leftOf(world, ids, subjects),
    world.queue.size(),
    world.queue.deadLetters(),
    world.rows<Facts['refusals'][number]>('cc', 'SELECT message_id AS "messageId", reason, receive_count AS "receiveCount" FROM refusals'),
  ]);
  return {
    orders, changes, fulfillments, deliveries, undelivered, left, refusals, notOnce: [...once, ...onceThere], queue: { size, dead },
    effects: [...local, ...lms.map(({ provider, orderId, lineId, effects }) => ({ provider, orderId, lineId, effects }))],
  };
}

/** True when nothing is left to be done for these orders, in either service. */
export async function isSettled(world: World, scenario: string): Promise<boolean> {
  const orders = await world.rows<{ orderId: string; isOpen: boolean }>('cc',
    `SELECT order_id AS "orderId", status NOT IN ('completed', 'cancelled', 'refunded') AS "isOpen" FROM orders WHERE client_id = 'storefront' AND idempotency_key LIKE $1`, [`${scenario}-%`]);
  if (orders.some(({ isOpen }) => isOpen)) return false;
  const ids = orders.map(({ orderId }) => orderId);
  return (await leftOf(world, ids, ids.map((id) => `commerce-coordinator ${id}`))).length === 0;
}

const LEFT_IN_LOG = `SELECT 'work ' || state || ' of ' || handler AS what, subject FROM work WHERE subject = ANY ($1)
  UNION ALL SELECT 'timer ' || name, subject FROM timers WHERE subject = ANY ($1)
  UNION ALL SELECT 'unpublished ' || e.type, e.subject FROM events e JOIN readers r ON r.name = 'publisher' WHERE e.subject = ANY ($1) AND e.origin = 'own' AND (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position)
  UNION ALL SELECT 'refused by the bus ' || p.code, e.subject FROM publish_refusals p JOIN events e USING (event_id) WHERE e.subject = ANY ($1)`;
/** `$2`: the endpoint of the witness. Its reader may still be on its way to the last events. */
const LEFT_HERE = `${LEFT_IN_LOG}
  UNION ALL SELECT 'untold ' || e.type, e.subject FROM events e WHERE e.subject = ANY ($1) AND ${TOLD_BY_WEBHOOKS} AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.event_id AND d.endpoint_id = $2)
  UNION ALL SELECT 'webhook ' || d.state || ' ' || m.name, m.subject FROM webhook_messages m JOIN webhook_deliveries d USING (event_id) WHERE m.subject = ANY ($1) AND d.state NOT IN ('delivered', 'discarded')`;

async function leftOf(world: World, ids: readonly string[], subjects: readonly string[]): Promise<string[]> {
  type Left = { readonly what: string; readonly subject: string };
  const [here, there] = await Promise.all([world.rows<Left>('cc', LEFT_HERE, [ids, world.endpointId]), world.rows<Left>('of', LEFT_IN_LOG, [subjects])]);
  return [...here, ...there].map(({ what, subject }) => `${what} of ${subject}`);
}
