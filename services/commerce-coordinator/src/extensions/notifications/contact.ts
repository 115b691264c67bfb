/** How a customer is reached, as the events of the user tell it. Pure. */
import type { Outcome } from '@commerce/event-log/extension';
import type { UserDeactivated, UserRegistered, UserUpdated } from '@commerce/events/entries/catalog';
import { stale } from '@commerce/signals/handler';
import type { Heard } from '@commerce/signals/handler';

export interface Contact {
  readonly kind: 'contact';
  readonly customerId: string;
  readonly email: string | null;
  readonly name: string | null;
  /** False: the customer is told nothing any more. */
  readonly isActive: boolean;
  /** Version of the user that is known here. */
  readonly version: number;
}

type UserEvent = Pick<Heard<readonly [typeof UserRegistered, typeof UserUpdated, typeof UserDeactivated]>, 'type' | 'sequence'> & { readonly data: { readonly userId: string; readonly email?: string | undefined; readonly name?: string | undefined } };
type NothingNew = Extract<Outcome<never>, { readonly kind: 'stale' }>;

export function contactSubject(customerId: string): string {
  return `contact:${customerId}`;
}

/** The contact after the event, or why the event says nothing new. */
export function follow(contact: Contact | undefined, { type, data, sequence }: UserEvent): Contact | NothingNew {
  const version = sequence ?? (contact?.version ?? 0) + 1;
  if (contact !== undefined && version <= contact.version) return stale('older_profile', { sequence, known: contact.version }) as NothingNew;
  const { userId: customerId, email = null, name = null } = data;
  return { kind: 'contact', customerId, email, name, isActive: type !== 'UserDeactivated' && contact?.isActive !== false, version };
}
