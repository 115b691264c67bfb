/**
 * Personal data under keys that stand in the database of the log, sealed by the master key.
 *
 * Promise: one statement per batch for customers whose key is not at hand, none for a batch without personal data. A key stays in
 * memory for five seconds and no longer, and goes at once when its customer is erased, here or in another process; at most 10,000 are
 * kept. A key is made when the first event of a customer needs it. Refuses to open with a master key that does not open all that is there.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import { uuid7Time } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import { AesSiv } from './aes-siv.ts';
import { ERASURE_CHANNEL, keysNotKnownByAll } from './erasure-notices.pg.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import { CUSTOMER_KEY_BYTES, generationsIn, marksOf, openedEvent, sealedParts } from './personal.ts';
import type { FieldKey, Marks, PersonalData, PersonalParts } from './personal.ts';
import { openKeyOf, sealKeyOf } from './personal-master.ts';
import type { MasterKey } from './personal-master.ts';
import type { PreparedEvent } from './prepare.ts';
import { withSealedData } from './prepare.ts';
import { run } from './statement.pg.ts';

export interface PersonalDataOptions {
  readonly pool: Pool;
  readonly catalogue: Catalogue;
  /** Newest first; without any nothing is sealed, and nothing may be sealed already. See `masterKeys`. */
  readonly keys: readonly MasterKey[] | undefined;
  readonly randomBytes: (size: number) => Buffer;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Told of each event whose stored personal data were changed. */
  readonly onChanged?: (event: StoredEvent) => void;
}

const SEALED_LOG = 'Personal data in this log are sealed, and PERSONAL_DATA_KEY is not set: this process would write them in clear, where nobody can erase them. Give it the PERSONAL_DATA_KEY of the others.';

/** Keys of customers were sealed by a master key that is not in the configuration, or there is none where the log is sealed. */
export class MasterKeyMissing extends Error {
  override readonly name = 'MasterKeyMissing';
  constructor(missing: readonly string[], given: readonly string[]) {
    super(missing.length === 0 ? SEALED_LOG :
      `The keys of customers in this database are sealed by the master ${missing.length === 1 ? 'key' : 'keys'} ${missing.join(', ')}, and PERSONAL_DATA_KEY has ${given.length === 0 ? 'none' : given.join(', ')}. ` +
        'Put the missing key back into PERSONAL_DATA_KEY, behind the new one with a comma between: the first one seals, all of them open. Without it the personal data in the log cannot be read.',
    );
  }
}

const CACHE_MS = 5_000;
const CACHE_SIZE = 10_000;
const RESEAL_ROWS = 500;
/** What the clock of another service may be ahead: of one that is further, its times say nothing. */
const CLOCK_MS = 60_000;

/** What is known of a customer's key. */
interface CustomerKey {
  readonly generation: number;
  /** Undefined: destroyed, and not needed since. */
  readonly siv: AesSiv | undefined;
  /** Unix milliseconds of the last erasure. */
  readonly erasedAtMs: number | undefined;
}

/** Opens the keys. Undefined without master keys. Throws `MasterKeyMissing`. */
export async function openPersonalData(options: PersonalDataOptions): Promise<PersonalData | undefined> {
  const { rows } = await options.pool.query(
    // Along the index, from one master to the next: there may be millions of rows.
    `WITH RECURSIVE masters AS (
       SELECT min(master_id) AS id FROM customer_keys UNION ALL SELECT (SELECT min(master_id) FROM customer_keys WHERE master_id > masters.id) FROM masters WHERE masters.id IS NOT NULL)
     SELECT id FROM masters WHERE id IS NOT NULL`,
  );
  const given = (options.keys ?? []).map(({ id }) => id);
  const missing = rows.map(({ id }) => id as string).filter((id) => !given.includes(id));
  if (missing.length > 0) throw new MasterKeyMissing(missing, given);
  const [newest] = options.keys ?? [];
  if (newest !== undefined) return new CustomerKeys(options, newest);
  if ((await options.pool.query('SELECT FROM customer_keys LIMIT 1')).rowCount !== 0) throw new MasterKeyMissing([], []);
  return undefined;
}

class CustomerKeys implements PersonalData {
  readonly marks: Marks;
  readonly #o: PersonalDataOptions;
  readonly #newest: MasterKey;
  readonly #masters: ReadonlyMap<string, MasterKey>;
  readonly #cache = new Map<string, { readonly key: CustomerKey; readonly untilMs: number }>();
  /** How often something was forgotten: what was asked for before may be older than that. */
  #forgotten = 0;
  #sealingBy: MasterKey;
  #sealerUntilMs = 0;

