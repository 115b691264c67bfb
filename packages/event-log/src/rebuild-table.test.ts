/** What takes the place of a table that was built anew: its owner and its grants come along, and what would not is refused. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { makeShadow, missingIndexes, NotRebuildable, placeOf, swapTables } from './rebuild-table.pg.ts';
import { inTransaction } from './transaction.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
/** Roles are those of the whole server. */
const [OWNER, READER, CLERK] = ['owner', 'reader', 'clerk'].map((role) => `shop_${role}_${randomBytes(4).toString('hex')}`);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await pool.query(`CREATE ROLE ${OWNER}; CREATE ROLE ${READER}; CREATE ROLE ${CLERK}; GRANT CREATE, USAGE ON SCHEMA public TO ${OWNER}`);
});
afterAll(async () => {
  await pool.query(`DROP OWNED BY ${OWNER}, ${READER}, ${CLERK} CASCADE; DROP ROLE ${OWNER}; DROP ROLE ${READER}; DROP ROLE ${CLERK}`);
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('DROP TABLE IF EXISTS shop_rows CASCADE; CREATE TABLE shop_rows (id text PRIMARY KEY, n integer, secret text)'));

const prepare = (): Promise<void> => inTransaction(pool, async (tx) => {
  const place = await placeOf(tx, 'shop_rows');
  await makeShadow(tx, place);
  for (const sql of await missingIndexes(tx, place)) await tx.query(sql);
});
const swap = (): Promise<string> => inTransaction(pool, async (tx) => swapTables(tx, 'shop_rows', await placeOf(tx, 'shop_rows')));

/** Who owns it, and who may do what with it, or with a column of it. */
async function access(): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT pg_get_userbyid(c.relowner) AS owner, ARRAY(SELECT a::text FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) a ORDER BY 1) AS granted,
       (SELECT json_object_agg(attname, attacl::text ORDER BY attname) FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL) AS columns, c.oid::int FROM pg_class c WHERE c.oid = 'shop_rows'::regclass`,
  );
  const [{ oid, ...found }] = rows;
  return { ...found, isNew: oid !== before };
}
let before = 0;
async function noted(): Promise<unknown> {
  before = 0;
  before = (await pool.query("SELECT 'shop_rows'::regclass::oid::int AS oid")).rows[0].oid;
  return access();
}

test('has the constraints and indexes of the old one before it has a row, and those that come later when it is asked for them', async () => {
  await pool.query('ALTER TABLE shop_rows ADD CONSTRAINT shop_rows_n UNIQUE (n); CREATE INDEX shop_rows_secret ON shop_rows (lower(secret)) WHERE n > 0');
  const made = async (): Promise<string[]> => (await pool.query("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'rebuild_shop_rows.shop_rows'::regclass ORDER BY 1")).rows.map(({ relname }) => relname);
  const place = await placeOf(pool, 'shop_rows');
  await inTransaction(pool, (tx) => makeShadow(tx, place));
  expect([await made(), await missingIndexes(pool, place)]).toEqual([['shop_rows_n', 'shop_rows_pkey', 'shop_rows_secret'], []]);
  await pool.query('CREATE INDEX shop_rows_later ON shop_rows (id, n)');
  const missing = await missingIndexes(pool, place);
  expect(missing).toEqual([expect.stringContaining('shop_rows_later')]);
  for (const sql of missing) await pool.query(sql);
  expect(await made()).toContain('shop_rows_later');
  await swap();
});

test('has the owner and the grants of the old one, on columns too, and none that a new table has by default', async () => {
  await pool.query(`ALTER TABLE shop_rows OWNER TO ${OWNER}; GRANT SELECT ON shop_rows TO ${READER}; GRANT INSERT, UPDATE ON shop_rows TO ${CLERK} WITH GRANT OPTION; GRANT UPDATE (n), SELECT (n) ON shop_rows TO PUBLIC`);
  await pool.query(`ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO ${READER}`);
  try {
    await prepare();
    // Granted while it was built, too.
    await pool.query(`GRANT SELECT (secret) ON shop_rows TO ${CLERK}; REVOKE TRUNCATE ON shop_rows FROM ${OWNER}`);
    const was = await noted();
    expect(was).toMatchObject({ owner: OWNER, isNew: false, columns: { n: expect.any(String), secret: expect.any(String) } });
    await swap();
    expect(await access()).toEqual({ ...(was as object), isNew: true });
  } finally {
    await pool.query(`ALTER DEFAULT PRIVILEGES REVOKE DELETE ON TABLES FROM ${READER}`);
  }
});

test('has what a table has by default when the old one had no more', async () => {
  await prepare();
  const was = await noted();
  await swap();
  expect(await access()).toEqual({ ...(was as object), isNew: true });
  expect((await pool.query("SELECT relacl FROM pg_class WHERE oid = 'shop_rows'::regclass")).rows).toEqual([{ relacl: null }]);
});

test.each([
  ['the row policy own_rows', 'CREATE POLICY own_rows ON shop_rows USING (id = current_user)', 'DROP POLICY own_rows ON shop_rows'],
  ['its row security', 'ALTER TABLE shop_rows ENABLE ROW LEVEL SECURITY', 'ALTER TABLE shop_rows DISABLE ROW LEVEL SECURITY'],
  ['the publication changes', 'CREATE PUBLICATION changes FOR TABLE shop_rows', 'DROP PUBLICATION changes'],
  ['its replica identity', 'ALTER TABLE shop_rows REPLICA IDENTITY FULL', 'ALTER TABLE shop_rows REPLICA IDENTITY DEFAULT'],
  ['the view seen', 'CREATE VIEW seen AS SELECT id FROM shop_rows', 'DROP VIEW seen'],
])('is refused with %s, at the beginning and when it came meanwhile', async (what, make, unmake) => {
  await pool.query(make);
  await expect(prepare()).rejects.toThrow(NotRebuildable);
  await expect(prepare()).rejects.toThrow(what);
  await pool.query(unmake);
  await prepare();
  await pool.query(make);
  await expect(swap()).rejects.toThrow(what);
  await pool.query(unmake);
  await swap();
});

test.each(['serial', 'integer GENERATED ALWAYS AS IDENTITY'])('is refused with a column that is %s: its sequence would go with the old table, or begin anew', async (type) => {
  await pool.query(`ALTER TABLE shop_rows ADD COLUMN number ${type}`);
  await expect(prepare()).rejects.toThrow('the sequence shop_rows_number_seq');
});
