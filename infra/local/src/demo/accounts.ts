// The accounts that the demo compares and tells: what Order Fulfillment says, what each provider has on its own books, and what both
// logs hold. What no API shows is read from the databases, which only the owner of the stack can do.
import pg from 'pg';
import { z } from 'zod';
import type { StackDescription } from '../stack-description.ts';
import type { Api } from './api.http.ts';
import type { LedgerRow, OutcomeLine } from './audit.ts';
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
  items: z.array(z.object({ eventId: z.string(), eventType: z.string(), source: z.string(), timestamp: z.string(), causationId: z.string().nullable() })),
});
const lmsLedgerSchema = z.object({ effects: z.array(z.object({ orderId: z.string(), lineId: z.string(), quantity: z.int(), effects: z.int() })) });

/** Order id → the lines of all its fulfillments, as Order Fulfillment tells its client. */
export async function readOutcomes(of: Api): Promise<Map<string, OutcomeLine[]>> {
  const outcomes = new Map<string, OutcomeLine[]>();
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: z.infer<typeof fulfillmentsSchema> = await of.call(fulfillmentsSchema, 'GET', `/v1/fulfillments?limit=${PAGE}${after}`);
    for (const { orderId, lines } of page.items) outcomes.set(orderId, [...(outcomes.get(orderId) ?? []), ...lines]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return outcomes;
}

/** The books of all providers: the LMS's over HTTP, those of the built-in ones from the table that they keep. */
export async function readLedgers({ lms, inside }: StackDescription): Promise<LedgerRow[]> {
  return [...(await readLmsLedger(lms, inside.lmsApiKey)), ...(await readBuiltInLedgers(inside.ofDatabaseUrl))];
}

async function readLmsLedger(lms: string, apiKey: string): Promise<LedgerRow[]> {
  const answer = await fetch(`${lms}/_stand-in/ledger`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!answer.ok) throw new Error(`the LMS stand-in does not show its ledger: ${answer.status}`);
  return lmsLedgerSchema.parse(await answer.json()).effects.map((row) => ({ provider: 'lms', ...row }));
}

async function readBuiltInLedgers(databaseUrl: string): Promise<LedgerRow[]> {
  return query(databaseUrl, 'select provider, order_id as "orderId", line_id as "lineId", quantity::int as quantity, effects::int as effects from provider_ledger');
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

/** Orders whose outcome Commerce Coordinator has told itself, for it never came over the bus. */
export async function countHealedAlone({ inside }: StackDescription): Promise<number> {
  const [counted] = await query<{ count: number }>(
    inside.ccDatabaseUrl,
    `select count(*)::int as count from (select subject from events where type in ('FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled')
     group by subject having not bool_or(origin = 'foreign')) healed`,
  );
  return counted?.count ?? 0;
}

/** Everything that happened to one order in both services, oldest first. */
export async function readStory(cc: Api, { inside }: StackDescription, orderId: string): Promise<TimelineEvent[]> {
  const { items } = await cc.call(timelineSchema, 'GET', `/orders/${orderId}/timeline?limit=${PAGE}`);
  const fulfillment = await query<Omit<TimelineEvent, 'timestamp'> & { timestamp: Date }>(
    inside.ofDatabaseUrl,
    `select event_id as "eventId", type as "eventType", source, occurred_at as timestamp, causation_id as "causationId" from events where subject = 'commerce-coordinator ' || $1 order by epoch, txid, position`,
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
