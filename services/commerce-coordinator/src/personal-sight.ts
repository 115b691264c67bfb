/** Who may see what is marked as personal: one rule, wherever events, orders or rows are shown. Pure. */
import type { Caller } from '@commerce/service-kit/auth';

/** With `admin` or `users:read`. To all others it reads as erased. */
export function seesPersonalData({ scopes }: Pick<Caller, 'scopes'>): boolean {
  return scopes.has('admin') || scopes.has('users:read');
}

/**
 * Does the caller see the address, the note and the customer's name of an order that this client has placed?
 * The address and the note it sent itself; the name comes from the customer's own events, so a client that may order for any customer may learn any customer's name.
 */
export function seesPersonalDataOf(caller: Pick<Caller, 'scopes' | 'clientId'>): (clientId: string) => boolean {
  return seesPersonalData(caller) ? () => true : (clientId) => clientId === caller.clientId;
}