  constructor(options: PersonalDataOptions, newest: MasterKey) {
    this.#o = options;
    this.#newest = newest;
    this.#sealingBy = newest;
    this.#masters = new Map((options.keys ?? []).map((key) => [key.id, key]));
    this.marks = marksOf(options.catalogue);
  }

  async seal(db: Tx, events: readonly PreparedEvent[]): Promise<readonly PreparedEvent[]> {
    if (events.every(({ personal }) => personal === undefined)) return events;
    const nowMs = this.#o.nowMs();
    const known = await this.#find(db, events.flatMap(({ personal }) => (personal === undefined ? [] : [personal.customerId])));
    const wanted = events.flatMap((event) => (event.personal !== undefined && !isLate(event, known.get(event.personal.customerId), nowMs) ? [event.personal.customerId] : []));
    const made = await this.#make(db, wanted.filter((customerId) => known.get(customerId)?.siv === undefined));
    return events.map((event) => {
      if (event.personal === undefined) return event;
      if (isLate(event, known.get(event.personal.customerId), nowMs)) return withSealedData(event, undefined);
      const key = usable(made.get(event.personal.customerId) ?? known.get(event.personal.customerId));
      if (key === undefined) throw new Error('The key of a customer was not made.');
      return withSealedData(event, key);
    });
  }

  async open(db: Tx, events: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    if (this.marks.size === 0) return events;
    const sealed = new Map<StoredEvent, PersonalParts>();
    for (const event of events) {
      const parts = this.#sealedParts(event);
      if (parts !== undefined) sealed.set(event, parts);
    }
    if (sealed.size === 0) return events;
    const keys = await this.#find(db, [...sealed.values()].map(({ customerId }) => customerId));
    return events.map((event) => {
      const parts = sealed.get(event);
      if (parts === undefined) return event;
      const opened = openedEvent(parts, event, usable(keys.get(parts.customerId)));
      if (opened.isUnreadable === true) this.#o.onChanged?.(opened);
      return opened;
    });
  }

