/**
 * PostgreSQL for one service: a bounded pool, migrations, start-up checks.
 * Promise: every connection has a statement timeout and an idle-in-transaction timeout, set while connecting; where the server
 * does not answer in time either, the statement fails here and its connection is thrown away; a lost connection never ends the
 * process; several processes may migrate at the same time.
 * Refuses: to run on a server that answers before its data are durable, and to go on when an applied migration changed.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Clock, Faults, Sleep } from './ports.ts';
import { errorCode, errorMessage } from './thrown.ts';

export interface DatabaseOptions {
  url: string;
  /** Connections at most; 10 when left out. */
  max?: number;
  applicationName: string;
  /** A statement that takes longer is cancelled by the server; 10,000 ms when left out. Without an answer of the server it fails 1,000 ms later. */
  statementTimeoutMs?: number;
  /** The wait for a connection, new or from the pool; 2,000 ms when left out. */
  connectTimeoutMs?: number;
  /** Told about connections lost while nobody was waiting for them. */
  onConnectionError?: (error: Error) => void;
}

export interface Database {
  pool: pg.Pool;
  close(): Promise<void>;
}

const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** One that was used once knows its statements and their plans; what comes after a lull would wait until a new one does, a quarter of a second and more for ten of them. */
const KEPT_IDLE_MS = 300_000;
/** What an answer may take beyond the time in which the server would have cancelled the statement: then the way to it is lost. */
const ANSWER_MS = 1_000;

/** Opens a pool without connecting yet. int8 stays text, jsonb arrives parsed. */
export function openDatabase(options: DatabaseOptions): Database {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    idleTimeoutMillis: KEPT_IDLE_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    // What is sent behind a statement that has not been answered goes out at once: a transaction takes as few round trips as it can. Each
    // statement is a write of its own, and that is faster than all of a turn in one: the server begins with the first while the others are made.
    pipeline: true,
    // A statement is planned once per connection, perhaps while its table is empty: a plan that reads all of it must not be chosen. Where
    // there is no other one it looks dear, and would be compiled for seconds.
    options: '-c enable_seqscan=off -c jit=off',
  });
  const onConnectionError = options.onConnectionError ?? (() => {});
  // The pool listens only while a client is idle; one that breaks while lent out would end the process.
  pool.on('connect', (client) => void client.on('error', onConnectionError));
  pool.on('error', () => {});
  return { pool, close: async () => void (pool.ending || (await pool.end())) };
}

export interface Migration {
  /** Unique, never changed once released, e.g. `0001-orders`. */
  name: string;
  sql: string;
}

export interface MigrateOptions {
  clock: Clock;
  sleep: Sleep;
  /** Called once for each migration that was applied here. */
  log?: (message: string, fields: { migration: string }) => void;
  /** Limit for one migration's statements; 60,000 ms when left out. */
  statementTimeoutMs?: number;
  /** How often a migration that met a busy table is tried again; 30 when left out. */
  lockAttempts?: number;
  /** Points where a test may end the process: `migration.written`, before each commit. */
  faults?: Faults;
}

const MIGRATION_LOCK = 7_262_131_918_401n;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Applies what is missing, in the given order, each migration in a transaction of its own under one advisory lock. It
 * waits at most 2 s for a lock before it lets the others go on and tries again. Migrations in the table that are not in
 * the list are left alone: they belong to a newer version or to another part of the service.
 * Throws when an applied migration no longer has the text it was applied with.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[], options: MigrateOptions): Promise<void> {
  refuseRepeatedNames(migrations);
  const applied = await readApplied(pool);
  for (const migration of migrations) {
    const known = applied.get(migration.name);
    if (known === undefined) await applyWithRetry(pool, migration, options);
    else refuseChanged(migration, known);
  }
}

async function applyWithRetry(pool: pg.Pool, migration: Migration, options: MigrateOptions): Promise<void> {
  const attempts = options.lockAttempts ?? 30;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const applied = await applyOnce(pool, migration, options);
      if (applied) options.log?.('migration applied', { migration: migration.name });
      return;
    } catch (error) {
      if (errorCode(error) !== LOCK_NOT_AVAILABLE || attempt >= attempts) throw error;
      await options.sleep(Math.min(100 * attempt, 1_000));
    }
  }
}

