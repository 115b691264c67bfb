/** The list of what is personal, held against the database and the schemas of events. */
import { expect, test } from '@jest/globals';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { personalFieldsOf } from '@commerce/events/personal';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { MIGRATIONS } from '../compose.ts';
import { EXPORTED_TABLES } from './export.pg.ts';
import { IMPERSONAL_COLUMNS } from './impersonal-columns.ts';
import { PERSONAL_TABLES } from './personal-columns.ts';

test('what is personal is given out, wherever it stands', () => {
  expect(PERSONAL_TABLES.map(({ table }) => table).filter((table) => !EXPORTED_TABLES.includes(table))).toEqual([]);
});

test('every column that can hold something is known to be personal or not, and so is every field of an event', async () => {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  for (const { sql } of MIGRATIONS) await pool.query(sql);
  const { rows } = await pool.query(
    `SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name !~ '^events_\\d' AND c.data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY', 'character varying')`,
  );
  await pool.end();
  await database.drop();
  const known = new Set([...PERSONAL_TABLES.map(({ table, columns }) => [table, columns] as const), ...Object.entries(IMPERSONAL_COLUMNS)].flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`)));
  const there = rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`);
  expect(there.filter((column) => !known.has(column))).toEqual([]);
  expect([...known].filter((column) => !there.includes(column))).toEqual([]);
  const marked = PUBLISHED_ENTRIES.flatMap(({ type, versions }) => Object.entries(versions).flatMap(([version, schema]) => personalFieldsOf(schema).map(({ path }) => `${type} ${version} ${path.join('.')}`)));
  expect(marked).toEqual(['OrderCreated v1 shipTo', 'OrderCreated v1 metadata', 'OrderCreated v1 request.hash', 'UserRegistered v1 email', 'UserRegistered v1 name', 'UserUpdated v1 email', 'UserUpdated v1 name']);
});
