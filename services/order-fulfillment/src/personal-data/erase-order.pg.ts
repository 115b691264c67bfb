/**
 * Takes out of an order's fulfillments what their client sent about a person: e-mail address and name of the customer, and what it
 * put into `metadata` and into `details` of lines. Events of this service hold nothing of it.
 *
 * Promise: one transaction under the lock of the order, recorded with who asked and why. Only the client's own fulfillments. May be
 * repeated. Refuses an order of which something is under way: a provider may still need to know for whom.
 */
import { lockSubjects } from '@commerce/event-log/change';
import type { EventLog } from '@commerce/event-log/log';
import { run } from '@commerce/event-log/statement';
import { inTransaction } from '@commerce/event-log/transaction';
import { audit } from '../audit.ts';
import type { Doing } from '../audit.ts';
import { subjectOf } from '../fulfillments/subject.ts';

/** The columns of this service's database in which something about a person may stand; a test holds the list. */
export const PERSONAL_COLUMNS = ['fulfillments.customer', 'fulfillments.metadata', 'fulfillments.lines', 'fulfillments.request_hash'];

export type OrderErasure =
  | { readonly kind: 'unknown' }
  /** These are not at their end. */
  | { readonly kind: 'open'; readonly fulfillmentIds: readonly string[] }
  /** How many fulfillments there are, and how many lost something now. */
  | { readonly kind: 'erased'; readonly fulfillments: number; readonly changed: number };

/** `reader`: name of the extension under whose lock fulfillments change. */
export async function eraseOrder(log: EventLog, reader: string, clientId: string, orderId: string, doing: Doing): Promise<OrderErasure> {
  const result = await inTransaction(log.pool, async (tx): Promise<OrderErasure> => {
    await lockSubjects(tx, [`${reader}\n${subjectOf(clientId, orderId)}`]);
    const { rows } = await run(tx, 'SELECT fulfillment_id, active FROM fulfillments WHERE client_id = $1 AND order_id = $2', [clientId, orderId]);
    if (rows.length === 0) return { kind: 'unknown' };
    const open = rows.filter(({ active }) => active).map((row): string => row.fulfillment_id);
    if (open.length > 0) return { kind: 'open', fulfillmentIds: open };
    const { rowCount } = await run(tx, ERASE, [clientId, orderId]);
    const changed = rowCount ?? 0;
    if (changed > 0) await audit(log, tx, { act: 'order.erase_personal_data', about: orderId, details: { fulfillments: changed } }, doing);
    return { kind: 'erased', fulfillments: rows.length, changed };
  });
  log.wake();
  return result;
}

const ERASE = `UPDATE fulfillments SET customer = jsonb_build_object('id', customer->'id'), metadata = NULL, request_hash = '',
    lines = (SELECT coalesce(jsonb_agg(line - 'details' ORDER BY place), '[]') FROM jsonb_array_elements(lines) WITH ORDINALITY AS l(line, place))
  WHERE client_id = $1 AND order_id = $2 AND request_hash <> ''`;
