/**
 * Adjustments in the log: decided under the locks of all their stocks, written in one transaction with what they tell.
 * Promise: resolves after the commit. The same request under its key gets its first answer.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { Extension } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import { audit } from '../../audit.ts';
import type { Act } from '../../audit.ts';
import { adjust, adjustmentKey, adjustmentSubject } from './adjust.ts';
import type { AdjustedLine, AdjustmentsForm } from './adjust.ts';
import type { InventoryRow } from './reservation.ts';
import { send } from './signals.ts';
import { stockSubject, stockSubjects } from './stock.ts';
import type { Stock } from './stock.ts';

export interface AdjustRequest {
  readonly idempotencyKey: string;
  readonly form: AdjustmentsForm;
  /** Who asks. */
  readonly by: Act['by'];
  readonly trigger: Trigger;
}

/** Throws `InventoryRefused`. */
export type Adjusting = (request: AdjustRequest) => Promise<{ readonly lines: readonly AdjustedLine[]; readonly isReplayed: boolean }>;

export function createAdjusting(log: EventLog, definition: ExtensionDefinition<InventoryRow>): Adjusting {
  const { name, source, store } = definition;
  const extension: Extension<InventoryRow> = { name, source, store, handlers: {}, effects: {}, timers: {} };
  return async ({ by, idempotencyKey, form, trigger }) => {
    const key = adjustmentKey(by.clientId, idempotencyKey);
    let isReplayed = false;
    const [settled] = await log.change(extension, [{
      subject: adjustmentSubject(key), trigger, handler: 'command:inventory.adjust', also: stockSubjects(form.adjustments),
      decide: inputDecision<InventoryRow>(definition, (done, context) => {
        if (done !== undefined && done.kind !== 'adjustment') throw new TypeError(`${adjustmentSubject(key)} is no adjustment.`);
        isReplayed = done !== undefined;
        const outcome = send(adjust(done, key, form, (sku) => context.other(stockSubject(sku)) as Stock | undefined), context);
        if (!isReplayed) audit({ act: 'inventory.adjust', about: aboutOf(key, form), by, why: form.reason, details: { adjustments: form.adjustments } }, context);
        return outcome;
      }),
    }]);
    if (settled?.outcome.kind === 'failed') throw settled.outcome.error;
    if (settled?.outcome.kind !== 'apply' || settled.outcome.state.kind !== 'adjustment') throw new Error(`The adjustment ${key} was not decided: ${settled?.outcome.kind ?? 'lost'}.`);
    return { lines: settled.outcome.state.lines, isReplayed };
  };
}

/** The product, when there is one only. */
function aboutOf(key: string, { adjustments }: AdjustmentsForm): string {
  const skus = new Set(adjustments.map(({ sku }) => sku));
  return skus.size === 1 ? [...skus][0] ?? '' : adjustmentSubject(key);
}
