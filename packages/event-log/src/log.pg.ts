/**
 * The event log of one service: append, change, history, and the wake-ups of its readers.
 *
 * A change of state and its events are written in one transaction. What arrives from outside is appended under its own id,
 * so a duplicate is a conflict and nothing happens twice. Nothing here reads ahead or handles: that is what readers do.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7Time } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import type { ChangeOptions, Input, Settled } from './change.pg.ts';
import { changeStates } from './change.pg.ts';
import type { NewEvent, StoredEvent, Trigger } from './event.ts';
import { appendStatement, eventColumns, insertEvents, storedEvent } from './events.pg.ts';
import type { Extension, Tx } from './extension.ts';
import { appendForeign, noteDuplicates } from './foreign-append.pg.ts';
import type { Copy, DuplicateNote } from './foreign-append.pg.ts';
import type { FailedAttempt } from './failed-attempts.pg.ts';
import { failuresOf, removeOldFailures } from './failed-attempts.pg.ts';
import type { PreparedEvent, Preparer } from './prepare.ts';
import { prepareForeign, prepareOwn } from './prepare.ts';
import type { PersonalData } from './personal.ts';
import { KEY_DESTROYED } from './personal-schema.pg.ts';
import { pullIn } from './pull-in.pg.ts';
import type { PullIn } from './pull-in.pg.ts';
import { refuseClock } from './clock.ts';
import { inTransaction, sqlState } from './transaction.pg.ts';
import { ensurePartitions, WINDOW_AFTER_MS, WINDOW_BEFORE_MS } from './schema.pg.ts';

/** What became of one foreign event. */
export type ForeignResult =
  | { readonly kind: 'appended' }
  /** The same event is in the log already. */
  | { readonly kind: 'duplicate' }
  /** The id is in the log with another content: never swallowed, the caller makes it a dead letter. */
  | { readonly kind: 'conflict' }
  /** The id's time lies outside the window in which duplicates are recognised. */
  | { readonly kind: 'outside_window' }
  /** It can never be stored; `reason` is safe to show. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Events of other services before they are appended. */
interface ReadyForeign {
  /** Those that can be stored, with their personal data sealed. */
  readonly copies: readonly Copy[];
  /** What becomes of the others, at their indexes. */
  readonly refused: readonly (ForeignResult | undefined)[];
}

export interface EventLogOptions {
  readonly pool: Pool;
  readonly catalogue: Catalogue;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** A new UUIDv7. */
  readonly uuid: () => string;
  /** Throws for an own event that may not be appended as one of this source. */
  readonly admits?: (event: NewEvent, source: string) => void;
  /** Seals personal data in the log and reads them; without it events are stored as they come. */
  readonly personal?: PersonalData | undefined;
}

/** The place of this log was restored, copied or promoted: its transaction ids may have begun again. */
export class LogMoved extends Error {
  override readonly name = 'LogMoved';
  constructor() {
    super(
      'The database is not the one in which this log was written (restored, copied or promoted): its transaction ids may start again. ' +
        'Stop all processes, then run, with DATABASE_URL of this database: node packages/event-log/src/main.ts epoch --bump',
    );
  }
}

export class EventLog {
  readonly pool: Pool;
  readonly catalogue: Catalogue;
  readonly epoch: number;
  readonly preparer: Preparer;
  readonly personal: PersonalData | undefined;
  readonly #listeners = new Set<() => void>();
  #notifyAt = Number.NEGATIVE_INFINITY;
  #noticeWanted = false;
  #othersRead = true;
  #readers: { readonly isBehind: boolean } | undefined;
  #notifying: Promise<void> | undefined;
  #closed = false;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;
  #tidying: Promise<void> | undefined;

  private constructor(options: EventLogOptions, epoch: number) {
    this.pool = options.pool;
    this.catalogue = options.catalogue;
    this.epoch = epoch;
    this.personal = options.personal;
    this.preparer = Object.freeze({ catalogue: options.catalogue, nowMs: options.nowMs, uuid: options.uuid, ...(options.admits !== undefined && { admits: options.admits }), ...(options.personal !== undefined && { marks: options.personal.marks }) });
  }

  /** Opens the log after its migration has run: makes missing partitions, checks that the log is where it was, and the clock. Throws `LogMoved`, `ClockOff`. */
  static async open(options: EventLogOptions): Promise<EventLog> {
    await ensurePartitions(options.pool, options.nowMs());
    const { rows } = await options.pool.query(
      `SELECT epoch, l.system_identifier = s.system_identifier::text AND l.timeline = c.timeline_id AS here, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms
       FROM log_state l, pg_control_system() s, pg_control_checkpoint() c`,
    );
    if (rows[0]?.here !== true) throw new LogMoved();
    refuseClock(options.nowMs(), Number(rows[0].now_ms));
    return new EventLog(options, rows[0].epoch);
  }

