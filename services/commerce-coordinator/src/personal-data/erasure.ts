/**
 * The erasure of a customer. Pure.
 *
 * Promise: what was erased once is not erased again, unless the customer came back. Refuses nothing: what stands in the way is looked
 * at by whoever runs the decision, under the lock of the customer.
 */
import type { Outcome } from '@commerce/event-log/extension';
import { apply } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { customerErased } from './signals.ts';

/** One customer, for the time of a decision and in the table. */
export interface Erasure {
  readonly customerId: string;
  readonly times: number;
  /** ISO 8601. */
  readonly erasedAt: string;
  /** ISO 8601; null while something may still come back. */
  readonly finishedAt: string | null;
  /** Table → rows that lost something. */
  readonly rows: Readonly<Record<string, number>>;
  /** Events from before the key was set: they are readable until their retention has passed. */
  readonly eventsInClear: number;
}

/** `isKnown`: something of the customer is there. The same state says that there is nothing to do. */
export function erase(customerId: string, there: Erasure | undefined, isKnown: boolean, context: SendContext): Outcome<Erasure> {
  if (there !== undefined && !isKnown) return apply(there);
  const erasedAt = new Date(context.nowMs).toISOString();
  customerErased.sendRobust({ customerId, erasedAt }, context);
  return apply({ customerId, times: (there?.times ?? 0) + 1, erasedAt, finishedAt: null, rows: {}, eventsInClear: 0 });
}
