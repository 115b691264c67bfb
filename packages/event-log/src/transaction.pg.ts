/**
 * One transaction on one connection of the pool. It ends with COMMIT or ROLLBACK; a connection whose rollback fails is
 * thrown away, so that no half transaction ever returns to the pool.
 */
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { Tx } from './extension.ts';
import { KEY_DESTROYED } from './personal-schema.pg.ts';

export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** The work failed when its transaction was committed already: a mistake of whoever sent COMMIT behind it. */
export class CommittedAllTheSame extends Error {
  override readonly name = 'CommittedAllTheSame';
  constructor(cause: unknown) {
    super(`The transaction was committed, and then its work failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Have all of these been sent? What was refused on its way to the server has rejected before any answer can come, through however many promises: but not behind
 * one that waits for all of several, as `together`.
 */
export async function areSent(statements: readonly Promise<unknown>[]): Promise<boolean> {
  let areAll = true;
  for (const statement of statements) {
    statement.catch(() => {
      areAll = false;
    });
  }
  await new Promise<void>((resolve) => process.nextTick(resolve));
  return areAll;
}

/**
 * Runs `work` between `begin` and COMMIT. `begin` may bring more along in its round trip. `commit` sends COMMIT at once, behind what was sent: for work of which
 * nothing follows, and whose answers nobody looks at to end it. A statement that fails makes a ROLLBACK of it.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient, commit: () => void) => Promise<Result>,
  begin: (client: PoolClient) => Promise<unknown> = (client) => client.query(BEGIN),
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let committing: Promise<QueryResult> | undefined;
  const commit = (): void => {
    committing = client.query('COMMIT');
    // Whoever waits for the work hears of it.
    committing.catch(() => undefined);
  };
  try {
    await begin(client);
    const result = await work(client, commit);
    const { command } = await (committing ?? client.query('COMMIT'));
    if (command !== 'COMMIT') throw new Error(`The transaction was not committed: the server answered ${command}.`);
    return result;
  } catch (error) {
    const isCommitted = await committing?.then(({ command }) => command === 'COMMIT', () => false);
    await client.query('ROLLBACK').catch((fault: Error) => {
      broken = fault;
    });
    throw isCommitted === true ? new CommittedAllTheSame(error) : error;
  } finally {
    client.release(broken);
  }
}

/**
 * Waits for statements that were sent one behind the other on one connection (a pool with `pipeline`), so that they take one
 * round trip. Throws the first fault, once all are answered: the ones behind it only say that the transaction has failed.
 */
export async function together(statements: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(statements)) if (result.status === 'rejected') throw result.reason;
}

/** The same connection until it is closed; a statement behind the COMMIT would stand for itself, so it is refused. */
export function closable(tx: Tx): { readonly tx: Tx; readonly close: () => void } {
  let isClosed = false;
  const query = (...given: Parameters<Tx['query']>): unknown => {
    if (isClosed) throw new Error('A statement was sent behind the COMMIT of its transaction: what is sent at once must be sent before the first wait.');
    return tx.query(...given);
  };
  return { tx: { query } as Tx, close: () => void (isClosed = true) };
}

/** Does the database answer a trivial statement? */
export function answers(pool: Pool): Promise<boolean> {
  return pool.query('SELECT 1').then(() => true, () => false);
}

/** SQLSTATE of a database error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

const SYSTEMIC_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);
/** Idle in a transaction for too long; a statement that the pooler's connection does not know; a customer's key that went while it was used. */
const SYSTEMIC_STATES = new Set(['25P03', '26000', '42P05', KEY_DESTROYED]);
const NETWORK_CODES = new Set(['EAI_AGAIN', 'ENETUNREACH', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/** True for faults of the database or the way to it: never charged to an event, the batch is tried again. */
export function isSystemic(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return SYSTEMIC_CLASSES.has(state.slice(0, 2)) || SYSTEMIC_STATES.has(state) || isMissingPartition(error);
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && NETWORK_CODES.has(error.code)) return true;
  // The driver has no codes for these.
  return /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool|Client was closed/.test(error.message);
}

/** No partition of `events` takes the row: a fault of the house, not of the event. */
function isMissingPartition(error: unknown): boolean {
  return sqlState(error) === '23514' && error instanceof Error && 'routine' in error && error.routine === 'ExecFindPartition';
}