  /** Checks an own event and makes it ready. Throws `InvalidEvent`, `UnknownEventType`, `NotStorable`, `EventTooLarge`. */
  prepare(event: NewEvent, source: string, trigger: Trigger): PreparedEvent {
    return prepareOwn(this.preparer, event, source, trigger);
  }

  /** Seals what is personal in them, before they are inserted; without personal data they are given back as they are. */
  async protect(events: readonly PreparedEvent[], tx: Tx = this.pool): Promise<readonly PreparedEvent[]> {
    return this.personal === undefined ? events : this.personal.seal(tx, events);
  }

  /** Runs what seals and writes; once more when a customer was erased in between, with keys that are read anew. */
  async withKeys<Result>(write: () => Promise<Result>): Promise<Result> {
    try {
      return await write();
    } catch (error) {
      if (sqlState(error) !== KEY_DESTROYED) throw error;
      this.personal?.forget();
      return write();
    }
  }

  /** Events that were read by another statement, in clear. */
  async clear(events: readonly StoredEvent[], tx: Tx = this.pool): Promise<readonly StoredEvent[]> {
    return this.personal === undefined ? events : this.personal.open(tx, events);
  }

  /**
   * The insert of events as a part of a larger statement, from parameter `$first` on: for intake, where new subjects need no
   * lock. They went through `protect`. Call `wake` after the commit.
   */
  insert(events: readonly PreparedEvent[], first: number, where = ''): { text: string; values: unknown[] } {
    return insertEvents(events, this.epoch, first, where);
  }

  /** Appends inside the caller's transaction, which must hold the locks of the subjects. Call `wake` after the commit. */
  async append(tx: Tx, events: readonly PreparedEvent[]): Promise<void> {
    if (events.length > 0) await tx.query(appendStatement(await this.protect(events, tx), this.epoch));
  }

  /** Decides and writes; see `changeStates`. Wakes the readers. */
  async change<State>(extension: Extension<State>, inputs: readonly Input<State>[], options?: ChangeOptions<State>): Promise<Settled<State>[]> {
    const given = this.personal === undefined ? options : { ...options, personal: this.personal };
    const settled = await this.withKeys(() => changeStates(this.pool, this.preparer, this.epoch, extension, inputs, given));
    this.wake();
    return settled;
  }

