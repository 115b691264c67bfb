/**
 * Rows of a projection between table and fold: loaded as the fold takes them, written as it gives them, and compared byte for byte.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import { inCurrentForm } from './current-form.ts';
import type { StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import { PersonalDataChanged } from './personal.ts';
import type { Column, Place } from './rebuild-table.pg.ts';
import type { Filled } from './replay-steps.ts';

/** A table whose rows are what the log tells. */
export interface Projection<Row extends object = any> {
  readonly name: string;
  readonly table: string;
  /** Column that holds the subject of the events; its order is that of bytes. */
  readonly key: string;
  /** Column that grows with every change. */
  readonly version: string;
  /** Columns that no event tells, such as secrets: they are taken from the live row, and neither compared nor shown. */
  readonly carried: readonly string[];
  /** Types of the events that it is made of. */
  readonly types: readonly string[];
  /** The one of these with which each row begins. */
  readonly begunBy: string;
  /** Type of the event by which personal data become unreadable: what was read before it is read again. */
  readonly erasedBy?: string;
  /** Pure. The row itself when the event says nothing new of it; undefined while the log tells of no row, and from a gap on in what it tells. By column, without carried and computed ones. */
  fold(row: Row | undefined, event: StoredEvent): Row | undefined;
}

/** Events in clear, as handlers see them. */
export type Clear = (events: readonly StoredEvent[], tx: Tx) => Promise<readonly StoredEvent[]>;

export type State = 'same' | 'moving' | 'different';

export interface Judged {
  readonly subject: string;
  readonly state: State;
}

/** Types that the driver reads as what the fold takes; everything else goes as text, so that no digit is lost. */
const PLAIN = new Set(['smallint', 'integer', 'boolean', 'json', 'jsonb']);

/** The statements over the rows of one projection. */
export class Rows {
  readonly projection: Projection;
  readonly place: Place;
  readonly #catalogue: Catalogue;
  readonly #clear: Clear;
  /** What the log tells. */
  readonly #told: readonly Column[];
  /** And what the database makes of it. */
  readonly #compared: readonly Column[];
  readonly #carried: readonly string[];

  constructor(projection: Projection, place: Place, columns: readonly Column[], catalogue: Catalogue, clear: Clear) {
    this.projection = projection;
    this.place = place;
    this.#catalogue = catalogue;
    this.#clear = clear;
    this.#carried = projection.carried;
    this.#compared = columns.filter(({ name }) => !projection.carried.includes(name));
    this.#told = this.#compared.filter(({ isGenerated }) => !isGenerated);
  }

  /** Folds events of the log, in their order, into the shadow. */
  async follow(tx: Tx, events: readonly StoredEvent[]): Promise<void> {
    const wanted = events.filter(({ type }) => this.projection.types.includes(type));
    if (wanted.length === 0) return;
    const before = await this.#load(tx, this.place.shadow, [...new Set(wanted.map(({ subject }) => subject))]);
    const { rows } = this.#folded(wanted, before);
    await this.write(tx, [...rows].filter(([subject, row]) => row !== before.get(subject)).map(([, row]) => row));
  }

  /** Writes what the log tells of these subjects into the shadow. */
  async fill(tx: Tx, subjects: readonly string[]): Promise<Filled> {
    const { rows, applied, events } = await this.retold(tx, subjects);
    await this.write(tx, [...rows.values()]);
    return { events, applied, ignored: events - applied };
  }

