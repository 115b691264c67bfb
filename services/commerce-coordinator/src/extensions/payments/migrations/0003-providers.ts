/**
 * Which provider holds the money, and which charge of it, so that money goes back where it came from and a dispute finds its order by
 * its charge. What other charges have taken, refunds that wait for a dispute, and updates of which it is known only which charge they are
 * about. Payments of before were asked for at `standard`, unless another provider has told that it took them.
 */
import type { Migration } from '@commerce/service-kit/database';

export const PROVIDERS_MIGRATION: Migration = {
  name: 'payments-3',
  sql: `
ALTER TABLE payments ADD COLUMN provider text DEFAULT 'standard', ADD COLUMN stray text, ADD COLUMN duplicates jsonb NOT NULL DEFAULT '[]';
ALTER TABLE payments ALTER COLUMN provider DROP DEFAULT;
UPDATE payments p SET provider = w.provider FROM payment_webhooks w
  WHERE w.order_id = p.order_id AND w.provider <> 'standard' AND w.status = 'captured' AND w.verdict IN ('accepted', 'kept_accepted');
CREATE INDEX payments_reference ON payments (provider, reference) WHERE reference IS NOT NULL;
CREATE INDEX payments_duplicated ON payments (order_id) WHERE duplicates <> '[]';
CREATE INDEX payments_held ON payments (order_id) WHERE refunds @> '[{"isHeld": true}]';
ALTER TABLE payment_webhooks ADD COLUMN reference text;
CREATE INDEX payment_webhooks_unplaced ON payment_webhooks (provider, reference) WHERE verdict = 'kept' AND reference IS NOT NULL;
`,
};
