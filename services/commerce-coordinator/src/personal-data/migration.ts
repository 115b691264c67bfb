/** What was erased, and whether it is done. A row stays: it says that there was something, and nothing of what. */
export const ERASURES_MIGRATION = {
  name: 'customers-1',
  sql: `
CREATE TABLE customer_erasures (
  customer_id text COLLATE "C" PRIMARY KEY,
  -- A customer who came back may be erased again.
  times integer NOT NULL,
  erased_at timestamptz(3) NOT NULL,
  -- Null: a handler may still have had something of it in its memory; what it wrote is taken away once more.
  finished_at timestamptz(3),
  -- Per table, how many rows lost something.
  rows jsonb NOT NULL,
  events_in_clear integer NOT NULL
);
CREATE INDEX customer_erasures_open ON customer_erasures (erased_at) WHERE finished_at IS NULL;
`,
} as const;
