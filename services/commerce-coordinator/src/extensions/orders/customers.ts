/**
 * Who orders, as the events of the user tell it: the name for whoever looks at an order, and whether the customer was deactivated.
 * No address is kept here: nothing of an order is sent to one. Pure.
 */
import type { Outcome } from '@commerce/event-log/extension';
import type { UserDeactivated, UserRegistered, UserUpdated } from '@commerce/events/entries/catalog';
import { apply, stale } from '@commerce/signals/handler';
import type { Heard } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';

export interface Customer {
  readonly kind: 'customer';
  readonly customerId: string;
  /** Null: not told, or forgotten with the deactivation. */
  readonly name: string | null;
  readonly isActive: boolean;
  /** Version of the user that is known here. */
  readonly version: number;
}

type UserEvent = Pick<Heard<readonly [typeof UserRegistered, typeof UserUpdated, typeof UserDeactivated]>, 'type' | 'sequence'> & { readonly data: { readonly userId: string; readonly name?: string | undefined } };

const PREFIX = 'customer:';

/** Never the id alone, which could be that of an order. */
export function customerSubject(customerId: string): string {
  return `${PREFIX}${customerId}`;
}

/** The id in such a subject; undefined for that of an order. */
export function customerIn(subject: string): string | undefined {
  return subject.startsWith(PREFIX) ? subject.slice(PREFIX.length) : undefined;
}

/** Takes the profile in, which stands whole in each event. `state`: of the bare id of the user, where nothing is kept. */
export function knowCustomer<State>(state: State | undefined, { type, data, sequence }: UserEvent, { other }: Pick<SendContext, 'other'>): Outcome<State> {
  const { userId: customerId, name = null } = data;
  const subject = customerSubject(customerId);
  const known = other(subject) as Customer | undefined;
  const version = sequence ?? (known?.version ?? 0) + 1;
  if (known !== undefined && version <= known.version) return stale('older_profile', { sequence, known: known.version });
  const after: Customer = { kind: 'customer', customerId, name, isActive: type !== 'UserDeactivated' && known?.isActive !== false, version };
  return apply(state as State, [], new Map([[subject, after]]) as never);
}
