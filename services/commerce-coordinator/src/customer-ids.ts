/** Which ids a new customer may have: ids stay when a customer is erased, so where customers can be erased none may be an e-mail address. */
import type { EventLog } from '@commerce/event-log/log';
import { Problem } from '@commerce/service-kit/problems';
import { problems } from './problems.ts';

/** Throws `customer_id_personal`. */
export type CheckCustomerId = (customerId: string) => void;

/** Refuses nothing where the log is in clear. */
export function customerIdCheck({ personal }: Pick<EventLog, 'personal'>): CheckCustomerId {
  return (customerId) => {
    if (personal !== undefined && customerId.includes('@')) throw new Problem(problems.customer_id_personal);
  };
}
