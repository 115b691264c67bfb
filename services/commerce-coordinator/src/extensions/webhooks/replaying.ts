/**
 * What webhooks have to do with replays: events delivered again to one endpoint, for a replay whose target it is; and who would be told
 * of new events.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { jsonArray, plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import { uuid7 } from '@commerce/events/uuid7';
import { compilePattern, compileRules } from '@commerce/events/pattern';
import { readEndpoints } from './delivery/registry.pg.ts';
import { Registry } from './delivery/registry.ts';
import type { Known } from './delivery/registry.ts';
import type { Endpoint } from './endpoint.ts';
import { fanOut, UNKNOWN } from './fan-out.ts';
import type { FannedOut, Planned } from './fan-out.ts';
import { loadOrders } from './fan-out.pg.ts';
import { isWanted, mayHear } from './message-names.ts';
import { needsOrder } from './order-row.ts';
import { maySee } from './registration.ts';
import type { Asking } from './registration.ts';

export interface Again {
  readonly endpointId: string;
  readonly replayId: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** All events of a subject, in the order of the log. */
  readonly historyOf: (subject: string) => Promise<readonly StoredEvent[]>;
}

/**
 * Writes deliveries of these events, in their order, in the given transaction: of those that the endpoint has asked to hear, by name and filter, and
 * that its owner may hear. Gives the events of those that were not there yet; undefined when there is no such endpoint. An event is written once
 * for a replay, so the same call again writes nothing. The bytes of the first time are sent again where they are kept; elsewhere they are made
 * anew, with the order as the log tells that it stood with the event. They are sent within a second after the commit.
 */
export async function deliverAgain(tx: Tx, { endpointId, replayId, nowMs, historyOf }: Again, events: readonly StoredEvent[]): Promise<readonly string[] | undefined> {
  const [there] = await readEndpoints(tx, [endpointId]);
  if (there === undefined) return undefined;
  const planned = await plannedFor(there.endpoint, events, historyOf);
  const told = events.flatMap(({ eventId }) => planned.get(eventId) ?? []);
  if (told.length === 0) return [];
  const { rows } = await run(tx,
    `WITH m AS MATERIALIZED (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], string_to_array($4::text, chr(30)), $5::uuid[], $8::text[]) WITH ORDINALITY AS m(event_id, name, subject, body, delivery_id, traceparent, at)
     ), bytes AS (
       INSERT INTO webhook_messages (event_id, name, subject, body, traceparent) SELECT event_id, name, subject, convert_to(body, 'UTF8'), traceparent FROM m ON CONFLICT (event_id) DO NOTHING
     )
     INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, ordered, due_at, replay_id)
     SELECT m.delivery_id, e.endpoint_id, m.event_id, m.name, m.subject, CASE e.status WHEN 'enabled' THEN 'ready' ELSE 'held' END, e.ordered, clock_timestamp(), $7
     FROM m JOIN webhook_endpoints e ON e.endpoint_id = $6 ORDER BY m.at
     ON CONFLICT (event_id, endpoint_id, replay_id) DO NOTHING RETURNING event_id`,
    [
      plainArray(told.map(({ eventId }) => eventId)), told.map(({ name }) => name), told.map(({ subject }) => subject),
      jsonArray(told.map(({ body }) => body)), plainArray(told.map(() => uuid7(nowMs))), endpointId, replayId, plainArray(told.map(({ traceparent }) => traceparent)),
    ],
  );
  return rows.map((row) => row['event_id'] as string);
}

/** What this endpoint is told of these events, by their id. */
async function plannedFor(endpoint: Endpoint, events: readonly StoredEvent[], historyOf: Again['historyOf']): Promise<ReadonlyMap<string, Planned>> {
  const known: Known = { endpoint, filter: endpoint.filter === null ? undefined : compilePattern(endpoint.filter) };
  const rules = known.filter === undefined ? undefined : compileRules([known.filter]);
  const isNamed = (name: string): boolean => endpoint.events.some((wanted) => isWanted(wanted, name));
  const registry: Parameters<typeof fanOut>[3]['registry'] = {
    isWanted: isNamed, wantsOrders: true,
    wanting: (name, body) => (isNamed(name) && mayHear(endpoint, name, body.data) && (rules === undefined || rules.match(body).length > 0) ? [known] : []),
  };
  const planned = new Map<string, Planned>();
  for (const [subject, some] of Map.groupBy(events, (event) => event.subject)) {
    const asked = new Set(some.map(({ eventId }) => eventId));
    let state: FannedOut = UNKNOWN;
    for (const event of some.some(needsOrder) ? await historyOf(subject) : some) {
      const { replay: _mark, ...metadata } = event.metadata;
      const outcome = fanOut(state, { ...event, metadata }, UNSEEN, { registry: asked.has(event.eventId) ? registry : NOBODY });
      if (outcome.kind !== 'apply') continue;
      for (const one of outcome.state.planned) planned.set(one.eventId, one);
      state = { ...outcome.state, planned: [] };
    }
  }
  return planned;
}

const NOBODY = { isWanted: () => false, wanting: () => [], wantsOrders: true };

/** Is there such an endpoint, and is it the caller's? */
export async function isEndpointOf(tx: Tx, endpointId: string, asking: Asking): Promise<boolean> {
  const [there] = await readEndpoints(tx, [endpointId]);
  return there !== undefined && maySee(there.endpoint, asking);
}

/** The fan-out looks at nothing but event and row. */
const UNSEEN = {} as Parameters<typeof fanOut>[2];

/** Says which endpoints the fan-out would write deliveries for, if these events, in the order of the log, were not held back. */
export function deliveriesPlanner(log: Pick<EventLog, 'catalogue' | 'clear'>): (tx: Tx, events: readonly StoredEvent[]) => Promise<readonly { readonly eventId: string; readonly endpointId: string }[]> {
  const registry = new Registry();
  return async (tx, events) => {
    const known = await loadOrders(tx, { registry, log }, [...new Set(events.map(({ subject }) => subject))], events.map((event) => ({ subject: event.subject, event })));
    return events.flatMap((event) => {
      const { replay: _mark, ...metadata } = event.metadata;
      const outcome = fanOut(known.get(event.subject), { ...event, metadata }, UNSEEN, { registry });
      if (outcome.kind !== 'apply' || (outcome.state as FannedOut | undefined) === undefined) return [];
      known.set(event.subject, { ...outcome.state, planned: [] });
      return outcome.state.planned.flatMap(({ eventId, to }) => to.map(({ endpoint }) => ({ eventId, endpointId: endpoint.endpointId })));
    });
  };
}
