/** Whether what was requested for an order is to wait, because its payment is disputed. */
import type { Migration } from '@commerce/service-kit/database';

export const DISPUTES_MIGRATION: Migration = {
  name: 'fulfillment-4',
  sql: 'ALTER TABLE fulfillment_requests ADD COLUMN is_held boolean NOT NULL DEFAULT false;',
};
