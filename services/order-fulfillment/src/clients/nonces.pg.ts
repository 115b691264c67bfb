/**
 * Nonces that were used, so that what was signed once does not count twice, on whichever instance it arrives.
 * Promise: of all claims of one (keyid, nonce) one is true, until the database's clock says that it is to be forgotten, whatever
 * clock a process has. Those that arrive together share one statement.
 */
import { hash } from 'node:crypto';
import { plainArray } from '@commerce/event-log/arrays';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { run } from '@commerce/event-log/statement';
import { isSystemic } from '@commerce/event-log/transaction';
import type { Pool } from 'pg';

export interface Nonces {
  /** True when it was not used before. `keepForMs`: after that nobody accepts it any more. Rejects with `Overloaded`. */
  claim(keyid: string, nonce: string, keepForMs: number): Promise<boolean>;
  /** Forgets what nobody accepts any more; resolves with how many that were. */
  forget(): Promise<number>;
}

interface Claim {
  readonly nonceId: string;
  readonly keepForMs: number;
}

/** How many are forgotten in one statement. */
const FORGET_AT_ONCE = 2_000;

export function createNonces(pool: Pool): Nonces {
  const claims = createMicroBatcher<Claim, boolean>({ isSystemic, run: (items) => insert(pool, items) });
  return {
    claim: (keyid, nonce, keepForMs) => claims.submit({ nonceId: idOf(keyid, nonce), keepForMs }),
    async forget() {
      for (let forgotten = 0; ; ) {
        const { rowCount } = await run(pool, `DELETE FROM used_nonces WHERE nonce_id IN (
          SELECT nonce_id FROM used_nonces WHERE forget_at < clock_timestamp() ORDER BY forget_at LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED)`, []);
        forgotten += rowCount ?? 0;
        if ((rowCount ?? 0) < FORGET_AT_ONCE) return forgotten;
      }
    },
  };
}

/** 128 bits of a hash, as a UUID: small, of one length, and nothing in it but the hash. */
function idOf(keyid: string, nonce: string): string {
  const hex = hash('sha256', JSON.stringify([keyid, nonce]), 'hex');
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to)).join('-');
}

async function insert(pool: Pool, claims: readonly Claim[]): Promise<boolean[]> {
  // In one order, so that two statements wait for each other in one direction only.
  const sorted = claims.toSorted((a, b) => (a.nonceId < b.nonceId ? -1 : 1));
  const { rows } = await run(pool,
    'INSERT INTO used_nonces (nonce_id, forget_at) SELECT n.nonce_id, clock_timestamp() + n.keep_ms * interval \'1 ms\' FROM unnest($1::uuid[], $2::float8[]) AS n(nonce_id, keep_ms) ON CONFLICT DO NOTHING RETURNING nonce_id',
    [plainArray(sorted.map(({ nonceId }) => nonceId)), plainArray(sorted.map(({ keepForMs }) => keepForMs))]);
  const fresh = new Set(rows.map((row) => row.nonce_id as string));
  // Of two equal ones in this statement the first has it.
  return claims.map(({ nonceId }) => fresh.delete(nonceId));
}
