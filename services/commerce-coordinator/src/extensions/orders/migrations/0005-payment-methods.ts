/** How an order is paid is forgotten once that is decided: what was kept of those that are decided already goes. */
import type { Migration } from '@commerce/service-kit/database';

export const PAYMENT_METHODS_MIGRATION: Migration = {
  name: 'orders-5',
  sql: "UPDATE orders SET payment_method = NULL WHERE payment_method IS NOT NULL AND (money <> 'unknown' OR closed_as IS NOT NULL);",
};
