// The accounts that the demo compares and tells: what Order Fulfillment says, what each provider and the payment provider have on
// their own books, what is on the shelves, and what both logs hold. What no API shows is read from the databases, which only the
// owner of the stack can do.
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { z } from 'zod';
import type { StackDescription } from '../stack-description.ts';
import type { Api } from './api.http.ts';
import type { LedgerRow, OutcomeLine } from './audit.ts';
import { cents } from './money.ts';
import type { MoneyRow } from './money-balance.ts';
import type { Counted } from './stock-balance.ts';
import type { TimelineEvent } from './timeline-tree.ts';

const PAGE = 200;

const fulfillmentsSchema = z.object({
  items: z.array(
    z.object({
      orderId: z.string(),
      lines: z.array(z.object({ lineId: z.string(), sku: z.string(), quantity: z.int(), provider: z.string(), status: z.string() })),
    }),
  ),
  nextCursor: z.string().nullable(),
});
const timelineSchema = z.object({
  items: z.array(z.object({ eventId: z.string(), eventType: z.string(), source: z.string(), timestamp: z.string(), causationId: z.string().nullable(), data: z.looseObject({}) })),
});
const lmsLedgerSchema = z.object({ effects: z.array(z.object({ orderId: z.string(), lineId: z.string(), quantity: z.int(), effects: z.int(), unenrolments: z.int() })) });
const paymentsLedgerSchema = z.object({ orders: z.array(z.object({ orderId: z.string(), currency: z.string(), charges: z.int(), charged: z.string(), refunded: z.string() })) });
const stocksSchema = z.object({ items: z.array(z.object({ sku: z.string(), onHand: z.int(), reserved: z.int() })), nextCursor: z.string().nullable() });
const productsSchema = z.object({ items: z.array(z.object({ sku: z.string(), available: z.int().nullable() })), nextCursor: z.string().nullable() });

/** Order id → the lines of all its fulfillments, as Order Fulfillment tells its client. */
export async function readOutcomes(of: Api): Promise<Map<string, OutcomeLine[]>> {
  const outcomes = new Map<string, OutcomeLine[]>();
  for await (const { orderId, lines } of pagesOf(of, fulfillmentsSchema, '/v1/fulfillments')) outcomes.set(orderId, [...(outcomes.get(orderId) ?? []), ...lines]);
  return outcomes;
}

/** The books of all providers: the LMS's over HTTP, those of the built-in ones from the table that they keep. */
export async function readLedgers({ lms, inside }: StackDescription): Promise<LedgerRow[]> {
  return [...(await readLmsLedger(lms, inside.lmsApiKey)), ...(await readBuiltInLedgers(inside.ofDatabaseUrl))];
}

export async function readLmsLedger(lms: string, apiKey: string): Promise<LedgerRow[]> {
  const { effects } = await readStandIn(lmsLedgerSchema, 'LMS', lms, apiKey);
  return effects.map(({ unenrolments: reversals, ...row }) => ({ provider: 'lms', ...row, reversals }));
}

export async function readBuiltInLedgers(databaseUrl: string): Promise<LedgerRow[]> {
  return query(databaseUrl, 'select provider, order_id as "orderId", line_id as "lineId", quantity::int as quantity, effects::int as effects, reversals::int as reversals from provider_ledger');
}

/** The payment provider's own books, order by order. */
export async function readMoney({ payments, inside }: StackDescription): Promise<MoneyRow[]> {
  const { orders } = await readStandIn(paymentsLedgerSchema, 'payment', payments, inside.paymentsApiKey);
  return orders.map(({ charged, refunded, ...row }) => ({ ...row, charged: cents(charged), refunded: cents(refunded) }));
}

async function readStandIn<T>(schema: z.ZodType<T>, name: string, url: string, apiKey: string): Promise<T> {
  const answer = await fetch(`${url}/_stand-in/ledger`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!answer.ok) throw new Error(`the ${name} stand-in does not show its ledger: ${answer.status}`);
  return schema.parse(await answer.json());
}

/** Every stock that was counted, beside what the catalogue shows of the product. */
export async function readStocks(operator: Api): Promise<Counted[]> {
  const shown = new Map<string, number | undefined>();
  for await (const { sku, available } of pagesOf(operator, productsSchema, '/products')) shown.set(sku, available ?? undefined);
  const stocks: Counted[] = [];
  for await (const stock of pagesOf(operator, stocksSchema, '/inventory')) stocks.push({ ...stock, shown: shown.get(stock.sku) });
  return stocks;
}

