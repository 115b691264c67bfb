/**
 * What must hold of orders that are over, whatever happened on the way: sold = outcome = the provider's own books, once; every
 * step told once; nothing left to be done in either service.
 */
import { readLedgers, readOutcomes } from '@commerce/local-stack/accounts';
import { audit } from '@commerce/local-stack/audit';
import { eventually } from './eventually.ts';
import type { Order, Pair } from './pair.ts';

/** Events that stand in each log once for every order that was completed. */
const ONCE = {
  cc: ['OrderCheckoutInitiated', 'OrderCreated', 'FulfillmentRequested', 'ShippingCreated', 'OrderCompleted'],
  of: ['FulfillmentAccepted', 'FulfillmentCompleted'],
} as const;
const NOTHING_LEFT = ['work', 'timers'] as const;
/** For what follows the end of an order, such as the message to its customer. */
const AFTERWARDS_MS = 10_000;

/** One sentence for each thing that is wrong with these orders, all of whose lines should have been fulfilled. */
export async function complaints(pair: Pair, orders: readonly Order[]): Promise<string[]> {
  const outcomes = await readOutcomes(pair.api.of);
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const ledger = (await readLedgers(pair.stack.description)).filter(({ orderId }) => ids.has(orderId));
  const audited = orders.map(({ orderId, orderNumber, status, lines }) => ({ orderId, orderNumber, status, sold: lines, outcome: outcomes.get(orderId) ?? [] }));
  return [
    ...orders.filter(({ status }) => status !== 'completed').map(({ orderNumber, status }) => `order ${orderNumber} is ${status}`),
    ...audit(audited, ledger).complaints,
    ...audited.flatMap(({ orderNumber, outcome }) => outcome.filter(({ status }) => status !== 'fulfilled').map(({ lineId, status }) => `order ${orderNumber}, line ${lineId} is ${status}`)),
    ...orders.flatMap((order) => disagreements(order, outcomes.get(order.orderId) ?? [])),
    ...(await notToldOnce(pair, 'cc', [...ids])),
    ...(await notToldOnce(pair, 'of', [...ids])),
    ...(await leftovers(pair, [...ids])),
  ];
}

/** Commerce Coordinator's account of the lines must be Order Fulfillment's. */
function disagreements({ orderNumber, lines }: Order, outcomes: readonly { lineId: string; provider: string; status: string }[]): string[] {
  const told = new Map(outcomes.map((line) => [line.lineId, `${line.status} by ${line.provider}`]));
  return lines.flatMap(({ lineId, outcome }) => {
    const here = outcome === null ? 'unknown' : `${outcome.status} by ${outcome.provider}`;
    const there = told.get(lineId) ?? 'unknown';
    return here === there ? [] : [`order ${orderNumber}, line ${lineId}: ${here} at Commerce Coordinator, ${there} at Order Fulfillment`];
  });
}

/** What the log of each service is about: an order, and in Order Fulfillment an order of a client. */
function subjectsOf(service: 'cc' | 'of', orderIds: readonly string[]): string[] {
  return orderIds.map((orderId) => (service === 'cc' ? orderId : `commerce-coordinator ${orderId}`));
}

async function notToldOnce(pair: Pair, service: 'cc' | 'of', orderIds: readonly string[]): Promise<string[]> {
  const rows = await pair.rows<{ subject: string; type: string; count: number }>(service,
    `SELECT o.subject, t.type, count(e.event_id)::int AS count FROM unnest($1::text[]) o(subject) CROSS JOIN unnest($2::text[]) t(type)
     LEFT JOIN events e ON e.subject = o.subject AND e.type = t.type GROUP BY o.subject, t.type HAVING count(e.event_id) <> 1`,
    [subjectsOf(service, orderIds), ONCE[service]]);
  return rows.map(({ subject, type, count }) => `${subject} has ${count} × ${type} in the log of ${service}`);
}

/** What is still to be done when there was time enough for it. */
async function leftovers(pair: Pair, orderIds: readonly string[]): Promise<string[]> {
  const end = performance.now() + AFTERWARDS_MS;
  return eventually('what is left', async () => {
    const left = await leftNow(pair, orderIds);
    return left.length === 0 || performance.now() > end ? left : undefined;
  });
}

async function leftNow(pair: Pair, orderIds: readonly string[]): Promise<string[]> {
  const found = await Promise.all((['cc', 'of'] as const).flatMap((service) => NOTHING_LEFT.map(async (table) => {
    const rows = await pair.rows(service, `SELECT to_jsonb(t) AS row FROM ${table} t WHERE subject = ANY ($1)`, [subjectsOf(service, orderIds)]);
    return rows.map((row) => `${table} of ${service} still has ${JSON.stringify(row)}`);
  })));
  return found.flat();
}