  /**
   * Appends events of other services in one statement; the result of each stands at its index. No lock is needed: their order
   * among themselves is not promised by any transport, and `metadata.sequence` guards their meaning. `note`: what the ledger keeps of
   * each that is a duplicate, by the same statement.
   */
  appendForeign(envelopes: readonly EventEnvelope[], note?: DuplicateNote): Promise<ForeignResult[]> {
    return this.withKeys(async () => this.#appendForeign(await this.#readyForeign(envelopes), note, this.pool));
  }

  /**
   * The same for all of them or none, in one transaction: when one is neither appended nor a duplicate, nothing is stored, and what is told
   * as `appended` only would have been.
   */
  async appendForeignTogether(envelopes: readonly EventEnvelope[]): Promise<ForeignResult[]> {
    let results: ForeignResult[] = [];
    const undone = new Error('Not all of the events can be stored.');
    try {
      await this.withKeys(async () => {
        // Before the transaction: sealing takes a connection of its own.
        const ready = await this.#readyForeign(envelopes);
        await inTransaction(this.pool, async (tx) => {
          results = await this.#appendForeign(ready, undefined, tx);
          if (!results.every(({ kind }) => kind === 'appended' || kind === 'duplicate')) throw undone;
        });
      });
    } catch (error) {
      if (error !== undone) throw error;
      return results;
    }
    this.wake();
    return results;
  }

  /** In a transaction (`db` is not the pool) whoever commits it wakes the readers. */
  async #appendForeign({ copies: ready, refused }: ReadyForeign, note: DuplicateNote | undefined, db: Tx): Promise<ForeignResult[]> {
    const results = [...refused];
    const rows = new Map<string, Copy>();
    const [repeats, others, known, differing]: [Copy[], Copy[], Copy[], Copy[]] = [[], [], [], []];
    const noted = new Set<number>();
    const repeatsOf = (row: Copy): Copy[] => repeats.filter(({ event }) => event.eventId === row.event.eventId);
    const othersOf = (row: Copy): Copy[] => others.filter(({ event }) => event.eventId === row.event.eventId);
    for (const { event, index } of ready) {
      const first = rows.get(event.eventId);
      if (first !== undefined) (first.event.digest.equals(event.digest) ? repeats : others).push({ event, index });
      if (first !== undefined) results[index] = { kind: first.event.digest.equals(event.digest) ? 'duplicate' : 'conflict' };
      else if (this.#inWindow(event.eventId)) rows.set(event.eventId, { event, index });
      else known.push({ event, index });
    }
    if (rows.size > 0) {
      // Sorted by the primary key, so that two inserts with rows in common wait for each other in one direction only.
      const sorted = [...rows.values()].sort((a, b) => (a.event.eventId < b.event.eventId ? -1 : 1));
      const told = await appendForeign(db, this.epoch, sorted, repeats, note);
      for (const { event_id, digest } of told) {
        const row = rows.get(event_id);
        if (row === undefined) continue;
        rows.delete(event_id);
        const copies = [row, ...repeatsOf(row)];
        const isSame = digest === null || digest.equals(row.event.digest);
        for (const { index } of copies) results[index] = { kind: digest === null && index === row.index ? 'appended' : isSame ? 'duplicate' : 'conflict' };
        // Those that differ from the first of the batch are judged by what is in the log, too.
        for (const other of digest === null ? [] : othersOf(row)) {
          if (digest?.equals(other.event.digest) === true) results[other.index] = { kind: 'duplicate' };
          else differing.push(other);
        }
        if (isSame) for (const { index } of copies) noted.add(index);
        else differing.push(...copies);
      }
      for (const row of rows.values()) known.push(row, ...repeatsOf(row), ...othersOf(row));
      if (db === this.pool && told.some(({ digest }) => digest === null)) this.wake();
    }
    differing.push(...(await this.#compareKnown(known, results, db)));
    await this.#compareErased(differing, results, db);
    if (note !== undefined) await noteDuplicates(db, ready.filter(({ index }) => results[index]?.kind === 'duplicate' && !noted.has(index)), note);
    return results.map((result) => result ?? { kind: 'outside_window' });
  }

  async #readyForeign(envelopes: readonly EventEnvelope[]): Promise<ReadyForeign> {
    const refused: (ForeignResult | undefined)[] = envelopes.map(() => undefined);
    const ready: Copy[] = [];
    envelopes.forEach((envelope, index) => {
      try {
        ready.push({ event: prepareForeign(this.catalogue, envelope, this.preparer.marks), index });
      } catch (error) {
        refused[index] = { kind: 'refused', reason: error instanceof Error ? error.message : 'unknown' };
      }
    });
    const sealed = await this.protect(ready.map(({ event }) => event));
    return { copies: ready.map(({ event, index }, place) => ({ event: sealed[place] ?? event, index })), refused };
  }

  #inWindow(eventId: string): boolean {
    const time = uuid7Time(eventId) ?? 0;
    const now = this.preparer.nowMs();
    return time >= now - WINDOW_BEFORE_MS && time <= now + WINDOW_AFTER_MS;
  }

  /** Resolves with those that have another content in the log. */
  async #compareKnown(known: readonly Copy[], results: (ForeignResult | undefined)[], db: Tx): Promise<Copy[]> {
    if (known.length === 0) return [];
    const { rows } = await db.query('SELECT event_id, digest FROM events WHERE event_id = ANY ($1::uuid[])', [known.map(({ event }) => event.eventId)]);
    const digests = new Map<string, Buffer>(rows.map((row) => [row.event_id, row.digest]));
    const differing: Copy[] = [];
    for (const { event, index } of known) {
      const digest = digests.get(event.eventId);
      if (digest !== undefined) results[index] = { kind: digest.equals(event.digest) ? 'duplicate' : 'conflict' };
      if (digest?.equals(event.digest) === false) differing.push({ event, index });
    }
    return differing;
  }

