/**
 * Appends a batch of foreign events and says what became of each. A fault that lies in one event is found by halving, so
 * that the others pass; a fault of the database is charged to none and thrown.
 */
import type { DuplicateNote } from '@commerce/event-log/foreign-append';
import type { EventLog, ForeignResult } from '@commerce/event-log/log';
import { isSystemic, sqlState } from '@commerce/event-log/transaction';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { Refusal } from './message.ts';
import { refused } from './message.ts';

export type Verdict = { readonly kind: 'appended' } | { readonly kind: 'duplicate' } | ({ readonly kind: 'refused' } & Refusal);

/** Verdicts in the order of the envelopes; `note` is kept of each duplicate. Throws when the database as a whole is at fault; running it again is harmless. */
export async function appendBatch(log: Pick<EventLog, 'appendForeign'>, envelopes: readonly EventEnvelope[], note?: DuplicateNote): Promise<Verdict[]> {
  if (envelopes.length === 0) return [];
  try {
    const results = await log.appendForeign(envelopes, note);
    return envelopes.map((envelope, index) => verdictOf(results[index], envelope));
  } catch (error) {
    if (!isChargeable(error)) throw error;
    const [only] = envelopes;
    if (only !== undefined && envelopes.length === 1) return [refused('not_storable', `The log cannot store it (${sqlState(error) ?? 'fault'}).`, only)];
    const half = Math.ceil(envelopes.length / 2);
    const rest = note && { ...note, evidence: (index: number) => note.evidence(half + index) };
    return [...(await appendBatch(log, envelopes.slice(0, half), note)), ...(await appendBatch(log, envelopes.slice(half), rest))];
  }
}

function verdictOf(result: ForeignResult | undefined, envelope: EventEnvelope): Verdict {
  switch (result?.kind) {
    case 'appended':
    case 'duplicate':
      return result;
    case 'conflict':
      return refused('conflict', 'The log has this event id with another content.', envelope);
    case 'outside_window':
      return refused('outside_window', 'The time of the event id lies outside the window in which duplicates are recognised.', envelope);
    default:
      return refused('not_storable', result?.reason ?? 'The log gave no answer.', envelope);
  }
}

const NO_PARTITION = '23514';

/** True for a fault that lies in the events: data that PostgreSQL does not take, or a bug that one of them meets. */
function isChargeable(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return !isSystemic(error);
  return /^(22|23|54)/.test(state) && state !== NO_PARTITION;
}
