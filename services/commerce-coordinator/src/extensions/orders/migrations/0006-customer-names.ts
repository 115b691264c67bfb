/** Orders are found by words of the name of their customer. */
import type { Migration } from '@commerce/service-kit/database';

export const CUSTOMER_NAMES_MIGRATION: Migration = {
  name: 'orders-6',
  sql: "CREATE INDEX order_customers_name ON order_customers USING gin (to_tsvector('simple', coalesce(customer_name, '')));",
};
