/** The size of every table of a database, partitions with their parents, and how many rows are alive in it. */
import type pg from 'pg';
import type { TableSample } from './judge.ts';

export async function keptTables(client: pg.Client, service: string): Promise<TableSample[]> {
  const { rows } = await client.query<{ name: string; rows: string; tableBytes: string; indexBytes: string }>(
    `SELECT coalesce(p.relname, c.relname) AS name, sum(coalesce(s.n_live_tup, 0))::text AS rows,
       sum(pg_table_size(c.oid))::text AS "tableBytes", sum(pg_indexes_size(c.oid))::text AS "indexBytes"
     FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
       LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relkind = 'r' AND n.nspname = 'public' GROUP BY 1 ORDER BY 1`,
  );
  const atMs = Date.now();
  return rows.map(({ name, ...counts }) => ({ atMs, name: `${service}.${name}`, rows: Number(counts.rows), tableBytes: Number(counts.tableBytes), indexBytes: Number(counts.indexBytes) }));
}
