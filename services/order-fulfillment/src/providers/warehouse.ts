/**
 * A warehouse: the lines of one fulfillment are picked together, packed for a while, and leave as one parcel. Its books are
 * two tables of this service's own database: pick requests, and the ledger of effects. Pure but for `record`, which comes in.
 * What is being packed can be withdrawn; a parcel that has left is not taken back.
 */
import { hash } from 'node:crypto';
import type { Answer, FulfillmentOfLine, LineToCarryOut, LocalProvider, Tracking } from './provider.ts';

export interface WarehouseOptions {
  /** From the pick request to the parcel, in ms. */
  readonly packingTimeMs: number;
  readonly carrier: string;
  readonly record: NonNullable<LocalProvider['record']>;
}

export function createWarehouse({ packingTimeMs, carrier, record }: WarehouseOptions): LocalProvider {
  return {
    name: 'warehouse',
    place: 'local',
    atOnce: false,
    ask: (fulfillment, line, nowMs) => ask(fulfillment, line, nowMs),
    // What is fulfilled has left.
    revoke: () => ({ kind: 'refused', reason: { code: 'already_shipped', message: 'The parcel has left the warehouse.' } }),
    record,
  };

  function ask(fulfillment: FulfillmentOfLine, line: LineToCarryOut, nowMs: number): Answer {
    const leftMs = (line.startedAtMs ?? nowMs) + packingTimeMs - nowMs;
    if (line.startedAtMs === null || leftMs > 0) return { kind: 'pending', askAgainInMs: Math.max(0, leftMs) };
    return { kind: 'fulfilled', tracking: parcelOf(fulfillment, carrier) };
  }
}

/** One parcel per fulfillment: its number comes from the fulfillment alone, so that it is the same however often it is asked. */
function parcelOf({ fulfillmentId }: FulfillmentOfLine, carrier: string): Tracking {
  const digits = hash('sha256', fulfillmentId, 'buffer').readBigUInt64BE(0) % 1_000_000_000_000n;
  return { carrier, trackingNumber: `WH${String(digits).padStart(12, '0')}` };
}
