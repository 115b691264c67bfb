/** When the comparison ran last, and who runs it, stands with the other scheduled jobs. */
import type { Migration } from '@commerce/service-kit/database';

export const JOB_MIGRATION: Migration = {
  name: 'fulfillment-3',
  sql: `
INSERT INTO scheduled_jobs (name, last_run_at, last_error) SELECT 'fulfillment.reconcile', last_run_at, last_error FROM reconciliation;
ALTER TABLE reconciliation DROP COLUMN holder, DROP COLUMN held_until, DROP COLUMN last_run_at, DROP COLUMN last_error;
`,
};
