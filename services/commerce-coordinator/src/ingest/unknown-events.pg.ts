/**
 * Notes in the ledger what a provider told and what cannot be used here: of a type that means nothing, or not in the form that was
 * agreed. Once per event, however often and wherever it is told at the same time.
 */
import { run } from '@commerce/event-log/statement';
import { inTransaction } from '@commerce/event-log/transaction';
import type { Pool } from 'pg';

export interface Note {
  readonly provider: string;
  /** Of the event; of one that names none the SHA-256 of its bytes, in hexadecimal. */
  readonly providerEventId: string;
  readonly rule: 'unknown_event_type' | 'malformed_webhook';
  /** What was told: the type of the event as the provider names it, or the place and the fault; nothing of its content. */
  readonly evidence: { readonly type: string } | { readonly detail: string };
}

/** Resolves when it is durable. */
export type WriteNote = (note: Note) => Promise<void>;

/** The subject of an entry is `{provider}:{providerEventId}`. */
export function ledgerNotes(pool: Pool): WriteNote {
  return ({ provider, providerEventId, rule, evidence }) => inTransaction(pool, async (tx) => {
    const [handler, subject] = [`ingest.${provider}`, `${provider}:${providerEventId}`];
    // The ledger has no key for this: who tells the same at the same time waits here, and finds the note in its own statement below.
    await run(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${handler} ${subject}`]);
    await run(tx,
      `INSERT INTO ledger (handler, event_id, subject, rule, evidence)
       SELECT $1, NULL, $2, $3, $4::jsonb WHERE NOT EXISTS (SELECT FROM ledger WHERE subject = $2 AND handler = $1 AND rule = $3)`,
      [handler, subject, rule, JSON.stringify({ providerEventId, ...evidence })],
    );
  });
}
