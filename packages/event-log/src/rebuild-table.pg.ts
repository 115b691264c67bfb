/**
 * The tables of a rebuild: the shadow beside the live one, and the old one that is kept after the swap.
 *
 * Promise: the shadow has the columns, defaults, storage, constraints and indexes of the live table, under the same names, in a schema of its own; so a later migration finds what it expects. What takes its place has its owner and its
 * grants. Refuses a live table on which others hang (foreign keys, views, triggers, row policies, publications, a sequence), for they would
 * stay with the old one.
 */
import type { Tx } from './extension.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isJson: boolean;
  /** The database computes it. */
  readonly isGenerated: boolean;
}

/** Where the tables of a projection stand. Names are quoted where they need it. */
export interface Place {
  /** Schema of the live table. */
  readonly home: string;
  readonly live: string;
  readonly shadowSchema: string;
  readonly shadow: string;
}

/** Said of a schema that holds a shadow. */
const SHADOW = 'A table that is being rebuilt. Nothing reads it.';
/** Said of a schema that holds a table from before a swap: nothing else is dropped by name. */
const KEPT = 'The table from before it was rebuilt. Nothing reads it.';

export class NotRebuildable extends Error {
  override readonly name = 'NotRebuildable';
}

/** Throws when there is no such table. */
export async function placeOf(tx: Tx, table: string): Promise<Place> {
  const { rows } = await tx.query('SELECT quote_ident(n.nspname) AS home, quote_ident(c.relname) AS name, quote_ident($2) AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::regclass', [table, `rebuild_${table}`]);
  const { home, name, schema } = rows[0];
  return { home, live: `${home}.${name}`, shadowSchema: schema, shadow: `${schema}.${name}` };
}

/** In the order in which they stand in the table. */
export async function columnsOf(tx: Tx, table: string): Promise<Column[]> {
  const { rows } = await tx.query(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type, attgenerated <> '' AS generated
     FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, [table],
  );
  return rows.map((row): Column => ({ name: row.name, type: row.type, isJson: row.type === 'jsonb' || row.type === 'json', isGenerated: row.generated }));
}

/**
 * Makes the shadow, empty; one from before goes. It has its indexes from the beginning: each that is made over all rows is one transaction,
 * and no reader passes its place in the log before it ends.
 */
export async function makeShadow(tx: Tx, place: Place): Promise<void> {
  const { live, shadowSchema, shadow } = place;
  await refuseHanging(tx, live);
  await tx.query(`DROP SCHEMA IF EXISTS ${shadowSchema} CASCADE; CREATE SCHEMA ${shadowSchema}; COMMENT ON SCHEMA ${shadowSchema} IS '${SHADOW}';
    CREATE TABLE ${shadow} (LIKE ${live} INCLUDING ALL EXCLUDING INDEXES)`);
  const { rows } = await tx.query(
    `SELECT format('ALTER TABLE %s SET (%s)', $2::text, array_to_string(reloptions, ', ')) AS sql FROM pg_class WHERE oid = $1::regclass AND reloptions IS NOT NULL`, [live, shadow],
  );
  for (const sql of [...rows.map((row) => row.sql as string), ...(await missingIndexes(tx, place))]) await tx.query(sql);
}

/** The statements that make the indexes and constraints of the live table that the shadow has not got yet. */
export async function missingIndexes(tx: Tx, { live, shadow }: Place): Promise<string[]> {
  const { rows } = await tx.query(
    `WITH had AS (SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $2::regclass)
     SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', $4::text, conname, pg_get_constraintdef(oid)) AS sql FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'x') AND conname NOT IN (SELECT relname FROM had)
     UNION ALL
     SELECT replace(pg_get_indexdef(i.indexrelid), format(' ON %s ', $3::text), format(' ON %s ', $4::text)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = $1::regclass AND c.relname NOT IN (SELECT relname FROM had) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)`, [live, shadow, live, shadow],
  );
  return rows.map(({ sql }) => sql);
}

/** Drops the shadow; nothing that is not one. */
export async function dropShadow(tx: Tx, { shadowSchema }: Pick<Place, 'shadowSchema'>): Promise<void> {
  await dropSaid(tx, shadowSchema, SHADOW);
}

/** Drops all shadows. */
export async function dropShadows(tx: Tx): Promise<number> {
  const { rows } = await tx.query("SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') = $1", [SHADOW]);
  for (const { name } of rows) await tx.query(`DROP SCHEMA ${name} CASCADE`);
  return rows.length;
}

