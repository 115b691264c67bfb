/** One row per customer who can be told something, and one per message that came to an end. */
import type { Migration } from '@commerce/service-kit/database';

export const NOTIFICATIONS_MIGRATION: Migration = {
  name: 'notifications-1',
  sql: `
CREATE TABLE notification_contacts (
  customer_id text COLLATE "C" PRIMARY KEY,
  email text,
  name text,
  is_active boolean NOT NULL,
  version integer NOT NULL
);

CREATE TABLE notifications (
  notification_id uuid PRIMARY KEY,
  about text COLLATE "C" NOT NULL,
  -- Among what was told about it, from 1.
  place integer NOT NULL,
  customer_id text COLLATE "C" NOT NULL,
  template text NOT NULL,
  status text NOT NULL,
  reason jsonb,
  ended_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (about, place)
);
`,
};
