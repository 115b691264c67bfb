/**
 * Counters. A batch of the reader writes one row of what it has counted (analytics_batches), so that partitions never wait for each
 * other; a job folds these rows into the windows.
 */
import type { Migration } from '@commerce/service-kit/database';

export const ANALYTICS_MIGRATION: Migration = {
  name: 'analytics-1',
  sql: `
-- Counted, and not in the windows yet.
CREATE TABLE analytics_batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tally json NOT NULL
);

CREATE TABLE analytics_windows (
  size_ms integer NOT NULL,
  starts_at timestamptz(3) NOT NULL,
  -- An event type, or a step.
  measure text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  late bigint NOT NULL,
  sum_ms bigint NOT NULL,
  -- Of a histogram of durations: bucket → number.
  buckets jsonb NOT NULL,
  PRIMARY KEY (size_ms, starts_at, measure)
) WITH (fillfactor = 70);

-- What is remembered of a subject, or of another key of a pattern.
CREATE TABLE analytics_subjects (
  subject text COLLATE "C" PRIMARY KEY,
  times jsonb NOT NULL,
  waits jsonb NOT NULL,
  hits jsonb NOT NULL,
  -- When something of it is over, or when it is forgotten.
  due_at timestamptz(3) NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX analytics_subjects_due ON analytics_subjects (due_at);
`,
};