async function refuseHanging(tx: Tx, live: string): Promise<void> {
  const { rows } = await tx.query(
    `SELECT 'the foreign key ' || conname AS what FROM pg_constraint WHERE contype = 'f' AND $1::regclass IN (conrelid, confrelid)
     UNION ALL SELECT 'the trigger ' || tgname FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal
     UNION ALL SELECT DISTINCT 'the view ' || r.ev_class::regclass FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = $1::regclass AND r.ev_class <> $1::regclass
     UNION ALL SELECT 'the row policy ' || polname FROM pg_policy WHERE polrelid = $1::regclass
     UNION ALL SELECT 'its row security' FROM pg_class WHERE oid = $1::regclass AND relrowsecurity
     UNION ALL SELECT 'the publication ' || p.pubname FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid WHERE m.prrelid = $1::regclass
     UNION ALL SELECT 'its replica identity' FROM pg_class WHERE oid = $1::regclass AND relreplident <> 'd'
     UNION ALL SELECT 'the sequence ' || d.objid::regclass FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' WHERE d.classid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype IN ('a', 'i')`,
    [live],
  );
  if (rows.length > 0) throw new NotRebuildable(`${live} cannot be swapped: ${rows.map(({ what }) => what).join(', ')} would stay with the old table.`);
}

/**
 * Puts the shadow in the place of the live table, which goes into a schema of its own. Under an exclusive lock of the live table.
 * Returns the name of that schema. Throws `NotRebuildable` when the live table has got other columns or indexes meanwhile, or something
 * hangs on it by now.
 */
export async function swapTables(tx: Tx, table: string, { home, live, shadowSchema, shadow }: Place): Promise<string> {
  const [now, then] = [await columnsOf(tx, live), await columnsOf(tx, shadow)];
  if (JSON.stringify(now) !== JSON.stringify(then)) throw new NotRebuildable(`${live} has got other columns since its shadow was made: rebuild it anew.`);
  if ((await missingIndexes(tx, { home, live, shadowSchema, shadow })).length > 0) throw new NotRebuildable(`${live} has got other indexes since its shadow was made: rebuild it anew.`);
  await refuseHanging(tx, live);
  const access = await accessOf(tx, live, shadow);
  const { rows } = await tx.query(`SELECT quote_ident($1 || to_char(clock_timestamp() AT TIME ZONE 'UTC', '_"before"_YYYYMMDD_HH24MISS_MS')) AS kept`, [table]);
  const kept: string = rows[0].kept;
  await tx.query(`CREATE SCHEMA ${kept}; COMMENT ON SCHEMA ${kept} IS '${KEPT}';
    ALTER TABLE ${live} SET SCHEMA ${kept}; ALTER TABLE ${shadow} SET SCHEMA ${home}; DROP SCHEMA ${shadowSchema}`);
  // The new table has the name of the live one by now.
  for (const sql of access) await tx.query(sql);
  return kept;
}

/** The statements that give a table under the name of the live one its owner and its grants, those on single columns too, and take away what a new table has by default. */
async function accessOf(tx: Tx, live: string, shadow: string): Promise<string[]> {
  const { rows } = await tx.query(
    `WITH owners AS (SELECT l.relowner AS owner, s.relowner AS maker FROM pg_class l, pg_class s WHERE l.oid = $1::regclass AND s.oid = $2::regclass)
     , granted AS (
       SELECT c.oid = $1::regclass AS is_live, '' AS columns, a.* FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
       WHERE c.oid IN ($1::regclass, $2::regclass) AND EXISTS (SELECT 1 FROM pg_class WHERE oid IN ($1::regclass, $2::regclass) AND relacl IS NOT NULL)
       UNION ALL SELECT true, format('(%I)', t.attname), a.* FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = $1::regclass AND NOT t.attisdropped)
     , named AS (
       SELECT g.*, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS role FROM granted g)
     SELECT 1 AS place, format('ALTER TABLE %s OWNER TO %I', $3::text, pg_get_userbyid(owner)) AS sql FROM owners WHERE owner <> maker
     UNION ALL SELECT DISTINCT 2, format('REVOKE ALL ON %s FROM %s', $3::text, role) FROM named WHERE NOT is_live OR grantee = (SELECT owner FROM owners)
     UNION ALL SELECT 3, format('GRANT %s %s ON %s TO %s%s', privilege_type, columns, $3::text, role, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM named WHERE is_live
     ORDER BY place`, [live, shadow, live],
  );
  return rows.map(({ sql }) => sql);
}

/** Drops the table that a swap has kept. False when nothing is kept under this name. */
export function dropKept(tx: Tx, kept: string): Promise<boolean> {
  return dropSaid(tx, kept, KEPT);
}

/** Drops the schema of this name, as it is quoted, when it says this of itself. */
async function dropSaid(tx: Tx, schema: string, says: string): Promise<boolean> {
  const { rows } = await tx.query("SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE quote_ident(nspname) = $1 AND obj_description(oid, 'pg_namespace') = $2", [schema, says]);
  if (rows.length === 0) return false;
  await tx.query(`DROP SCHEMA ${rows[0].name} CASCADE`);
  return true;
}
