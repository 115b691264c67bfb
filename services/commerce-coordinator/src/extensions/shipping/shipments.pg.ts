/**
 * The rows of shipments, by order id: written once, but for parcels that have arrived or became known. Only orders of this service have a state. Which fulfillment is the order's own is
 * read where its acknowledgement has written it, in one transaction with the event that tells it; nothing is written for it here.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Shipment, Shipping } from './shipment.ts';

export const shipmentsStore: StateStore<Shipping> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, 
      `SELECT o.order_id, f.fulfillment_id AS own_fulfillment_id, s.fulfillment_id, s.method, s.parcels
       FROM orders o LEFT JOIN fulfillment_requests f USING (order_id) LEFT JOIN shipments s USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, Shipping] => {
      const shipment = { orderId: row.order_id, fulfillmentId: row.fulfillment_id, method: row.method, parcels: row.parcels };
      return [row.order_id, { orderId: row.order_id, fulfillmentId: row.own_fulfillment_id, shipment: row.method === null || row.method === 'forgone' ? row.method : shipment }];
    }));
  },

  async save(tx, changes) {
    const shipments = changes.flatMap(({ before, after }) => (after.shipment === null || after.shipment === before?.shipment ? [] : [rowOf(after.orderId, after.shipment)]));
    if (shipments.length === 0) return;
    await run(tx, 
      `INSERT INTO shipments (order_id, fulfillment_id, method, parcels)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
       ON CONFLICT (order_id) DO UPDATE SET method = excluded.method, parcels = excluded.parcels`,
      [
        shipments.map((shipment) => shipment.orderId), shipments.map((shipment) => shipment.fulfillmentId),
        shipments.map((shipment) => shipment.method), shipments.map((shipment) => JSON.stringify(shipment.parcels)),
      ],
    );
  },
  isSentAtOnce: true,
};

function rowOf(orderId: string, shipment: Shipment | 'forgone'): Omit<Shipment, 'method' | 'fulfillmentId'> & { readonly method: string; readonly fulfillmentId: string | null } {
  return shipment === 'forgone' ? { orderId, fulfillmentId: null, method: 'forgone', parcels: [] } : shipment;
}
