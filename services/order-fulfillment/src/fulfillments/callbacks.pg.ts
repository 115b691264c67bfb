/**
 * Keeps what remote providers tell by themselves. Callbacks that arrive together are decided in one transaction; each is
 * joined to the flow of its fulfillment (correlation, cause), which stands in the event of its acceptance. One that comes after
 * its fulfillment was settled is decided too: what had failed or was called off meanwhile is taken back.
 */
import type { Input } from '@commerce/event-log/change';
import type { Trigger } from '@commerce/event-log/event';
import type { Extension } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { isSystemic } from '@commerce/event-log/transaction';
import type { Rules } from './arrange.ts';
import { takeCallback } from './decide.ts';
import type { Callback } from './decide.ts';
import type { FulfillmentsOfOrder } from './fulfillment.ts';
import { createStore } from './store.pg.ts';
import { subjectOf } from './subject.ts';

export interface Told extends Callback {
  readonly orderId: string;
  /** Of the callback itself: used when the fulfillment is not known. */
  readonly correlationId: string;
}

/** Resolves when what was told is durable, or recorded as stale. Rejects with `Overloaded` when too much waits. */
export type Tell = (told: Told) => Promise<void>;

export function createCallbacks(log: EventLog, extension: Extension<FulfillmentsOfOrder>, rules: Rules): Tell {
  const batches = createMicroBatcher<Told, void>({ isSystemic, run: (all) => keep(all) });
  return (told) => batches.submit(told);

  async function keep(all: readonly Told[]): Promise<void[]> {
    const begun = await readBegun(log, all);
    const inputs = all.map((told): Input<FulfillmentsOfOrder> => ({
      subject: subjectOf(begun.get(told.fulfillmentId)?.clientId ?? NOBODY, told.orderId),
      handler: 'command:fulfillments.callback',
      trigger: begun.get(told.fulfillmentId)?.trigger ?? { correlationId: told.correlationId, causationId: null, metadata: {} },
      decide: (state, { nowMs }) => takeCallback(rules, state, told, nowMs),
    }));
    const store = createStore(rules.providers, { fulfillmentIds: all.map(({ fulfillmentId }) => fulfillmentId), subjects: [] });
    for (const { outcome } of await log.change({ ...extension, store }, inputs)) if (outcome.kind === 'failed') throw outcome.error;
    return all.map(() => undefined);
  }
}

/** In the ledger, what is told of a fulfillment that nobody has asked for. */
const NOBODY = '';

/** Whose each fulfillment is, and what its acceptance hands on. One that is not known, or not of this order, is left out. */
async function readBegun(log: EventLog, all: readonly Told[]): Promise<Map<string, { readonly clientId: string; readonly trigger: Trigger }>> {
  const { rows } = await log.pool.query(
    `SELECT f.client_id, f.fulfillment_id, e.event_id, e.correlation_id, e.metadata
     FROM unnest($1::text[], $2::uuid[]) AS k(order_id, fulfillment_id) JOIN fulfillments f USING (order_id, fulfillment_id)
     JOIN events e ON e.subject = f.client_id || ' ' || f.order_id AND e.type = 'FulfillmentAccepted' AND e.data->>'fulfillmentId' = f.fulfillment_id::text`,
    [all.map((told) => told.orderId), all.map((told) => told.fulfillmentId)],
  );
  return new Map(rows.map((row) => {
    const { sequence: _own, ...metadata } = row.metadata;
    return [row.fulfillment_id, { clientId: row.client_id, trigger: { correlationId: row.correlation_id, causationId: row.event_id, metadata } }];
  }));
}
