/**
 * Adjustments: stock is counted, filled up, written off. Pure.
 * Promise: all lines of a request or none, once per key; a stock never falls below what is set aside. The first adjustment of
 * a product makes its stock: from then on it is limited.
 */
import type { NewEvent } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import { z } from 'zod';
import { reasonForm } from '../../audit.ts';
import { InventoryRefused } from './problems.ts';
import type { Decision } from './reservation.ts';
import { availableOf, moved, stockSubject } from './stock.ts';
import type { Stock, StockOf } from './stock.ts';

/** More is a typing error; what comes back from revoked orders still fits above it. */
const MAX_ON_HAND = 1_000_000_000;
const MAX_DELTA = 500_000_000;
/** The largest request: its products and its key are locked in one transaction. */
const MAX_LINES = 500;

const sku = z.string().min(1).max(200).meta({ example: 'NW-11' });
const delta = z.int().min(-MAX_DELTA).max(MAX_DELTA).refine((value) => value !== 0, 'must not be 0').meta({ example: 40, description: 'Pieces that come (above 0) or go.' });

export const adjustmentForm = z.strictObject({ sku, delta, reason: reasonForm });
export const adjustmentsForm = z.strictObject({
  reason: reasonForm,
  adjustments: z.array(z.strictObject({ sku, delta })).min(1).max(MAX_LINES).meta({ description: 'All of them are made, or none. A product may stand here more than once.' }),
});

export type AdjustmentsForm = z.infer<typeof adjustmentsForm>;

/** A stock right after a line of an adjustment. */
export interface AdjustedLine {
  readonly sku: string;
  readonly delta: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly version: number;
}

/** A request that was done: what it asked for and what it was answered, for when it comes again. */
export interface Adjustment {
  readonly kind: 'adjustment';
  /** Hex: the client and its Idempotency-Key. */
  readonly key: string;
  /** Hex: the whole request. */
  readonly digest: string;
  readonly lines: readonly AdjustedLine[];
}

const PREFIX = 'adjustment:';

export function adjustmentKey(clientId: string, idempotencyKey: string): string {
  return sha256(canonicalJson([clientId, idempotencyKey])).toString('hex');
}

export function adjustmentSubject(key: string): string {
  return `${PREFIX}${key}`;
}

/** The key of the request that the subject is; undefined for any other subject. */
export function adjustmentKeyOf(subject: string): string | undefined {
  return subject.startsWith(PREFIX) ? subject.slice(PREFIX.length) : undefined;
}

/** Throws `InventoryRefused`, with every line that cannot be made. */
export function adjust(done: Adjustment | undefined, key: string, form: AdjustmentsForm, stockOf: StockOf): Decision {
  const digest = sha256(canonicalJson(form)).toString('hex');
  if (done !== undefined) {
    if (done.digest !== digest) throw new InventoryRefused('idempotency_key_reused');
    return apply(done);
  }
  const stocks = new Map<string, Stock>();
  const faults: { index: number; message: string }[] = [];
  const lines = form.adjustments.flatMap(({ sku: wanted, delta: pieces }, index): AdjustedLine[] => {
    const before = stocks.get(wanted) ?? stockOf(wanted) ?? { kind: 'stock', sku: wanted, onHand: 0, reserved: 0, version: 0 };
    const fault = faultOf(before, pieces);
    if (fault !== undefined) {
      faults.push({ index, message: fault });
      return [];
    }
    const after = moved(before, { onHand: pieces, reserved: 0 });
    stocks.set(wanted, after);
    return [{ sku: wanted, delta: pieces, onHand: after.onHand, reserved: after.reserved, available: availableOf(after), version: after.version }];
  });
  if (faults.length > 0) throw new InventoryRefused('stock_out_of_range', faults);
  const adjusted: Adjustment = { kind: 'adjustment', key, digest, lines };
  return apply<Adjustment | Stock>(adjusted, lines.map((line) => eventOf(line, form.reason)), [], new Map([...stocks].map(([wanted, stock]) => [stockSubject(wanted), stock])));
}

function faultOf({ sku: wanted, onHand, reserved }: Stock, pieces: number): string | undefined {
  if (onHand + pieces < reserved) return `${wanted} has ${onHand}, of which ${reserved} are set aside: at most ${onHand - reserved} can be taken away.`;
  if (onHand + pieces > MAX_ON_HAND) return `${wanted} has ${onHand}: it may have ${MAX_ON_HAND} at most.`;
  return undefined;
}

function eventOf({ sku: adjusted, delta: pieces, onHand, available, version }: AdjustedLine, why: AdjustmentsForm['reason']): NewEvent {
  return { type: 'InventoryAdjusted', data: { sku: adjusted, delta: pieces, onHand, available, reason: why }, sequence: version };
}
