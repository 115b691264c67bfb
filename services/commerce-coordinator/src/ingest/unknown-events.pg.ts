/**
 * Notes in the ledger what a provider told and what means nothing here: once per event, however often it is told.
 */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';

export interface UnknownEvent {
  readonly provider: string;
  readonly providerEventId: string;
  /** Of the event, as the provider names it. */
  readonly type: string;
}

/** Resolves when it is durable. */
export type RecordUnknown = (event: UnknownEvent) => Promise<void>;

/** The subject of an entry is `{provider}:{providerEventId}`. */
export function unknownEventRecorder(pool: Pool): RecordUnknown {
  return async ({ provider, providerEventId, type }) => {
    await run(pool,
      `INSERT INTO ledger (handler, event_id, subject, rule, evidence)
       SELECT $1, NULL, $2, 'unknown_event_type', $3::jsonb WHERE NOT EXISTS (SELECT FROM ledger WHERE subject = $2 AND handler = $1)`,
      [`ingest.${provider}`, `${provider}:${providerEventId}`, JSON.stringify({ providerEventId, type })],
    );
  };
}
