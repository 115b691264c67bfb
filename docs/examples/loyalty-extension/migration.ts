/** One row per order that was counted, per account, per redemption. */
import type { Migration } from '@commerce/signals/extension';

export const LOYALTY_MIGRATION: Migration = {
  name: 'loyalty-1',
  sql: `
CREATE TABLE loyalty_orders (
  order_id text COLLATE "C" PRIMARY KEY,
  customer_id text COLLATE "C",
  charged bigint,
  rate integer,
  refunded bigint NOT NULL,
  is_completed boolean NOT NULL,
  points bigint NOT NULL CHECK (points >= 0)
);

CREATE TABLE loyalty_accounts (
  customer_id text COLLATE "C" PRIMARY KEY,
  earned bigint NOT NULL,
  revoked bigint NOT NULL,
  redeemed bigint NOT NULL,
  lapsed bigint NOT NULL
);

CREATE TABLE loyalty_redemptions (
  redemption_id text COLLATE "C" PRIMARY KEY,
  customer_id text COLLATE "C" NOT NULL,
  points bigint NOT NULL,
  why text NOT NULL,
  balance bigint NOT NULL CHECK (balance >= 0),
  redeemed_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
`,
};