  /** What was sealed by a key that is destroyed cannot be sealed so again: there the id alone tells that it is the same. */
  async #compareErased(differing: readonly Copy[], results: (ForeignResult | undefined)[], db: Tx): Promise<void> {
    const { personal } = this;
    const marked = differing.filter(({ event }) => personal?.marks.has(event.type));
    if (personal === undefined || marked.length === 0) return;
    const { rows } = await db.query('SELECT event_id, type, version, data FROM events WHERE event_id = ANY ($1::uuid[])', [marked.map(({ event }) => event.eventId)]);
    for (const row of rows) {
      if (!(await personal.isErased(db, row))) continue;
      for (const { event, index } of marked) if (event.eventId === row.event_id && event.type === row.type) results[index] = { kind: 'duplicate' };
    }
  }

  /** The first `limit` events of a subject, in the order of the log. */
  async history(subject: string, limit = 1000): Promise<StoredEvent[]> {
    const { rows } = await this.pool.query(
      `SELECT ${eventColumns()} FROM events WHERE subject = $1 ORDER BY events.epoch, events.txid, events.position LIMIT $2`,
      [subject, limit],
    );
    return [...(await this.clear(rows.map(storedEvent)))];
  }

  /** What was ignored about a subject, oldest first. */
  async ignored(subject: string, limit = 1000): Promise<{ handler: string; eventId: string | null; rule: string; evidence: object; recordedAt: Date }[]> {
    const { rows } = await this.pool.query(
      'SELECT handler, event_id, rule, evidence, recorded_at FROM ledger WHERE subject = $1 ORDER BY id LIMIT $2',
      [subject, limit],
    );
    return rows.map((row) => ({ handler: row.handler, eventId: row.event_id, rule: row.rule, evidence: row.evidence, recordedAt: row.recorded_at }));
  }

  /** Runs of handlers that failed for events of a subject, oldest first: the last 20 of each, for 31 days. */
  failedAttempts(subject: string, limit = 1000): Promise<FailedAttempt[]> {
    return failuresOf(this.pool, subject, limit);
  }

  /** All that waits for these subjects is tried at once after the caller's commit; see `pullIn`. Not for the path of every event. */
  pullIn(tx: Tx, subjects: readonly string[], given?: PullIn): Promise<void> {
    return pullIn(tx, subjects, given);
  }

  /** Calls `listener` whenever this process has committed events. Returns the way to stop. */
  onWake(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Who reads it in this process; undefined when nobody does any more. */
  readBy(readers: { readonly isBehind: boolean } | undefined): void {
    this.#readers = readers;
  }

  /** The readers of this process have more to do than fits well into memory: whoever takes in what can wait outside lets it wait there. */
  get isBehind(): boolean {
    return this.#readers?.isBehind ?? false;
  }

  /** A process that knows it is the only one that reads spares the notices. Until it knows better, a new one finds events by its poll. */
  tellOthers(othersRead: boolean): void {
    this.#othersRead = othersRead;
  }

  /** Tells the readers of this process at once, those of others by one NOTIFY per 5 ms at most, never inside a transaction. */
  wake(): void {
    for (const listener of this.#listeners) listener();
    if (this.preparer.nowMs() - this.#tidiedAtMs > TIDY_EVERY_MS) this.#tidying ??= this.#tidy();
    if (!this.#othersRead) return;
    this.#noticeWanted = true;
    this.#notifying ??= this.#notifyWhileWanted();
  }

  /** A process that appends for months makes the partitions it will need, and removes old failures. A failure of this may wait: partitions reach three months ahead. */
  async #tidy(): Promise<void> {
    this.#tidiedAtMs = this.preparer.nowMs();
    await ensurePartitions(this.pool, this.preparer.nowMs()).catch(() => undefined);
    await removeOldFailures(this.pool).catch(() => undefined);
    this.#tidying = undefined;
  }

  async #notifyWhileWanted(): Promise<void> {
    // Not in the turn of the caller: what else is committed in it shares the notice.
    await Promise.resolve();
    while (this.#noticeWanted && !this.#closed) {
      const waitMs = this.#notifyAt + NOTIFY_EVERY_MS - this.preparer.nowMs();
      if (waitMs > 0) await delay(Math.min(waitMs, NOTIFY_EVERY_MS));
      this.#noticeWanted = false;
      this.#notifyAt = this.preparer.nowMs();
      // A lost notice costs a poll, never an event.
      await this.pool.query(`NOTIFY ${CHANNEL}`).catch(() => undefined);
    }
    this.#notifying = undefined;
  }

  /** Ends the notices. The pool is the caller's. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#notifying;
    await this.#tidying;
  }
}

/** The channel of wake-ups. */
export const CHANNEL = 'event_log';
const NOTIFY_EVERY_MS = 5;
const TIDY_EVERY_MS = 6 * 3_600_000;

/** A short digest of the map, kept with its version. */
export function mapDigest(map: unknown): string {
  return createHash('sha256').update(JSON.stringify(map)).digest('hex').slice(0, 16);
}
