/**
 * Handlers that the map no longer names. One that has work left is refused, unless the map says what becomes of it: dropped
 * into the ledger, or handed to the handler that has taken its place. Nothing that it still had to do ends in silence.
 */
import type { PoolClient } from 'pg';

/** What becomes of handlers that are gone: `drop`, or the name of the handler that takes their work. */
export type Retired = Readonly<Record<string, string>>;

/** Where a handler begins to hear. */
export interface Beginning {
  readonly epoch: number;
  readonly txid: string;
}

/** What one handler that is gone has still to do. */
export interface Left {
  readonly handler: string;
  readonly rows: number;
  /** For example `2 ready, 1 dead`. */
  readonly states: string;
}

/** Handlers are gone that have work left, and nothing says what becomes of it. */
export class WorkLeft extends Error {
  override readonly name = 'WorkLeft';
  readonly left: readonly Left[];
  constructor(left: readonly Left[]) {
    const list = left.map(({ handler, rows, states }) => `${handler} (${rows} rows: ${states})`).join(', ');
    const first = left[0]?.handler;
    super(
      `Handlers that the map no longer names still have work: ${list}. Let it drain with the old map, or say in registerMap what becomes of it: ` +
        `retired: { '${first}': 'drop' } ends its rows with an entry in the ledger each, retired: { '${first}': '<name>' } hands them to the handler of that name.`,
    );
    this.left = left;
  }
}

/**
 * Retires the handlers that are not among `names`. Returns, for each new name of a renamed handler, where the old one began to
 * hear: the cursor stands where the old one stopped, so the new one misses nothing. Throws `WorkLeft` for those that have work
 * left and are not named in `retired`.
 */
export async function retireVanished(client: PoolClient, names: readonly string[], retired: Retired): Promise<ReadonlyMap<string, Beginning>> {
  await refuseLeft(client, names, retired);
  const gone = await client.query(
    'SELECT name, reader, active_from_epoch AS epoch, active_from_txid::text AS txid FROM handlers WHERE retired_at IS NULL AND NOT (name = ANY ($1::text[]))',
    [names],
  );
  const inherited = new Map<string, Beginning>();
  for (const { name, reader, epoch, txid } of gone.rows) {
    const heir = retired[name] ?? 'drop';
    if (heir === 'drop') await drop(client, name);
    else if (await handOver(client, name, heir, reader)) inherited.set(heir, { epoch, txid });
  }
  await client.query('UPDATE handlers SET retired_at = now() WHERE retired_at IS NULL AND NOT (name = ANY ($1::text[]))', [names]);
  return inherited;
}

async function refuseLeft(client: PoolClient, names: readonly string[], retired: Retired): Promise<void> {
  const { rows } = await client.query(
    `SELECT handler, sum(n)::int AS rows, string_agg(n || ' ' || state, ', ' ORDER BY state) AS states FROM (
       SELECT w.handler, w.state, count(*) AS n FROM work w WHERE w.handler IN (SELECT name FROM handlers) AND NOT (w.handler = ANY ($1::text[])) GROUP BY 1, 2
       UNION ALL
       SELECT r.name, 'partitions of the past to hear', count(*) FROM readers r WHERE r.name IN (SELECT name FROM handlers) AND NOT (r.name = ANY ($1::text[])) GROUP BY 1) AS "left"
     WHERE NOT (handler = ANY ($2::text[])) GROUP BY handler ORDER BY handler`,
    [names, Object.keys(retired)],
  );
  if (rows.length > 0) throw new WorkLeft(rows.map(({ handler, rows: count, states }): Left => ({ handler, rows: count, states })));
}

/** Its rows end, each with its state in the ledger. */
async function drop(client: PoolClient, name: string): Promise<void> {
  await client.query(
    `WITH gone AS (DELETE FROM work WHERE handler = $1 RETURNING *)
     INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT handler, event_id, subject, 'handler_retired',
       jsonb_build_object('state', state, 'attempt', attempt, 'key', key, 'firstSentAt', first_sent_at, 'error', last_error) FROM gone ORDER BY event_id`,
    [name],
  );
  await client.query('DELETE FROM readers WHERE name = $1', [name]);
}

/**
 * Its rows become the heir's under the keys that the other side may know. A row for an event that the heir has a row for is in
 * the ledger. True when the heir is new: then it hears from where the old one heard.
 */
async function handOver(client: PoolClient, name: string, heir: string, reader: string): Promise<boolean> {
  const known = await client.query('SELECT 1 FROM handlers WHERE name = $1 AND reader = $2 AND retired_at IS NULL', [heir, reader]);
  const isNew = known.rows.length === 0;
  await client.query(
    `WITH gone AS (DELETE FROM work WHERE handler = $1 RETURNING *)
     , kept AS (
       INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, due_at, fence, key, key_expires_at, first_sent_at, last_error)
       SELECT $2, event_id, reader, slot, subject, epoch, txid, position, state, attempt, due_at, fence, key, key_expires_at, first_sent_at, last_error FROM gone ORDER BY event_id
       ON CONFLICT DO NOTHING RETURNING event_id)
     INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT handler, event_id, subject, 'handler_retired', jsonb_build_object('state', state, 'attempt', attempt, 'key', key, 'firstSentAt', first_sent_at, 'error', last_error, 'heir', $2::text)
     FROM gone WHERE event_id NOT IN (SELECT event_id FROM kept)`,
    [name, heir],
  );
  if (isNew) await client.query('UPDATE readers SET name = $2 WHERE name = $1', [name, heir]);
  else await refuseHalfHeard(client, name, heir);
  return isNew;
}

/** The heir has a place of its own already: it would miss the past that the old one had still to hear. */
async function refuseHalfHeard(client: PoolClient, name: string, heir: string): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM readers WHERE name = $1 LIMIT 1', [name]);
  if (rows.length > 0) throw new Error(`${name} still hears the past, and ${heir} has a place of its own already: let ${name} come to its end with the old map, or drop it.`);
}
