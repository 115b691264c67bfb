/** The edges of the program that keeps a log: arguments, environment and database in, text and exit code out. See log-commands.ts. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { runCommand } from './log-commands.ts';

const asked = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => asked.abort(new Error(`Ended by ${name}.`)));
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const pools: pg.Pool[] = [];
try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    env: process.env,
    openPool: () => {
      const connectionString = process.env['DATABASE_URL'];
      if (!connectionString) throw new Error('DATABASE_URL is not set: it names the database of the log.');
      // The order of the log is that of an index; a plan that reads all of it and sorts must not be chosen.
      const pool = new pg.Pool({
        connectionString, max: 2, application_name: 'event-log keeper', connectionTimeoutMillis: 5_000, statement_timeout: 60_000, idle_in_transaction_session_timeout: 5_000, keepAlive: true,
        options: '-c jit=off -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c enable_incremental_sort=off',
      });
      pool.on('error', () => undefined);
      pools.push(pool);
      return pool;
    },
    readText: (path) => readFile(path, 'utf8'),
    randomBytes,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    signal: asked.signal,
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await Promise.all(pools.map((pool) => pool.end()));
}
