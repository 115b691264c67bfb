/**
 * The ceiling of intake: one durable row per transaction, nothing else, on the same PostgreSQL. By pgbench where it is
 * installed; else by a loop of the same insert over as many connections.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '@commerce/local-stack/stack';
import pg from 'pg';
import { watchCpu } from './cpu.ts';

export interface Inserted {
  readonly by: 'pgbench' | 'a raw insert loop';
  readonly perSecond: number;
  readonly foreignShare: number;
}

const BODY = JSON.stringify({ customerId: 'VINET', currency: 'USD', freight: '32.38', total: '472.48', note: 'x'.repeat(320) });

export async function insertRows(stack: Stack, options: { seconds: number; connections: number }): Promise<Inserted> {
  const url = stack.description.inside.ccDatabaseUrl;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS bench_rows (id uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, data jsonb NOT NULL)');
  const cpu = watchCpu(stack);
  const perSecond = spawnSync('pgbench', ['--version']).status === 0 ? await byPgbench(url, options) : await byLoop(url, options);
  const { foreignShare } = cpu();
  await client.query('DROP TABLE bench_rows');
  await client.end();
  return { by: perSecond.by, perSecond: perSecond.rate, foreignShare };
}

async function byPgbench(url: string, { seconds, connections }: { seconds: number; connections: number }): Promise<{ by: 'pgbench'; rate: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const script = join(folder, 'insert.sql');
    await writeFile(script, `INSERT INTO bench_rows (id, data) VALUES (gen_random_uuid(), '${BODY}');\n`);
    const target = new URL(url);
    const run = spawnSync(
      'pgbench',
      ['-n', '-M', 'prepared', '-f', script, '-c', String(connections), '-j', '1', '-T', String(seconds), '-h', target.hostname, '-p', target.port, '-U', target.username, target.pathname.slice(1)],
      { env: { ...process.env, PGPASSWORD: decodeURIComponent(target.password) }, encoding: 'utf8', timeout: (seconds + 30) * 1000 },
    );
    const rate = /tps = ([\d.]+)/.exec(run.stdout)?.[1];
    if (rate === undefined) throw new Error(`pgbench said no rate: ${run.stderr}`);
    return { by: 'pgbench', rate: Number(rate) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byLoop(url: string, { seconds, connections }: { seconds: number; connections: number }): Promise<{ by: 'a raw insert loop'; rate: number }> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  const end = performance.now() + seconds * 1000;
  let rows = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        await pool.query({ name: 'insert', text: 'INSERT INTO bench_rows (id, data) VALUES (gen_random_uuid(), $1)', values: [BODY] });
        rows += 1;
      }
    }),
  );
  await pool.end();
  return { by: 'a raw insert loop', rate: rows / seconds };
}