async function* pagesOf<Item>(api: Api, schema: z.ZodType<{ items: Item[]; nextCursor: string | null }>, path: string): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: Item[]; nextCursor: string | null } = await api.call(schema, 'GET', `${path}?limit=${PAGE}${after}`);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export type LogFigures = {
  /** Events in the log of each service; those that came from the other one stand in both. */
  readonly events: { readonly cc: number; readonly of: number };
  /** The rule of each duplicate or late signal that was ignored, in both services. */
  readonly ignored: readonly string[];
};

export async function readLogFigures({ inside }: StackDescription): Promise<LogFigures> {
  const [cc, of] = await Promise.all([readLog(inside.ccDatabaseUrl), readLog(inside.ofDatabaseUrl)]);
  return { events: { cc: cc.events, of: of.events }, ignored: [...cc.rules, ...of.rules] };
}

async function readLog(databaseUrl: string): Promise<{ events: number; rules: string[] }> {
  const [counted] = await query<{ count: number }>(databaseUrl, 'select count(*)::int as count from events');
  const ignored = await query<{ rule: string }>(databaseUrl, 'select rule from ledger');
  return { events: counted?.count ?? 0, rules: ignored.map(({ rule }) => rule) };
}

/** Order id → the types of all that was told of it in Commerce Coordinator. */
export async function readTold({ inside }: StackDescription): Promise<Map<string, ReadonlySet<string>>> {
  const rows = await query<{ subject: string; types: string[] }>(inside.ccDatabaseUrl, 'select subject, array_agg(distinct type) as types from events group by subject');
  return new Map(rows.map(({ subject, types }) => [subject, new Set(types)]));
}

export type Letters = {
  /** What customers are told of, by Commerce Coordinator's log. */
  readonly due: number;
  readonly sent: number;
  /** Nobody knew an address, or the last try failed. */
  readonly failed: number;
  readonly inOutbox: number;
};

export async function readLetters({ inside }: StackDescription): Promise<Letters> {
  const [counted] = await query<Omit<Letters, 'inOutbox'>>(
    inside.ccDatabaseUrl,
    `select count(*) filter (where type in ('OrderShipped', 'OrderCancelled', 'OrderRefunded')
       or (type = 'PaymentRefunded' and (data->>'refunded')::numeric < (data->>'charged')::numeric))::int as due,
     count(*) filter (where type = 'NotificationSent')::int as sent, count(*) filter (where type = 'NotificationFailed')::int as failed from events`,
  );
  const files = await readdir(inside.outbox).catch(() => []);
  return { ...(counted ?? { due: 0, sent: 0, failed: 0 }), inOutbox: files.filter((name) => name.endsWith('.eml')).length };
}

/** Outcomes, and goods taken back, that Commerce Coordinator has told itself, for they never came over the bus. */
export async function countHealedAlone({ inside }: StackDescription): Promise<number> {
  const [counted] = await query<{ count: number }>(
    inside.ccDatabaseUrl,
    `select count(*)::int as count from (select subject from events where type in ('FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentRevoked')
     group by subject, type = 'FulfillmentRevoked' having not bool_or(origin = 'foreign')) healed`,
  );
  return counted?.count ?? 0;
}

/** Everything that happened to one order in both services, oldest first. */
export async function readStory(cc: Api, { inside }: StackDescription, orderId: string): Promise<TimelineEvent[]> {
  const { items } = await cc.call(timelineSchema, 'GET', `/orders/${orderId}/timeline?limit=${PAGE}`);
  const fulfillment = await query<Omit<TimelineEvent, 'timestamp'> & { timestamp: Date }>(
    inside.ofDatabaseUrl,
    `select event_id as "eventId", type as "eventType", source, occurred_at as timestamp, causation_id as "causationId", data from events where subject = 'commerce-coordinator ' || $1 order by epoch, txid, position`,
    [orderId],
  );
  const known = new Set(items.map(({ eventId }) => eventId));
  const others = fulfillment.filter(({ eventId }) => !known.has(eventId)).map((event) => ({ ...event, timestamp: event.timestamp.toISOString() }));
  return [...others, ...items].toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
}

async function query<Row extends object>(databaseUrl: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'demo' });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}
