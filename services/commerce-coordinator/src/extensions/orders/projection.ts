/** The table of orders as what the log tells: of which events it is made, and how. */
import type { Projection } from '@commerce/event-log/rebuild';
import { CARRIED, fold } from './fold.ts';
import type { OrderRow } from './fold.ts';
import { ORDER_SIGNALS } from './signals.ts';

export const ordersProjection: Projection<OrderRow> = {
  name: 'orders', table: 'orders', key: 'order_id', version: 'version', carried: CARRIED, fold, begunBy: 'OrderCreated',
  types: ORDER_SIGNALS.map(({ entry }) => entry.type).filter((type) => type.startsWith('Order') && type !== 'OrderCheckoutInitiated'),
  erasedBy: 'CustomerErased',
};
