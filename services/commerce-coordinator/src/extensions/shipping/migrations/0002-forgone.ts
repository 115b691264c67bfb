/** An order that ended without being fulfilled ships nothing, whatever comes later: a row without a fulfillment says so. */
import type { Migration } from '@commerce/service-kit/database';

export const FORGONE_MIGRATION: Migration = {
  name: 'shipping-2',
  sql: `
ALTER TABLE shipments ALTER COLUMN fulfillment_id DROP NOT NULL, DROP CONSTRAINT shipments_method_check,
  ADD CONSTRAINT shipments_method_check CHECK (method IN ('none', 'parcel') AND fulfillment_id IS NOT NULL OR method = 'forgone' AND fulfillment_id IS NULL);
`,
};
