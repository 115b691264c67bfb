/**
 * One row per payment that was begun (or must not be), and one per webhook that was judged. How a customer pays stands with
 * the order (orders.payment_method), written when the order is taken and null once the payment is
 * decided; null before that is the default method.
 */
import type { Migration } from '@commerce/service-kit/database';

export const PAYMENTS_MIGRATION: Migration = {
  name: 'payments-1',
  sql: `
CREATE TABLE payments (
  order_id text COLLATE "C" PRIMARY KEY,
  status text NOT NULL,
  version integer NOT NULL,
  reference text,
  checks integer NOT NULL,
  refunds jsonb NOT NULL,
  gone_lines jsonb NOT NULL,
  reason jsonb
) WITH (fillfactor = 70);

-- A webhook that was refused may be sent again when its time has come; one that was taken is taken once.
CREATE TABLE payment_webhooks (
  provider text COLLATE "C" NOT NULL,
  provider_event_id text COLLATE "C" NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  status text NOT NULL,
  digest bytea NOT NULL,
  verdict text NOT NULL,
  times integer NOT NULL DEFAULT 1,
  received_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (provider, provider_event_id)
);
`,
};