  /** What the log tells of these subjects now, read anew: by subject, none for which it tells of no row. */
  async retold(tx: Tx, subjects: readonly string[]): Promise<{ readonly rows: ReadonlyMap<string, object>; readonly applied: number; readonly events: number }> {
    const { rows } = await tx.query(
      `SELECT ${eventColumns()} FROM events WHERE subject = ANY ($1::text[]) AND type = ANY ($2::text[]) ORDER BY events.epoch, events.txid, events.position`, [subjects, this.projection.types],
    );
    return { ...this.#folded(await this.#clear(rows.map(storedEvent), tx), new Map()), events: rows.length };
  }

  #folded(events: readonly StoredEvent[], before: ReadonlyMap<string, object>): { readonly rows: Map<string, object>; readonly applied: number } {
    const rows = new Map(before);
    let applied = 0;
    for (const event of events) {
      if (event.isUnreadable === true) throw new PersonalDataChanged(event);
      const row = rows.get(event.subject);
      const after = this.projection.fold(row, inCurrentForm(this.#catalogue, event));
      if (after === row) continue;
      if (after === undefined) rows.delete(event.subject);
      else {
        rows.set(event.subject, after);
        applied += 1;
      }
    }
    return { rows, applied };
  }

  /** Writes rows into the shadow, with what is carried over from the live ones. */
  async write(tx: Tx, rows: readonly object[]): Promise<void> {
    if (rows.length === 0) return;
    const { key } = this.projection;
    const { live, shadow } = this.place;
    const told = this.#told.map(({ name }) => name);
    const all = [...told, ...this.#carried];
    await tx.query(
      `INSERT INTO ${shadow} AS s (${all.join(', ')})
       SELECT ${[...told.map((name) => `r.${name}`), ...this.#carried.map((name) => `l.${name}`)].join(', ')}
       FROM jsonb_populate_recordset(NULL::${shadow}, $1::jsonb) r LEFT JOIN ${live} l ON l.${key} = r.${key}
       ON CONFLICT (${key}) DO UPDATE SET ${all.filter((name) => name !== key).map((name) => `${name} = excluded.${name}`).join(', ')}
       WHERE record_image_ne(ROW(${all.map((name) => `s.${name}`).join(', ')}), ROW(${all.map((name) => `excluded.${name}`).join(', ')}))`,
      [JSON.stringify(rows)],
    );
  }

  /** Rows of both tables under these keys, or in this range of keys, compared. Rows that are the same are counted, not listed. */
  async judge(tx: Tx, which: { readonly subjects: readonly string[] } | { readonly after: string; readonly upTo: string }): Promise<{ readonly same: number; readonly others: readonly Judged[] }> {
    const { key, version } = this.projection;
    const { live, shadow } = this.place;
    const [where, values] = 'subjects' in which ? [`${key} = ANY ($1::text[])`, [which.subjects]] : [`${key} > $1 AND ${key} <= $2`, [which.after, which.upTo]];
    const row = (alias: string): string => `ROW(${this.#compared.map(({ name }) => `${alias}.${name}`).join(', ')})`;
    const { rows } = await tx.query(
      `WITH judged AS MATERIALIZED (
         SELECT coalesce(l.${key}, s.${key}) AS subject,
           CASE WHEN l.${key} IS NULL THEN 'different' WHEN s.${key} IS NULL OR l.${version} > s.${version} THEN 'moving' WHEN record_image_ne(${row('l')}, ${row('s')}) THEN 'different' ELSE 'same' END AS state
         FROM (SELECT * FROM ${live} WHERE ${where}) l FULL JOIN (SELECT * FROM ${shadow} WHERE ${where}) s ON l.${key} = s.${key})
       SELECT subject, state, NULL::int AS same FROM judged WHERE state <> 'same' UNION ALL SELECT NULL, NULL, count(*)::int FROM judged WHERE state = 'same'`,
      values,
    );
    return { same: rows.find(({ subject }) => subject === null)?.same ?? 0, others: rows.filter(({ subject }) => subject !== null) };
  }

  /** Which of these subjects have a live row that is not what the log tells, and which one of which it tells nothing; what it tells of them. */
  async settle(tx: Tx, subjects: readonly string[]): Promise<{ readonly different: readonly string[]; readonly untold: readonly string[]; readonly told: ReadonlyMap<string, object> }> {
    const { key } = this.projection;
    const { live } = this.place;
    const { rows: told } = await this.retold(tx, subjects);
    const row = (alias: string): string => `ROW(${this.#told.map(({ name }) => `${alias}.${name}`).join(', ')})`;
    const { rows } = await tx.query(
      `SELECT coalesce(l.${key}, r.${key}) AS subject, r.${key} IS NULL AS untold FROM (SELECT * FROM ${live} WHERE ${key} = ANY ($1::text[])) l
       FULL JOIN jsonb_populate_recordset(NULL::${live}, $2::jsonb) r ON l.${key} = r.${key}
       WHERE l.${key} IS NULL OR r.${key} IS NULL OR record_image_ne(${row('l')}, ${row('r')})`,
      [subjects, JSON.stringify([...told.values()])],
    );
    const those = (isUntold: boolean): string[] => rows.filter(({ untold }) => untold === isUntold).map(({ subject }) => subject);
    return { different: those(false), untold: those(true), told };
  }

  /** The last key of both tables; empty when they are. */
  async lastKey(tx: Tx): Promise<string> {
    const { key } = this.projection;
    const { rows } = await tx.query(`SELECT greatest((SELECT max(${key}) FROM ${this.place.live}), (SELECT max(${key}) FROM ${this.place.shadow})) AS k`);
    return rows[0]?.k ?? '';
  }

  /** The last key of the next stretch of both tables, up to `last`; undefined behind it. */
  async stretchAfter(tx: Tx, after: string, last: string, rows: number): Promise<string | undefined> {
    const { key } = this.projection;
    const keys = (table: string): string => `(SELECT ${key} AS k FROM ${table} WHERE ${key} > $1 AND ${key} <= $2 ORDER BY ${key} LIMIT ${rows})`;
    const found = await tx.query(`SELECT k FROM (SELECT k FROM (${keys(this.place.live)} UNION ${keys(this.place.shadow)}) both_keys ORDER BY k LIMIT ${rows}) few ORDER BY k DESC LIMIT 1`, [after, last]);
    return found.rows[0]?.k;
  }

  /** Live rows, as they are shown. */
  async shown(tx: Tx, subjects: readonly string[]): Promise<ReadonlyMap<string, object>> {
    return this.#load(tx, this.place.live, subjects);
  }

  /** Takes the live rows of subjects of which the log tells nothing over into the shadow, as they are now. Gives how many were not there. */
  async takeOver(tx: Tx, subjects: readonly string[]): Promise<number> {
    if (subjects.length === 0) return 0;
    const { key } = this.projection;
    const { live, shadow } = this.place;
    const names = [...this.#told.map(({ name }) => name), ...this.#carried];
    await tx.query(`DELETE FROM ${shadow} s WHERE ${key} = ANY ($1::text[]) AND NOT EXISTS (SELECT FROM ${live} l WHERE l.${key} = s.${key})`, [subjects]);
    const { rows } = await tx.query(
      `INSERT INTO ${shadow} (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${live} WHERE ${key} = ANY ($1::text[])
       ON CONFLICT (${key}) DO UPDATE SET ${names.filter((name) => name !== key).map((name) => `${name} = excluded.${name}`).join(', ')} RETURNING xmax = 0 AS is_new`, [subjects],
    );
    return rows.filter(({ is_new: isNew }) => isNew).length;
  }

  async #load(tx: Tx, table: string, subjects: readonly string[]): Promise<Map<string, object>> {
    const { key } = this.projection;
    const read = this.#told.map(({ name, type }) => (PLAIN.has(type) ? name : `${name}::text AS ${name}`)).join(', ');
    const { rows } = await tx.query(`SELECT ${read} FROM ${table} WHERE ${key} = ANY ($1::text[])`, [subjects]);
    return new Map(rows.map((row) => [row[key], row]));
  }
}