  async isErased(db: Tx, event: Pick<StoredEvent, 'type' | 'version' | 'data'>): Promise<boolean> {
    const parts = this.#sealedParts(event);
    if (parts === undefined) return false;
    const key = (await this.#find(db, [parts.customerId])).get(parts.customerId);
    return generationsIn(parts.fields, event.data).some((generation) => generation !== key?.generation || key.siv === undefined);
  }

  get masterIds(): readonly string[] {
    return [...this.#masters.keys()];
  }

  forget(customerId?: string): void {
    this.#forgotten += 1;
    if (customerId === undefined) this.#cache.clear();
    else this.#cache.delete(customerId);
  }

  async reseal(): Promise<boolean> {
    this.#sealerUntilMs = 0;
    if ((await this.#sealer(this.#o.pool)) !== this.#newest) return false;
    const { rows } = await this.#o.pool.query('SELECT customer_id, generation, master_id, sealed FROM customer_keys WHERE master_id <> $1 ORDER BY customer_id LIMIT $2', [this.#newest.id, RESEAL_ROWS]);
    if (rows.length === 0) return false;
    const sealed = rows.map((row) => sealKeyOf(this.#newest, row.customer_id, this.#openRow(row), this.#o.randomBytes));
    await this.#o.pool.query(
      `UPDATE customer_keys k SET master_id = $4, sealed = n.sealed FROM unnest($1::text[], $2::integer[], $3::bytea[]) AS n(customer_id, generation, sealed)
       WHERE k.customer_id = n.customer_id AND k.generation = n.generation AND k.sealed IS NOT NULL`,
      [rows.map((row) => row.customer_id), rows.map((row) => row.generation), sealed, this.#newest.id],
    );
    return rows.length === RESEAL_ROWS;
  }

  #sealedParts({ type, version, data }: Pick<StoredEvent, 'type' | 'version' | 'data'>): PersonalParts | undefined {
    return sealedParts(this.marks, type, version, data);
  }

  /** The keys of these customers, as far as there are any. */
  async #find(db: Tx, customerIds: readonly string[]): Promise<Map<string, CustomerKey>> {
    const found = new Map<string, CustomerKey>();
    const unknown = new Set<string>();
    const nowMs = this.#o.nowMs();
    for (const customerId of customerIds) {
      const cached = this.#cache.get(customerId);
      if (cached !== undefined && cached.untilMs > nowMs) found.set(customerId, cached.key);
      else unknown.add(customerId);
    }
    if (unknown.size === 0) return found;
    const forgotten = this.#forgotten;
    const { rows } = await run(db, 'SELECT customer_id, generation, master_id, sealed, erased_at FROM customer_keys WHERE customer_id = ANY ($1::text[])', [[...unknown]]);
    for (const row of rows) {
      const key = { generation: row.generation, siv: row.sealed === null ? undefined : new AesSiv(this.#openRow(row)), erasedAtMs: row.erased_at?.getTime() };
      found.set(row.customer_id, key);
      // Taken out first, so that the one that was read last stands last.
      this.#cache.delete(row.customer_id);
      if (forgotten === this.#forgotten) this.#cache.set(row.customer_id, { key, untilMs: nowMs + CACHE_MS });
    }
    for (const [oldest, { untilMs }] of this.#cache) {
      if (this.#cache.size <= CACHE_SIZE && untilMs > nowMs) break;
      this.#cache.delete(oldest);
    }
    return found;
  }

  /** Makes keys, or finds those that somebody else has made meanwhile. They are not kept in memory: their transaction may not commit. */
  async #make(db: Tx, customerIds: readonly string[]): Promise<Map<string, CustomerKey>> {
    const made = new Map<string, CustomerKey>();
    if (customerIds.length === 0) return made;
    const ids = [...new Set(customerIds)].sort();
    const keys = ids.map(() => this.#o.randomBytes(CUSTOMER_KEY_BYTES));
    const master = await this.#sealer(db);
    const { rows } = await run(db,
      `INSERT INTO customer_keys AS k (customer_id, master_id, sealed) SELECT n.customer_id, $3, n.sealed FROM unnest($1::text[], $2::bytea[]) AS n(customer_id, sealed)
       ON CONFLICT (customer_id) DO UPDATE SET generation = k.generation + 1, master_id = excluded.master_id, sealed = excluded.sealed, created_at = clock_timestamp() WHERE k.sealed IS NULL
       RETURNING customer_id, generation`,
      [ids, ids.map((customerId, index) => sealKeyOf(master, customerId, keys[index] as Buffer, this.#o.randomBytes)), master.id],
    );
    for (const { customer_id, generation } of rows) {
      this.#cache.delete(customer_id);
      made.set(customer_id, { generation, siv: new AesSiv(keys[ids.indexOf(customer_id)] as Buffer), erasedAtMs: undefined });
    }
    const others = ids.filter((customerId) => !made.has(customerId));
    for (const customerId of others) this.#cache.delete(customerId);
    for (const [customerId, key] of await this.#find(db, others)) made.set(customerId, key);
    return made;
  }

  /** The newest master key that all live processes have: what one of them cannot open, it could not read. Asked for anew after five seconds, and only where there are several. */
  async #sealer(db: Tx): Promise<MasterKey> {
    const nowMs = this.#o.nowMs();
    if (this.#masters.size > 1 && this.#sealerUntilMs <= nowMs) {
      const lacking = await keysNotKnownByAll(db, this.masterIds);
      this.#sealingBy = [...this.#masters.values()].find(({ id }) => !lacking.has(id)) ?? this.#newest;
      this.#sealerUntilMs = nowMs + CACHE_MS;
    }
    return this.#sealingBy;
  }

  #openRow({ customer_id, master_id, sealed }: { readonly customer_id: string; readonly master_id: string; readonly sealed: Buffer }): Buffer {
    const master = this.#masters.get(master_id);
    if (master === undefined) throw new MasterKeyMissing([master_id], [...this.#masters.keys()]);
    return openKeyOf(master, customer_id, sealed);
  }
}

/**
 * Destroys the key of a customer, in the caller's transaction: whatever is being written under it is committed before, or not at
 * all. Call `forget` after the commit; other processes are told by it. `atMs`: events of other services from before then are not kept any more.
 */
export async function destroyKey(tx: Tx, customerId: string, atMs: number): Promise<void> {
  await run(tx,
    `INSERT INTO customer_keys (customer_id, erased_at) VALUES ($1, $2)
     ON CONFLICT (customer_id) DO UPDATE SET sealed = NULL, master_id = NULL, erased_at = excluded.erased_at`,
    [customerId, new Date(atMs).toISOString()],
  );
  await run(tx, 'SELECT pg_notify($1, $2)', [ERASURE_CHANNEL, customerId]);
}

/** Undefined for a key that was destroyed. */
function usable(key: CustomerKey | undefined): FieldKey | undefined {
  return key?.siv === undefined ? undefined : { generation: key.generation, siv: key.siv };
}

/** It comes from before the erasure, or its clock is so far ahead that it may: nothing of it is kept. */
function isLate({ origin, timestamp, eventId }: PreparedEvent, key: CustomerKey | undefined, nowMs: number): boolean {
  if (origin !== 'foreign' || key?.erasedAtMs === undefined) return false;
  const times = [Date.parse(timestamp), uuid7Time(eventId) ?? 0];
  return Math.min(...times) <= key.erasedAtMs || Math.max(...times) > nowMs + CLOCK_MS;
}
