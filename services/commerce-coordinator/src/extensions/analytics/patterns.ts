/**
 * The patterns that are looked for, as data. Each emission is one event, exactly once for each occurrence.
 *
 * sequence: `first`, then `followedBy` at most `withinMs` after it. The latest `first` counts, and counts once.
 * absence:  `after`, and none of `absent` recorded within `withinMs`. Judged by the times at which the log recorded them, so that
 *           neither a reader that is behind nor a late look changes what is told.
 * count:    `times` of `of` within `withinMs`; then it is counted anew. `given`: only where the subject had that event before.
 *
 * `keyBy`: the subject of the events, or a member of their data: what has another key is another occurrence. Sequences and counts go
 * by the time at which an event occurred, and so do steps.
 */
import type { Signal } from '@commerce/signals/signal';
import { earlyRefundRequested, orderStuck, repeatedPaymentFailure } from './signals.ts';

/** What was seen. */
export interface Seen {
  readonly key: string;
  /** Of the event that completed the pattern. */
  readonly subject: string;
  /** Unix milliseconds: of the first event that counts, and of the last one (absences: when the time was over). */
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Common {
  /** Unique, `paid_not_fulfilled`. */
  readonly name: string;
  readonly withinMs: number;
  readonly emits: Signal<any>;
  /** The data of that event. */
  readonly tell: (seen: Seen) => Readonly<Record<string, unknown>>;
}

export interface SequencePattern extends Common {
  readonly kind: 'sequence';
  readonly first: string;
  readonly followedBy: string;
  readonly keyBy: KeyBy;
}

export interface AbsencePattern extends Common {
  readonly kind: 'absence';
  readonly after: string;
  readonly absent: readonly string[];
  readonly keyBy: 'subject';
}

export interface CountPattern extends Common {
  readonly kind: 'count';
  readonly of: string;
  readonly given?: string;
  readonly times: number;
  readonly keyBy: KeyBy;
}

/** `subject`, or the member of `data` whose text is the key; an event without it is not counted. */
export type KeyBy = 'subject' | { readonly member: string };
export type Pattern = SequencePattern | AbsencePattern | CountPattern;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const PATTERNS: readonly Pattern[] = [
  stuck('accepted_not_paid', 'OrderCreated', ['PaymentProcessed', 'PaymentFailed', 'InventoryReservationFailed', 'OrderCancelRequested', 'OrderCancelled'], 15 * MINUTE_MS),
  stuck('paid_not_fulfilled', 'PaymentProcessed', ['OrderFulfilled', 'OrderUnfulfilled', 'OrderCancelRequested', 'OrderCancelled'], DAY_MS),
  stuck('fulfilled_not_completed', 'OrderFulfilled', ['OrderCompleted', 'OrderRefundRequested'], 30 * MINUTE_MS),
  stuck('cancel_not_ended', 'OrderCancelRequested', ['OrderCancelled', 'OrderCancelRefused', 'OrderCompleted'], 30 * MINUTE_MS),
  {
    // A payment that failed for good ends its order, and the end names the customer.
    name: 'repeated_payment_failure', kind: 'count', of: 'OrderCancelled', given: 'PaymentFailed', times: 3, withinMs: HOUR_MS, keyBy: { member: 'customerId' }, emits: repeatedPaymentFailure,
    tell: ({ key, subject, sinceMs }) => ({ customerId: key, orderId: subject, pattern: 'repeated_payment_failure', withinMs: HOUR_MS, times: 3, since: iso(sinceMs) }),
  },
  {
    name: 'early_refund', kind: 'sequence', first: 'OrderCompleted', followedBy: 'OrderRefundRequested', withinMs: DAY_MS, keyBy: 'subject', emits: earlyRefundRequested,
    tell: ({ key, sinceMs, untilMs }) => ({ orderId: key, pattern: 'early_refund', withinMs: DAY_MS, completedAt: iso(sinceMs), requestedAt: iso(untilMs) }),
  },
];

/** Nothing of what ends a step of an order has come in its time. */
function stuck(name: string, after: string, absent: readonly string[], withinMs: number): AbsencePattern {
  return {
    name, kind: 'absence', after, absent, withinMs, keyBy: 'subject', emits: orderStuck,
    tell: ({ key, sinceMs }) => ({ orderId: key, pattern: name, withinMs, after, since: iso(sinceMs), waitingFor: [...absent] }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