/** False when another process was faster. */
async function applyOnce(pool: pg.Pool, migration: Migration, options: MigrateOptions): Promise<boolean> {
  const { clock, statementTimeoutMs = 60_000 } = options;
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; set local lock_timeout = '2s'; set local statement_timeout = ${statementTimeoutMs}`);
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await client.query(
      'create table if not exists migrations (name text primary key, digest text not null, applied_at timestamptz not null)',
    );
    const known = (await readApplied(client)).get(migration.name);
    if (known !== undefined) refuseChanged(migration, known);
    else await record(client, migration, { clock, answerMs: statementTimeoutMs + ANSWER_MS });
    await options.faults?.hit('migration.written');
    await client.query('commit');
    return known === undefined;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function record(client: pg.PoolClient, migration: Migration, { clock, answerMs }: { clock: Clock; answerMs: number }): Promise<void> {
  // It has more time than other statements of the pool.
  const statement: pg.QueryConfig & { query_timeout: number } = { text: migration.sql, query_timeout: answerMs };
  await client.query(statement);
  await client.query('insert into migrations (name, digest, applied_at) values ($1, $2, $3)', [
    migration.name,
    digestOf(migration),
    clock.now(),
  ]);
}

async function readApplied(connection: pg.Pool | pg.PoolClient): Promise<Map<string, string>> {
  const exists = await connection.query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`);
  if (!exists.rows[0]?.there) return new Map();
  const { rows } = await connection.query<{ name: string; digest: string }>('select name, digest from migrations');
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

function refuseRepeatedNames(migrations: readonly Migration[]): void {
  const names = migrations.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) throw new Error(`Migrations must have different names; repeated: ${repeated.join(', ')}.`);
}

function refuseChanged(migration: Migration, appliedDigest: string): void {
  if (digestOf(migration) === appliedDigest) return;
  throw new Error(
    `Migration ${migration.name} was applied to this database with another text. Put its released text back and write ` +
      'the change as a new migration; in a development database that may be lost, delete the database instead.',
  );
}

function digestOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

/** Waits until the server answers. Throws when `timeoutMs` has passed, and at once when the server refuses the log-in. */
export async function waitForDatabase(
  url: string,
  options: { timeoutMs: number; sleep: Sleep; clock: Clock; signal?: AbortSignal },
): Promise<void> {
  const { timeoutMs, sleep, clock, signal } = options;
  const deadline = clock.monotonicMs() + timeoutMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const failure = await tryToConnect(url);
    if (failure === undefined) return;
    const code = errorCode(failure) ?? 'no error code';
    if (!isDatabaseUnavailable(failure)) throw new Error(`The database refused the connection (${code}).`, { cause: failure });
    if (clock.monotonicMs() + pauseMs > deadline) {
      throw new Error(`The database did not answer within ${timeoutMs} ms (${code}).`, { cause: failure });
    }
    await sleep(pauseMs, signal);
  }
}

async function tryToConnect(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Throws when the server may answer a commit before the data are safe on disk. For the start in production. Aurora writes no pages and keeps its log in a storage
 * of its own, so that of its settings only that of commits says something.
 */
export async function assertDurable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; isAurora: boolean }>(
    `select name, to_regproc('aurora_version') is not null as "isAurora" from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'`,
  );
  const names = endangering(rows.map(({ name }) => name), rows[0]?.isAurora === true).join(', ');
  if (names !== '') throw new Error(`The database server runs with ${names} switched off: a power failure would lose accepted work. Switch it on.`);
}

/** Of the settings that are off, those that endanger what was committed. */
export function endangering(off: readonly string[], isAurora: boolean): readonly string[] {
  return isAurora ? off.filter((name) => name === 'synchronous_commit') : off;
}

/** True for errors that say "no connection", "no room" or "no memory", try later, and nothing about the statement. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined) return UNAVAILABLE_CODES.has(code) || /^08[0-9A-Z]{3}$/.test(code);
  return UNAVAILABLE_MESSAGES.test(errorMessage(error));
}

const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN',
  '53100', '53200', '53300', '57P01', '57P02', '57P03',
]);

/** pg gives these no code. */
const UNAVAILABLE_MESSAGES =
  /^(?:Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;
